"""Averages of predictions: exact decompositions, Jensen, limits, the variance of a mean."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from reglab.averaging import (
    average_logits,
    average_probabilities,
    decompose_nll,
    decompose_squared_error,
    disagreement,
    variance_of_mean,
)

F64 = torch.float64


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def logits(members=5, examples=7, classes=4, scale=3.0):
    z = torch.randn(members, examples, classes, generator=generator(), dtype=F64)
    return scale * z, torch.arange(examples) % classes


def test_probabilities_are_averaged():
    z, _ = logits()
    want = sum(F.softmax(one, 1) for one in z) / 5
    assert_close(average_probabilities(z), want)


def test_averaged_logits_are_the_geometric_mean_of_probabilities():
    z, _ = logits()
    product = z.softmax(-1).prod(0) ** (1 / 5)
    assert_close(average_logits(z), product / product.sum(1, keepdim=True))


@pytest.mark.parametrize("average", [average_probabilities, average_logits])
def test_equal_members_are_their_own_average(average):
    z, _ = logits(members=1)
    assert_close(average(z.expand(6, -1, -1)), z[0].softmax(1))


def test_a_constant_added_to_a_member_s_logits_changes_nothing():
    z, _ = logits()
    moved = z + torch.arange(5, dtype=F64).view(-1, 1, 1)
    assert_close(average_logits(moved), average_logits(z))


@pytest.mark.parametrize("average", [average_probabilities, average_logits])
def test_the_average_s_nll_is_at_most_the_mean_nll_for_each_example(average):
    z, y = logits()
    rows = torch.arange(len(y))
    mean = torch.stack([F.cross_entropy(one, y, reduction="none") for one in z]).mean(0)
    assert (-average(z)[rows, y].log() <= mean + 1e-12).all()


def test_squared_errors_are_members_less_diversity():
    f = torch.randn(5, 3, 2, generator=generator(), dtype=F64)
    y = torch.randn(3, 2, generator=generator(1), dtype=F64)
    got = decompose_squared_error(f, y)
    assert_close(got.ensemble, (sum(f) / 5 - y) ** 2)
    assert_close(got.members, sum((one - y) ** 2 for one in f) / 5)
    assert_close(got.ensemble, got.members - got.diversity)
    assert (got.diversity >= 0).all()


def test_diversity_does_not_know_the_target():
    f = torch.randn(5, 3, generator=generator(), dtype=F64)
    one, two = (decompose_squared_error(f, torch.full((3,), y, dtype=F64)) for y in (0.0, 9.0))
    assert torch.equal(one.diversity, two.diversity)


def test_nll_is_members_less_divergence():
    z, y = logits()
    got = decompose_nll(z, y)
    q = average_logits(z)
    divergence = torch.stack([(q * (q / one.softmax(1)).log()).sum(1) for one in z]).mean(0)
    assert_close(got.ensemble, F.nll_loss(q.log(), y, reduction="none"))
    assert_close(got.members, sum(F.cross_entropy(one, y, reduction="none") for one in z) / 5)
    assert_close(got.diversity, divergence)
    assert_close(got.ensemble, got.members - got.diversity)


def test_the_decomposition_is_finite_for_certain_members():
    z, y = logits(scale=1e4)
    got = decompose_nll(z, y)
    assert all(torch.isfinite(part).all() for part in got)
    assert_close(got.ensemble, got.members - got.diversity)


def test_disagreement_counts_pairs():
    z, _ = logits()
    classes, apart, pairs = z.argmax(-1), 0.0, 0
    for i in range(5):
        for j in range(i):
            apart, pairs = apart + (classes[i] != classes[j]).double().mean().item(), pairs + 1
    assert disagreement(z).item() == pytest.approx(apart / pairs)
    assert apart > 0


@pytest.mark.parametrize("members", [1, 3])
def test_equal_members_do_not_disagree(members):
    z, _ = logits(members=1)
    assert disagreement(z.expand(members, -1, -1)).item() == 0


def test_the_variance_of_a_mean_is_the_sum_over_the_covariance_matrix():
    for rho in (-0.2, 0.0, 0.4, 1.0):
        covariance = 2.5 * (rho * np.ones((4, 4)) + (1 - rho) * np.eye(4))
        want = covariance.sum() / 16
        assert variance_of_mean(2.5, rho, 4) == pytest.approx(want)


def test_many_members_leave_the_shared_part():
    assert variance_of_mean(2.0, 0.3, 10**9) == pytest.approx(0.6)


def test_arrays_broadcast():
    got = variance_of_mean(1.0, np.array([0.0, 1.0])[:, None], np.array([1, 4]))
    assert got.tolist() == [[1.0, 0.25], [1.0, 1.0]]


@pytest.mark.parametrize(
    "call", [average_probabilities, average_logits, disagreement, lambda z: decompose_nll(z, z)]
)
@pytest.mark.parametrize("shape", [(3, 2), (0, 3, 2)])
def test_other_shapes_are_errors(call, shape):
    with pytest.raises(ValueError, match=r"z must have shape|members.*got 0"):
        call(torch.zeros(shape))


def test_targets_of_another_length_are_errors():
    with pytest.raises(ValueError, match=r"y must have shape \(7\)"):
        decompose_nll(logits()[0], torch.zeros(6, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"got \(2, 3\) and \(2,\)"):
        decompose_squared_error(torch.zeros(2, 3), torch.zeros(2))


def test_the_gain_of_two_opposite_members():
    """p = 0.9 and 0.1 for the label: the mean is 1/2, log 2; the members' mean is more."""
    a = math.log(9)
    z = torch.tensor([[[a, 0.0]], [[0.0, a]]], dtype=F64)
    got = decompose_nll(z, torch.tensor([0]))
    assert got.ensemble.item() == pytest.approx(math.log(2))
    assert got.members.item() == pytest.approx(-(math.log(0.9) + math.log(0.1)) / 2)
