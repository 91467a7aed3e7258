"""Exercise multiply_adds_left: other sound solutions pass, and the library agrees."""

import numpy as np
import torch
from torch import nn

from reglab.chapters.sparsity_in_networks.exercises import multiply_adds_left
from reglab.sharing import remove_dead_units


def one_by_one(W1, W2):
    (units, inputs), outputs = W1.shape, len(W2)
    used = sum(bool(W1[h].any() and W2[:, h].any()) for h in range(units))
    return used * inputs + used * outputs


def by_removal(W1, W2):
    net = nn.Sequential(nn.Linear(*W1.shape[::-1]), nn.ReLU(), nn.Linear(*W2.shape[::-1]))
    net[0].weight, net[2].weight = (nn.Parameter(torch.as_tensor(W)) for W in (W1, W2))
    small = remove_dead_units(net.double())
    return small[0].weight.numel() + small[2].weight.numel()


def test_other_sound_solutions_pass(passes):
    passes("multiply_adds_left", one_by_one, by_removal, lambda W1, W2: float(one_by_one(W1, W2)))


def twice(W1, W2):
    return 2 * multiply_adds_left(W1, W2)


def of_the_first_layer(W1, W2):
    return multiply_adds_left(W1, W2) * W1.shape[1] // (W1.shape[1] + len(W2))


def test_other_wrong_solutions_fail(fails):
    fails("multiply_adds_left", twice, of_the_first_layer)


def test_reference_by_hand():
    W1 = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    assert multiply_adds_left(W1, np.array([[1.0, 1.0, 0.0]])) == 3
