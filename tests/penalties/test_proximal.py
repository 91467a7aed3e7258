"""Proximal steps: prox as argmin, firm non-expansiveness, where each optimizer comes to rest."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import nn
from torch.testing import assert_close

from reglab.core import stream
from reglab.core.device import available_devices
from reglab.penalties.proximal import (
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
