"""Exercise without_dead_units: other sound solutions pass, and the library agrees."""

import numpy as np
import torch
from torch import nn

from reglab.chapters.sparsity_in_networks.exercises import without_dead_units
from reglab.sharing import remove_dead_units


def one_by_one(W1, b1, W2, b2):
    alive = [h for h in range(len(b1)) if W1[h].any()]
    bias = b2.astype(float)
    for h in range(len(b1)):
        if h not in alive:
            bias = bias + W2[:, h] * max(b1[h], 0.0)
    return W1[alive], b1[alive], W2[:, alive], bias


def in_another_order(W1, b1, W2, b2):
    first, bias, second, last = without_dead_units(W1, b1, W2, b2)
    return first[::-1], bias[::-1], second[:, ::-1], last


def by_the_library(W1, b1, W2, b2):
    net = nn.Sequential(nn.Linear(*W1.shape[::-1]), nn.ReLU(), nn.Linear(*W2.shape[::-1]))
    for layer, weight, bias in ((net[0], W1, b1), (net[2], W2, b2)):
        layer.weight, layer.bias = (nn.Parameter(torch.as_tensor(v)) for v in (weight, bias))
    small = remove_dead_units(net)
    return small[0].weight, small[0].bias, small[2].weight, small[2].bias


def test_other_sound_solutions_pass(passes):
    passes("without_dead_units", one_by_one, in_another_order, by_the_library)


def only_first(W1, b1, W2, b2):
    dead = np.flatnonzero(~W1.any(axis=1))[:1]
    keep = np.setdiff1d(np.arange(len(b1)), dead)
    return W1[keep], b1[keep], W2[:, keep], b2 + W2[:, dead] @ np.maximum(b1[dead], 0)


def subtracted(W1, b1, W2, b2):
    first, bias, second, last = without_dead_units(W1, b1, W2, b2)
    return first, bias, second, 2 * b2 - last


def test_other_wrong_solutions_fail(fails):
    fails("without_dead_units", only_first, subtracted)


def test_reference_by_hand():
    W1, b1 = np.array([[0.0], [1.0]]), np.array([3.0, 0.5])
    found = without_dead_units(W1, b1, np.array([[2.0, 1.0]]), np.array([1.0]))
    assert [part.tolist() for part in found] == [[[1.0]], [0.5], [[1.0]], [7.0]]
