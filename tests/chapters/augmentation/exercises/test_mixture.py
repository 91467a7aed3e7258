"""Exercise mixed_batch: right solutions pass, typical wrong ones get the hint that helps."""

import numpy as np
import pytest
import torch

from reglab.augmentation import mix
from reglab.chapters.augmentation.exercises.mixture import MIXTURE, mixed_batch
from reglab.exercises import check


def in_a_loop(x, targets, partners, lam):
    new_x, new_targets = x.copy(), targets.copy()
    for b, (p, share) in enumerate(zip(partners, lam, strict=True)):
        new_x[b] = share * x[b] + (1 - share) * x[p]
        new_targets[b] = share * targets[b] + (1 - share) * targets[p]
    return [new_x, new_targets]


@pytest.mark.parametrize("solution", [mixed_batch, in_a_loop])
def test_right_solutions_pass(solution):
    assert check("mixed_batch", solution), check("mixed_batch", solution)


def test_the_reference_is_the_library_s():
    x, targets, partners, lam = MIXTURE.cases[-1]
    tensors = [torch.from_numpy(np.asarray(value)) for value in (x, targets, partners, lam)]
    for values, got in zip(tensors[:2], mixed_batch(x, targets, partners, lam), strict=True):
        np.testing.assert_allclose(got, mix(values, tensors[2], tensors[3]).numpy(), rtol=1e-12)


@pytest.mark.parametrize("mistake", MIXTURE.mistakes, ids=lambda m: m.function.__name__)
def test_every_mistake_is_recognized(mistake):
    report = check("mixed_batch", mistake.function)
    assert not report and mistake.hint in repr(report)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda x, targets, partners, lam: (x, targets), "Each row has a lam of its own"),
        (lambda x, targets, partners, lam: x, "a pair (x, targets) was expected"),
        (lambda x, targets, partners, lam: (x[:1], targets), "an array of shape"),
        (lambda x, targets, partners, lam: (0 * x, targets), "lam is the share of the example"),
    ],
)
def test_wrong_solutions_get_their_hint(wrong, hint):
    report = check("mixed_batch", wrong)
    assert not report and hint in repr(report)
