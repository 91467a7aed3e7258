"""Proximal steps: prox as argmin, firm non-expansiveness, where each optimizer comes to rest."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import ElasticNet, Lasso
from torch import nn
from torch.optim import SGD, Adagrad, Adam, AdamW
from torch.optim.lr_scheduler import ExponentialLR
from torch.testing import assert_close

from reglab.core import stream
from reglab.core.device import available_devices
from reglab.penalties.norms import group_lasso
from reglab.penalties.proximal import (
    add_prox,
    elastic_net_prox,
    group_soft_threshold,
    project_max_norm,
    soft_threshold,
)

PROXES = {
    "soft": lambda w, t: soft_threshold(w, t),
    "elastic net": lambda w, t: elastic_net_prox(w, t, 0.7),
    "rows": lambda w, t: group_soft_threshold(w, t, dim=0),
    "columns": lambda w, t: group_soft_threshold(w, t, dim=1),
    "max-norm": lambda w, t: project_max_norm(w, t + 0.1),
}
each_prox = pytest.mark.parametrize("prox", PROXES.values(), ids=PROXES)
matrices = arrays(float, (3, 4), elements=st.floats(-1e4, 1e4)).map(torch.from_numpy)
strengths = st.floats(0, 100)


def double(*values):
    return torch.tensor(values, dtype=torch.float64)


def test_soft_threshold_by_hand():
    w = double(-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0)
    assert_close(soft_threshold(w, 1.0), double(-2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0), rtol=0, atol=0)
    assert not soft_threshold(w, 1.0).signbit()[1:].any()  # no negative zeros


@given(w=matrices, t=strengths)
def test_soft_threshold_is_torch_s_softshrink(w, t):
    assert_close(soft_threshold(w, t), nn.functional.softshrink(w, t), rtol=1e-12, atol=1e-9)


def on_a_grid(v, objective, radius=4.0, points=1601):
    """The minimizer of 1/2 |w - v|^2 + objective(w) over a square grid, v of one or two numbers."""
    axis = torch.linspace(-radius, radius, points, dtype=torch.float64)
    grid = torch.cartesian_prod(*[axis] * len(v)).view(-1, len(v))
    cost = 0.5 * (grid - v).square().sum(1) + objective(grid)
    return grid[cost.argmin()], 2 * radius / (points - 1)


@pytest.mark.parametrize("v", [-3.21, -0.4, 0.0, 0.07, 1.0, 2.5])
@pytest.mark.parametrize(("t1", "t2"), [(0.0, 0.0), (1.0, 0.0), (0.5, 2.0), (0.0, 3.0)])
def test_elastic_net_prox_is_the_argmin_on_a_grid(v, t1, t2):
    best, spacing = on_a_grid(double(v), lambda w: (t1 * w.abs() + t2 / 2 * w**2).sum(1))
    assert_close(elastic_net_prox(double(v), t1, t2), best, rtol=0, atol=spacing)


@pytest.mark.parametrize("v", [(2.0, 1.5), (-0.3, 0.4), (0.0, -3.0), (-1.0, 0.02)])
@pytest.mark.parametrize("t", [0.0, 0.5, 1.3])
def test_group_prox_and_projection_are_argmins_on_a_grid(v, t):
    best, spacing = on_a_grid(double(*v), lambda w: t * w.norm(dim=1), points=801)
    assert_close(group_soft_threshold(double(v), t)[0], best, rtol=0, atol=spacing)
    outside = lambda w: torch.where(w.norm(dim=1) > t + 0.5, math.inf, 0.0)  # noqa: E731
    best, spacing = on_a_grid(double(*v), outside, points=801)
    assert_close(project_max_norm(double(v), t + 0.5)[0], best, rtol=0, atol=2 * spacing)


@each_prox
@given(a=matrices, b=matrices, t=strengths)
def test_every_prox_is_firmly_non_expansive(prox, a, b, t):
    d = prox(a, t) - prox(b, t)
    bound = (d * (a - b)).sum()
    assert d.square().sum() <= bound + 1e-9 * (1 + bound.abs())


@given(w=matrices, t=strengths)
def test_moreau_the_rest_is_a_projection_on_the_dual_ball(w, t):
    rest = w - soft_threshold(w, t)
    assert rest.abs().max() <= t + 1e-9
    rest = w - group_soft_threshold(w, t)
    assert (rest.norm(dim=1) <= t * (1 + 1e-9) + 1e-9).all()


def test_groups_of_one_row_are_a_column_s_weights():
    w = torch.randn(5, 1, dtype=torch.float64)
    assert_close(group_soft_threshold(w, 0.4), soft_threshold(w, 0.4))
    kernel = torch.randn(2, 3, 4, dtype=torch.float64)
    by_channel = torch.stack(
        [group_soft_threshold(k.reshape(1, -1), 0.9)[0] for k in kernel.unbind(1)]
    )
    assert_close(group_soft_threshold(kernel, 0.9, dim=1), by_channel.view(3, 2, 4).transpose(0, 1))


def test_projection_by_hand_and_twice_is_once():
    w = double((3.0, 4.0), (0.3, 0.4), (0.0, 0.0))
    assert_close(project_max_norm(w, 1.0), double((0.6, 0.8), (0.3, 0.4), (0.0, 0.0)))
    assert_close(project_max_norm(w, 2.0, dim=1).norm(dim=0), double(2.0, 2.0))
    once = project_max_norm(w, 1.0)
    assert_close(project_max_norm(once, 1.0), once)


@each_prox
def test_gradients_away_from_the_kink(prox):
    w = torch.randn(3, 4, dtype=torch.float64, generator=stream(0, "w"), requires_grad=True)
    assert torch.autograd.gradcheck(lambda w: prox(w, 0.3), w)


@pytest.mark.parametrize("name", ["soft", "elastic net", "rows", "columns"])
def test_limits(name):
    prox, w = PROXES[name], torch.randn(3, 4)
    assert (prox(w, math.inf) == 0).all() and (prox(1e4 * w, 1e5 * 4) == 0).all()
    zero = torch.zeros(3, 4, requires_grad=True)
    for t in (0, 0.5):
        out = prox(zero, t)
        assert (out == 0).all() and torch.autograd.grad(out.sum(), zero)[0].isfinite().all()
    scale = 1.7 if name == "elastic net" else 1.0
    assert_close(prox(w, 0) * scale, w)


@each_prox
def test_vmap_equals_a_loop(prox):
    w = torch.randn(4, 3, 5)
    if prox is PROXES["max-norm"]:
        together = torch.func.vmap(lambda v: prox(v, 0.5))(w)
        assert_close(together, torch.stack([prox(v, 0.5) for v in w]))
        return
    t = torch.tensor([0.0, 0.1, 0.5, 9.0])
    together = torch.func.vmap(prox)(w, t)
    assert_close(together, torch.stack([prox(v, s) for v, s in zip(w, t.tolist(), strict=True)]))


@pytest.mark.parametrize("device", available_devices())
@each_prox
def test_every_device(device, prox):
    w = torch.randn(3, 4)
    assert_close(prox(w.to(device), 0.3).cpu(), prox(w, 0.3))


# --- optimizers with a proximal step -------------------------------------------------------------


def problem(n=60, features=8):
    """A regression in which half of the features count; returns X (n, I), y (n, 1)."""
    X = torch.randn(n, features, dtype=torch.float64, generator=stream(1, "X"))
    w = torch.linspace(1, -1, features, dtype=torch.float64) * (torch.arange(features) % 2)
    noise = torch.randn(n, dtype=torch.float64, generator=stream(1, "noise"))
    return X, (X @ w + 0.3 * noise)[:, None]


def train(make, prox, steps, metric="optimizer", decay=1.0, outputs=1):
    """Full-batch training of a linear model without bias on half the mean squared error."""
    X, y = problem()
    model = nn.Linear(X.shape[1], outputs, bias=False, dtype=torch.float64)
    optimizer = make(model.parameters())
    add_prox(optimizer, model, prox, metric=metric)
    schedule = ExponentialLR(optimizer, decay)
    for _ in range(steps):
        optimizer.zero_grad()
        (0.5 * (model(X) - y).square().sum(1).mean()).backward()
        optimizer.step()
        schedule.step()
    return model.weight.detach()


LAM = 0.1
OPTIMIZERS = {
    "ISTA": (lambda p: SGD(p, lr=0.3), 1.0),
    "momentum": (lambda p: SGD(p, lr=0.05, momentum=0.9), 1.0),
    "Nesterov": (lambda p: SGD(p, lr=0.05, momentum=0.9, nesterov=True), 1.0),
    "dampened": (lambda p: SGD(p, lr=0.3, momentum=0.5, dampening=0.5), 1.0),
    "Adam": (lambda p: Adam(p, lr=0.05), 0.997),
    "AMSGrad": (lambda p: Adam(p, lr=0.05, amsgrad=True), 0.999),
    "AdamW without decay": (lambda p: AdamW(p, lr=0.05, weight_decay=0.0), 0.997),
}


@pytest.mark.parametrize(("make", "decay"), OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_optimizer_comes_to_rest_at_scikit_learn_s_lasso(make, decay):
    X, y = (t.numpy() for t in problem())
    want = Lasso(alpha=LAM, fit_intercept=False, tol=1e-12).fit(X, y[:, 0]).coef_
    found = train(make, lambda w, step: soft_threshold(w, step * LAM), 3000, decay=decay)[0]
    assert_close(found, torch.from_numpy(want), rtol=0, atol=1e-6)
    assert ((found == 0) == torch.from_numpy(want == 0)).all() and (found == 0).any()


def test_elastic_net_too():
    X, y = (t.numpy() for t in problem())
    want = ElasticNet(alpha=0.3, l1_ratio=0.4, fit_intercept=False, tol=1e-12).fit(X, y[:, 0]).coef_
    prox = lambda w, step: elastic_net_prox(w, step * 0.12, step * 0.18)  # noqa: E731
    for name in ("ISTA", "momentum"):
        assert_close(
            train(OPTIMIZERS[name][0], prox, 2000)[0], torch.from_numpy(want), atol=1e-8, rtol=0
        )


def test_adam_with_one_step_for_all_rests_elsewhere():
    soft = lambda w, step: soft_threshold(w, step * LAM)  # noqa: E731
    own = train(OPTIMIZERS["Adam"][0], soft, 3000, decay=0.997)
    euclidean = train(OPTIMIZERS["Adam"][0], soft, 3000, decay=0.997, metric="euclidean")
    assert (own - euclidean).abs().max() > 0.01


def test_columns_go_to_zero_as_one_and_satisfy_the_conditions():
    X, y = problem()
    prox = lambda w, step: group_soft_threshold(w, step * 0.2, dim=1)  # noqa: E731
    W = train(OPTIMIZERS["momentum"][0], prox, 2000, outputs=3)
    gone = (W == 0).all(0)
    assert gone.any() and not gone.all() and (W[:, ~gone] != 0).all()
    gradient = (X @ W.T - y).T @ X / len(X)  # (3, I); every output sees the same y
    assert (gradient[:, gone].norm(dim=0) <= 0.2).all()
    assert_close(
        gradient[:, ~gone], -0.2 * W[:, ~gone] / W[:, ~gone].norm(dim=0), rtol=0, atol=1e-6
    )
    # The same as minimizing loss + group_lasso: at the minimum its gradient vanishes.
    slope = torch.autograd.functional.jacobian(
        lambda w: group_lasso(w, 0.2, dim=1, scaled=False), W
    )
    assert_close(slope[:, ~gone], -gradient[:, ~gone], rtol=0, atol=1e-6)


def one_step(make, prox, metric="optimizer"):
    model = nn.Linear(2, 1, bias=True, dtype=torch.float64)
    with torch.no_grad():
        model.weight.copy_(double((1.0, -1.0)))
        model.bias.fill_(0.5)
    optimizer = make(model.parameters())
    handle = add_prox(optimizer, model, prox, metric=metric)
    (model.weight * double(2.0, 3.0)).sum().backward()
    return model, optimizer, handle


def test_the_step_that_the_prox_is_given():
    steps = []
    record = lambda w, step: steps.append(step) or w  # noqa: E731
    for make in (
        lambda p: SGD(p, lr=0.2),
        lambda p: SGD(p, lr=0.2, dampening=0.5),  # torch ignores it without momentum
        lambda p: SGD(p, lr=0.2, momentum=0.9),
        lambda p: SGD(p, lr=0.2, momentum=0.9, dampening=0.9),
        lambda p: Adagrad(p, lr=0.2),
        lambda p: Adam(p, lr=0.2, eps=0.5),
    ):
        one_step(make, record)[1].step()
    one_step(lambda p: Adam(p, lr=0.2), record, metric="euclidean")[1].step()
    assert steps[:5] == [0.2, 0.2, pytest.approx(2.0), pytest.approx(0.2), 0.2]
    # After one step, sqrt(v) is |gradient|.
    assert_close(steps[5], 0.2 / double((2.5, 3.5)), rtol=1e-6, atol=0)
    assert steps[6] == 0.2


def test_biases_and_weights_without_gradient_stay():
    model, optimizer, _ = one_step(lambda p: SGD(p, lr=0.1), lambda w, step: w * 0)
    optimizer.step()
    assert (model.weight == 0).all() and model.bias == 0.5
    frozen = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    frozen[0].weight.requires_grad_(False)
    before = frozen[0].weight.clone()
    optimizer = SGD(frozen.parameters(), lr=0.1)
    add_prox(optimizer, frozen, lambda w, step: w * 0)
    frozen(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    assert_close(frozen[0].weight, before) and (frozen[1].weight == 0).all()


def test_each_group_has_its_rate_and_the_handle_ends_it():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    groups = [{"params": model[0].parameters(), "lr": 0.1}, {"params": model[1].parameters()}]
    optimizer, steps = SGD(groups, lr=0.5), []
    handle = add_prox(optimizer, model, lambda w, step: steps.append(step) or w)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    optimizer.param_groups[1]["lr"] = 0.25
    optimizer.step()
    handle.remove()
    optimizer.step()
    assert steps == [0.1, 0.5, 0.1, 0.25]


def test_errors():
    w = torch.ones(2, 3)
    with pytest.raises(ValueError, match="threshold must be a number >= 0 .*; got -0.1"):
        soft_threshold(w, -0.1)
    with pytest.raises(ValueError, match="threshold must be a number >= 0 .*; got nan"):
        group_soft_threshold(w, math.nan)
    with pytest.raises(ValueError, match="threshold2 must be a number >= 0 .*; got -1"):
        elastic_net_prox(w, 0.1, -1)
    with pytest.raises(ValueError, match="radius must be a finite number > 0; got 0"):
        project_max_norm(w, 0)
    with pytest.raises(ValueError, match=r"groups; got shape \(2, 3\); with Adam, use add_prox"):
        group_soft_threshold(w, torch.ones(2, 3))
    model, other = nn.Linear(2, 2), nn.Linear(2, 2)
    with pytest.raises(
        ValueError, match="does not step all of these weights; pass it the same model"
    ):
        add_prox(SGD(other.parameters(), lr=0.1), model, soft_threshold)
    with pytest.raises(ValueError, match="metric must be one of optimizer, euclidean; got 'adam'"):
        add_prox(SGD(model.parameters(), lr=0.1), model, soft_threshold, metric="adam")
    with pytest.raises(ValueError, match="no weights to penalize"):
        add_prox(SGD(model.parameters(), lr=0.1), nn.ReLU(), soft_threshold)
