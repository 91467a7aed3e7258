"""Slopes in the inputs, against torch.func.jacrev example by example."""

import pytest
import torch
from torch import nn
from torch.func import jacrev, vmap
from torch.nn import functional as F

from reglab.sharpness import fgsm, gradient_penalty, jacobian_penalty


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


@pytest.fixture
def net():
    model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).double()
    with torch.no_grad():
        for k, p in enumerate(model.parameters()):
            p.copy_(drawn(*p.shape, seed=k))
    return model


X, Y = drawn(5, 4, seed=7), torch.arange(5) % 3


def jacobians(net):
    return vmap(jacrev(net))(X)  # (5, 3, 4)


def test_the_exact_penalty_is_half_the_squared_jacobian(net):
    want = jacobians(net).square().sum((1, 2)).mean() / 2
    torch.testing.assert_close(jacobian_penalty(net, X), want)


def test_the_estimate_is_unbiased(net):
    """Alpha 1e-6: 4.9 standard errors from 400 estimates of one projection each."""
    g = generator(3)
    found = torch.stack([jacobian_penalty(net, X, 1, g).detach() for _ in range(400)])
    error = found.std() / 20
    assert (found.mean() - jacobian_penalty(net, X)).abs() < 4.9 * error
    assert found.std() > 0


def test_more_projections_scatter_less(net):
    g = generator(3)
    few, many = (
        torch.stack([jacobian_penalty(net, X, k, g).detach() for _ in range(100)]).std()
        for k in (1, 16)
    )
    assert many < few / 2.5  # 4 expected


def test_a_single_output_needs_no_luck():
    f = lambda x: x @ torch.ones(4, 1).double()  # noqa: E731
    torch.testing.assert_close(jacobian_penalty(f, X, 1, generator()), jacobian_penalty(f, X))


def test_the_gradient_penalty_is_that_of_each_example_s_own_loss(net):
    def slope(x, y):
        return torch.func.grad(lambda x: F.cross_entropy(net(x[None]), y[None]))(x)

    want = vmap(slope)(X, Y).square().sum(1).mean() / 2
    torch.testing.assert_close(gradient_penalty(net, X, Y), want)


@pytest.mark.parametrize(
    "penalty", [jacobian_penalty, lambda f, x: gradient_penalty(f, x, Y)], ids=["J", "dL"]
)
def test_both_can_be_trained(net, penalty):
    """Double backward: the gradient in a weight is that of finite differences."""
    penalty(net, X).backward()
    w, got = net[0].weight, net[0].weight.grad[1, 2].item()
    values = []
    for h in (1e-6, -1e-6):
        with torch.no_grad():
            w[1, 2] += h
        values.append(penalty(net, X).item())
        with torch.no_grad():
            w[1, 2] -= h
    assert got == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-5)


def test_images_have_jacobians_too():
    f = lambda x: 2 * x.flatten(1)  # noqa: E731
    assert jacobian_penalty(f, torch.zeros(3, 1, 2, 2)).item() == pytest.approx(8.0)


def test_the_step_goes_up_by_its_size_everywhere(net):
    moved = fgsm(net, X, Y, 0.1)
    gradient = torch.autograd.grad(F.cross_entropy(net(x := X.clone().requires_grad_()), Y), x)[0]
    torch.testing.assert_close(moved - X, 0.1 * gradient.sign())


def test_for_a_linear_model_it_is_the_worst_of_its_size():
    """Logistic regression: the loss at the step is the highest over all corners of the box."""
    weight, x = drawn(4, seed=2), drawn(1, 4, seed=3)

    def f(x):
        return torch.stack([torch.zeros(len(x)).double(), x @ weight], 1)

    corners = x + 0.3 * torch.cartesian_prod(*[torch.tensor([-1.0, 1.0]).double()] * 4)
    losses = F.cross_entropy(f(corners), torch.ones(16).long(), reduction="none")
    got = F.cross_entropy(f(fgsm(f, x, torch.ones(1).long(), 0.3)), torch.ones(1).long())
    torch.testing.assert_close(got, losses.max())


def test_it_leaves_no_trace(net):
    x = X.clone()
    moved = fgsm(net, x, Y, 0.1)
    assert not moved.requires_grad and torch.equal(x, X)
    assert all(p.grad is None for p in net.parameters())


def test_size_zero_is_the_input(net):
    assert torch.equal(fgsm(net, X, Y, 0.0), X)


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: jacobian_penalty(nn.Identity(), X, 0), "projections.*>= 1; got 0"),
        (lambda: fgsm(nn.Identity(), X, Y, -0.1), "size.*>= 0; got -0.1"),
    ],
)
def test_bad_values_get_an_error_that_names_them(call, says):
    with pytest.raises(ValueError, match=says):
        call()
