"""Two weights: curvature, paths and their orders, against the library and closed forms."""

import numpy as np
import pytest
import torch

from reglab.chapters.implicit_regularization import two_weights
from reglab.sharpness import gradient_descent, gradient_flow, largest_eigenvalue

POINTS = [(2.0, 0.1), (1.0, 1.0), (-0.5, 3.0), (0.0, 0.0), (2.8, 0.3)]


def vector(w):
    return torch.tensor(w, dtype=torch.float64)


def test_loss():
    assert two_weights.loss(vector((2.0, 0.1))) == pytest.approx(0.32)


@pytest.mark.parametrize("w", POINTS)
def test_curvature_is_the_largest_eigenvalue(w):
    want = torch.linalg.eigvalsh(torch.autograd.functional.hessian(two_weights.loss, vector(w)))[-1]
    assert two_weights.curvature(np.array(w)) == pytest.approx(float(want))
    found = largest_eigenvalue(two_weights.loss, vector(w))
    assert float(found) == pytest.approx(float(want))


def test_at_a_minimum_the_curvature_is_the_squared_length():
    w = np.array([4.0, 0.25])
    assert two_weights.curvature(w) == pytest.approx(w @ w)


def test_descend_is_gradient_descent():
    runs = two_weights.descend([0.1, 0.3], start=(2.0, 0.4), steps=12)
    for eta in (0.1, 0.3):
        want = gradient_descent(two_weights.loss, vector((2.0, 0.4)), eta, 12).numpy()
        one = runs.sel(eta=eta)
        assert np.allclose(np.stack([one.a, one.b], 1), want)
    assert np.allclose(runs.loss, (1 - runs.a * runs.b) ** 2 / 2)
    assert np.allclose(runs.sharpness, two_weights.curvature(np.stack([runs.a, runs.b], -1)))


def test_every_path_ends_at_a_minimum_that_its_rate_can_hold():
    end = two_weights.descend().isel(step=-1)
    assert (end.loss < 1e-10).all()
    assert (end.sharpness <= 2 / end.eta + 1e-6).all()


def test_small_rates_end_alike_and_large_ones_where_it_is_flatter():
    end = two_weights.descend().isel(step=-1).sharpness
    assert np.ptp(end.sel(eta=slice(0, 0.2)).values) < 0.02
    assert float(end.sel(eta=0.4)) < 2.5 < 7.9 < float(end.sel(eta=0.1))


def test_distances_by_hand():
    paths = two_weights.compare_with_flow([0.25, 0.5], start=(1.5, 0.2), time=1.0)
    w0 = vector((1.5, 0.2))
    flow = gradient_flow(two_weights.loss, w0, 1.0, 1000)[-1]
    path = gradient_descent(two_weights.loss, w0, 0.25, 4)
    assert float(paths.flow.sel(eta=0.25)[-1]) == pytest.approx(float((path[-1] - flow).norm()))
    assert paths.t.sel(eta=0.5).values.tolist()[:3] == [0, 0.5, 1.0]
    assert np.isnan(paths.flow.sel(eta=0.5)[3:]).all() and float(paths.flow[0, 0]) == 0


def test_orders_of_the_two_distances():
    ends = two_weights.distances_at_end(two_weights.compare_with_flow((0.0125, 0.025, 0.05)))
    assert two_weights.order(ends.flow) == pytest.approx(1, abs=0.1)
    assert two_weights.order(ends.modified) == pytest.approx(2, abs=0.05)
    assert (ends.modified < ends.flow / 5).all()


def test_order_of_a_power():
    eta = np.array([0.1, 0.2, 0.4])
    ends = two_weights.distances_at_end(
        two_weights.compare_with_flow([0.5, 0.25], start=(1.0, 0.5), time=0.5)
    )
    assert ends.eta.values.tolist() == [0.5, 0.25]
    cubes = ends.flow.isel(eta=[0, 0, 0]).assign_coords(eta=eta).copy(data=7 * eta**3)
    assert two_weights.order(cubes) == pytest.approx(3)
