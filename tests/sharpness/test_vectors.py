"""The loss as a function of one vector: the same numbers as the module, which is left alone."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from reglab.sharpness import flat_loss, flatten


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def problem():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    x = torch.randn(5, 3, generator=generator(1), dtype=torch.float64)
    return model, x, torch.tensor([0, 1, 1, 0, 1])


def test_flatten_joins_in_order():
    joined = flatten([torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor(5.0)])
    assert joined.tolist() == [1, 2, 3, 4, 5]


def test_nothing_to_flatten_is_an_error():
    with pytest.raises(ValueError, match="no tensors to flatten"):
        flatten([])


def test_the_loss_is_that_of_the_module(problem):
    model, x, y = problem
    loss, w = flat_loss(model, x, y)
    torch.testing.assert_close(loss(w), F.cross_entropy(model(x), y))


def test_the_gradient_is_that_of_the_module(problem):
    model, x, y = problem
    loss, w = flat_loss(model, x, y)
    F.cross_entropy(model(x), y).backward()
    want = flatten(p.grad for p in model.parameters())
    torch.testing.assert_close(torch.func.grad(loss)(w), want)


def test_another_vector_is_another_network(problem):
    model, x, y = problem
    loss, w = flat_loss(model, x, y)
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(2)
    torch.testing.assert_close(loss(2 * w), F.cross_entropy(model(x), y))


def test_another_loss(problem):
    model, x, _ = problem
    target = torch.ones(5, 2, dtype=torch.float64)
    loss, w = flat_loss(model, x, target, F.mse_loss)
    torch.testing.assert_close(loss(w), F.mse_loss(model(x), target))


def test_the_module_is_left_alone(problem):
    model, x, y = problem
    loss, w = flat_loss(model, x, y)
    before = flatten(model.parameters()).detach().clone()
    torch.func.grad(loss)(w + 1)
    assert torch.equal(before, flatten(model.parameters()))
    assert all(p.grad is None for p in model.parameters())
    assert not w.requires_grad
