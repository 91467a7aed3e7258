"""Exercise greedy_weights: other sound solutions pass, and the library does the same."""

import numpy as np
import torch
from torch import nn

from reglab.averaging import greedy_soup
from reglab.chapters.averaging.exercises.greedy import GREEDY, greedy_weights, validation_error


def with_a_running_sum(weights, x, y):
    order = sorted(range(len(weights)), key=lambda i: validation_error(weights[i], x, y))
    total, count = weights[order[0]].copy(), 1
    for i in order[1:]:
        before = ((x @ (total / count) - y) ** 2).mean()
        if ((x @ ((total + weights[i]) / (count + 1)) - y) ** 2).mean() <= before:
            total, count = total + weights[i], count + 1
    return total / count


def test_other_sound_solutions_pass(passes):
    passes("greedy_weights", with_a_running_sum)


def as_module(w):
    layer = nn.Linear(len(w), 1, bias=False).double()
    layer.weight.data.copy_(torch.tensor(w).view(1, -1))
    return layer


def test_the_library_does_the_same():
    for weights, x, y in GREEDY.cases:
        score = lambda m: validation_error(m.weight.detach().numpy()[0], x, y)  # noqa: B023, E731
        soup, _ = greedy_soup([as_module(w) for w in weights], score)
        np.testing.assert_allclose(greedy_weights(weights, x, y), soup.weight[0].detach().numpy())
