"""Digits: scikit-learn's images, scaled to [0, 1], none lost when all are asked for."""

import pytest
import torch
from sklearn.datasets import load_digits

from reglab.data import digits


def test_all_images_come_through_with_their_labels():
    x, y = load_digits(return_X_y=True)
    want = sorted((*row, label) for row, label in zip((x / 16).tolist(), y.tolist(), strict=True))
    parts = digits(3, n_train=1000, n_val=300, n_test=497).parts().values()
    rows = torch.cat([torch.cat([p.x, p.y[:, None]], dim=1) for p in parts])
    assert sorted(map(tuple, rows.tolist())) == want  # sixteenths are exact in float32


def test_returns_what_it_promises():
    s = digits()
    assert [len(part) for part in s.parts().values()] == [1000, 297, 500]
    assert s.train.x.shape == (1000, 64) and s.train.x.dtype == torch.float32
    assert s.train.y.dtype == torch.int64 and s.classes == 10
    assert s.train.x.min() == 0 and s.train.x.max() == 1


def test_writing_to_a_part_leaves_the_pool_alone():
    first = digits(1)
    kept = first.train.x.clone()
    first.train.x.zero_()
    assert torch.equal(digits(1).train.x, kept)


def test_too_many():
    with pytest.raises(ValueError, match=r"1000 \+ 297 \+ 501 = 1798 of 1797 examples"):
        digits(n_test=501)
