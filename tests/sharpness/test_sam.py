"""SAM and ASAM: against the exact inner maximum, the invariance, and the trainer's own steps."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from reglab.data import Examples, Splits
from reglab.sharpness import ASAM, SAM, asam_offsets, sam_offsets, two_step_gradients
from reglab.train import fit, fleet, mlp

H = torch.tensor([[3.0, 1.0], [1.0, 0.5]], dtype=torch.float64)
W = torch.tensor([1.0, -2.0], dtype=torch.float64)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def worst_on_the_circle(loss, rho, points=200_001):
    """The highest of loss(w + e) over |e| = rho in two dimensions, by trying all directions."""
    angle = torch.linspace(0, 2 * torch.pi, points, dtype=torch.float64)
    e = rho * torch.stack([angle.cos(), angle.sin()], 1)
    return loss(W + e).max()


def quadratic(w):
    return ((w @ H) * w).sum(-1) / 2


def test_on_a_linear_loss_it_is_the_exact_maximum():
    e = sam_offsets({"w": H @ W}, 0.7)["w"]
    linear = lambda w: w @ (H @ W)  # noqa: E731
    torch.testing.assert_close(linear(W + e), worst_on_the_circle(linear, 0.7))


def test_on_a_quadratic_it_misses_the_maximum_by_third_order_in_rho():
    """The maximum's direction differs by order rho, which costs rho times rho^2: 8 a halving."""
    missed = []
    for rho in (0.02, 0.01):
        e = sam_offsets({"w": H @ W}, rho)["w"]
        missed.append((worst_on_the_circle(quadratic, rho) - quadratic(W + e)).item())
    assert missed[1] > 0
    assert 7 < missed[0] / missed[1] < 9


def test_the_norm_is_one_over_all_parameters():
    e = sam_offsets({"a": drawn(3, 2), "b": drawn(4, seed=1)}, 0.3)
    length = torch.cat([t.flatten() for t in e.values()]).norm()
    torch.testing.assert_close(length, torch.tensor(0.3).double())


def test_it_points_uphill():
    g = drawn(5)
    torch.testing.assert_close(sam_offsets({"w": g}, 2.0)["w"], 2 * g / g.norm())


def test_asam_is_the_formula():
    w, g = drawn(5), drawn(5, seed=1)
    t = w.abs() + 0.1
    want = 0.5 * t**2 * g / (t * g).norm()
    torch.testing.assert_close(asam_offsets({"w": w}, {"w": g}, 0.5, 0.1)["w"], want)


def test_asam_with_weights_of_size_one_is_sam():
    w, g = drawn(6).sign(), drawn(6, seed=1)
    want = sam_offsets({"w": g}, 0.5)["w"]
    torch.testing.assert_close(asam_offsets({"w": w}, {"w": g}, 0.5, eta=0.0)["w"], want)


def relu_network(seed=0):
    model = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 2)).double()
    with torch.no_grad():
        for k, p in enumerate(model.parameters()):
            p.copy_(drawn(*p.shape, seed=seed + k))
    return model


def rescaled(model, factor=8.0):
    """The same function: into the hidden units times `factor`, out of them by it."""
    other = relu_network()
    with torch.no_grad():
        for p, q, f in zip(other.parameters(), model.parameters(), scales(factor), strict=True):
            p.copy_(f * q)
    return other


def scales(factor):
    return [factor, factor, 1 / factor, 1.0]


def offsets_of(model, technique):
    x, y = drawn(7, 3, seed=9), torch.arange(7) % 2
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
    weights = {n: p.detach() for n, p in model.named_parameters()}
    return technique.perturbation(weights, {n: p.grad for n, p in model.named_parameters()})


def outputs_moved(technique, model):
    moved = {n: p.detach() + offsets_of(model, technique)[n] for n, p in model.named_parameters()}
    return torch.func.functional_call(model, moved, (drawn(7, 3, seed=8),))


def test_the_two_networks_are_one_function():
    model = relu_network()
    x = drawn(7, 3, seed=8)
    torch.testing.assert_close(model(x), rescaled(model)(x))


def test_asam_does_not_see_the_scale_of_layers():
    model = relu_network()
    technique = ASAM(0.5, eta=0.0)
    here, there = offsets_of(model, technique), offsets_of(rescaled(model), technique)
    for (name, e), factor in zip(here.items(), scales(8.0), strict=True):
        torch.testing.assert_close(there[name], factor * e)
    torch.testing.assert_close(
        outputs_moved(technique, model), outputs_moved(technique, rescaled(model))
    )


def test_sam_does():
    model = relu_network()
    here, there = outputs_moved(SAM(0.5), model), outputs_moved(SAM(0.5), rescaled(model))
    assert (here - there).abs().max() > 0.1


# In a loop of one's own, and in the trainer


@pytest.mark.parametrize("technique", [SAM(0.3), ASAM(0.3)], ids=repr)
def test_the_two_steps_are_the_gradient_at_the_moved_weights(technique):
    model, x, y = relu_network(), drawn(7, 3, seed=9), torch.arange(7) % 2
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    moved = {n: before[n] + e for n, e in offsets_of(model, technique).items()}

    def loss(weights):
        return F.cross_entropy(torch.func.functional_call(model, weights, (x,)), y)

    want = torch.func.grad(loss)(moved)
    value = two_step_gradients(model, lambda: F.cross_entropy(model(x), y), technique)
    torch.testing.assert_close(value, loss(before))
    for name, p in model.named_parameters():
        torch.testing.assert_close(p.grad, want[name])
        assert torch.equal(p, before[name])


def test_the_loss_is_computed_twice():
    model, seen = relu_network(), []

    def loss():
        seen.append(model[0].weight.detach().clone())
        return model[0].weight.square().sum()

    two_step_gradients(model, loss, SAM(0.1))
    assert len(seen) == 2 and not torch.equal(*seen)


def test_a_parameter_without_a_gradient_stays():
    model = relu_network()
    model.unused = nn.Parameter(torch.ones(2))
    two_step_gradients(model, lambda: model[0].weight.square().sum(), SAM(0.1))
    assert model.unused.grad is None and model.unused.tolist() == [1, 1]


def data():
    x = drawn(60, 4, seed=3)
    parts = [Examples(x[k : k + 20], torch.arange(20) % 3) for k in (0, 20, 40)]
    return Splits(*parts, classes=3)


@pytest.mark.parametrize("technique", [SAM(0.2), ASAM(0.5)], ids=repr)
def test_fit_and_fleet_are_one_training(technique):
    settings = dict(epochs=4, lr=0.1, batch=5, techniques=[technique])
    runs = fleet(
        mlp(6), data(), seeds=[1, 2], report=[4], keep="networks", dtype=torch.float64, **settings
    )
    model = mlp(6).build(4, 3, seed=1, dtype=torch.float64)
    fit(model, data(), seed=1, **settings)
    for p, q in zip(model.parameters(), runs.network.values[0].parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-12)


def test_own_loop_and_fit_are_one_training():
    """Full batches, so that no order is drawn."""
    splits, settings = data(), dict(lr=0.1, momentum=0.0, batch=None)
    one, two = (mlp(6).build(4, 3, seed=1, dtype=torch.float64) for _ in range(2))
    fit(one, splits, epochs=5, techniques=[SAM(0.3)], **settings)
    optimizer = torch.optim.SGD(two.parameters(), lr=0.1)
    for _ in range(5):
        x, y = splits.train.x, splits.train.y
        two_step_gradients(two, lambda: F.cross_entropy(two(x), y), SAM(0.3))  # noqa: B023
        optimizer.step()
    for p, q in zip(one.parameters(), two.parameters(), strict=True):
        torch.testing.assert_close(p, q)
