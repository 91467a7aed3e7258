"""Exercise parameter_count: other sound solutions pass, and the networks of the page have it."""

from itertools import pairwise

import numpy as np
import torch

from reglab.chapters.double_descent_in_networks.exercises.count import parameter_count
from reglab.chapters.double_descent_in_networks.networks import parameters


def with_a_loop(sizes):
    total = 0
    for before, after in pairwise(sizes):
        total += before * after + after
    return total


def with_torch(sizes):
    layers = [torch.nn.Linear(*pair, device="meta") for pair in pairwise(sizes.tolist())]
    return sum(p.numel() for layer in layers for p in layer.parameters())


def test_other_sound_solutions_pass(passes):
    passes("parameter_count", with_a_loop, with_torch)


def test_it_counts_the_networks_of_the_page():
    assert parameter_count(np.array([40, 18, 18, 10])) == parameters(18)
