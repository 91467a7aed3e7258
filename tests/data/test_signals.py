"""The shared problem: its sizes, its noise, and what networks learn of its labels."""

import pytest
import torch
from torch import nn

from reglab.data import learned_shares, mnist1d, signals


def test_the_parts_have_the_stated_sizes():
    splits = signals(3, n_train=50, n_val=20)
    assert [len(part) for part in splits.parts().values()] == [50, 20, 4000]


def test_the_noise_is_a_fifth_of_the_published_one():
    quiet = mnist1d(3, n_train=50, n_val=1000, n_test=4000, noise=0.05)
    assert torch.equal(signals(3, n_train=50).train.x, quiet.train.x)


def test_the_stated_share_of_labels_is_wrong():
    given, true = signals(3, n_train=50, label_noise=0.4).train.y, signals(3, n_train=50).train.y
    assert (given != true).sum() == 20


class Lookup(nn.Module):
    """Answers each known example with a stored label."""

    def __init__(self, answers):
        super().__init__()
        self.answers = answers

    def forward(self, x):
        return nn.functional.one_hot(self.answers, 10).float()


@pytest.mark.parametrize("by, shares", [("given", [1, 1, 0]), ("true", [1, 0, 1])])
def test_a_network_that_knows_one_kind_of_label(by, shares):
    y = {"given": signals(3, label_noise=0.4).train.y, "true": signals(3).train.y}[by]
    assert learned_shares(Lookup(y), 3, 0.4) == shares
