"""Linear models: touching at the solution, folds, posterior, smoothness."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.path import Path as MplPath
from numpy.testing import assert_allclose
from sklearn.linear_model import LassoCV
from sklearn.model_selection import PredefinedSplit

from reglab.chapters.l1_l2_elastic_net import linear as chapter
from reglab.core import numpy_stream
from reglab.penalties import degrees_of_freedom, regularization_path

X = np.linspace(-2, 2, 81)
HEIGHTS = [-0.8, 0.3]


def objective(w, lam, mix, best):
    away = w - best
    ridge = (1 - mix) / 2 * (w**2).sum()
    return away @ chapter.CURVATURE @ away / 2 + lam * (mix * abs(w).sum() + ridge)


def size(w, mix):
    """The penalty of weights (2, ...), without its strength."""
    return mix * abs(w).sum(0) + (1 - mix) / 2 * (w**2).sum(0)


def height(w, best):
    """Twice the loss of weights (2, points)."""
    return np.einsum("ip,ij,jp->p", w - best[:, None], chapter.CURVATURE, w - best[:, None])


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("mix", [0.0, 0.4, 1.0])
def test_geometry_finds_the_least_objective_where_ball_and_contour_touch(mix, at):
    one = chapter.geometry([0.0, 0.7], [mix], HEIGHTS).sel(lam=0.7, mix=mix).isel(optimum=at)
    w, best = one.solution.values, np.array([1.5, HEIGHTS[at]])
    steps = np.stack(np.meshgrid([-0.01, 0, 0.01], [-0.01, 0, 0.01]), -1).reshape(-1, 2)
    least = objective(w, 0.7, mix, best)
    assert min(objective(w + step, 0.7, mix, best) for step in steps) >= least
    if mix == 0:
        want = np.linalg.solve(chapter.CURVATURE + 0.7 * np.eye(2), chapter.CURVATURE @ best)
        assert_allclose(w, want, atol=1e-9)
    contour, ball = one.contour.values, one.ball.values
    assert_allclose(height(contour, best), height(w[:, None], best)[0])
    assert_allclose(size(ball, mix), size(w, mix))
    # The contour never enters the ball, nor the ball the contour: they touch at the solution.
    assert (size(contour, mix) >= size(w, mix) - 1e-9).all()
    assert (height(ball, best) >= height(w[:, None], best) - 1e-9).all()
    for curve in (contour, ball):
        assert_allclose(curve[:, 0], curve[:, -1], atol=1e-12)  # closed


def test_the_ball_of_l1_has_its_corners_on_the_axes():
    ball = chapter.geometry([0.5], [1.0], [0.3]).ball.squeeze().values
    reach = abs(ball).max()
    for corner in ([reach, 0], [0, reach], [-reach, 0], [0, -reach]):
        assert abs(ball.T - corner).max(1).min() < 1e-12


def test_levels_are_loss_contours_one_after_another():
    plane = chapter.geometry([0.5], [1.0], HEIGHTS)
    for k, best in enumerate(HEIGHTS):
        found = height(plane.levels.values[k], np.array([1.5, best])) ** 0.5
        ends = np.flatnonzero(np.isnan(found))
        rings = np.split(found, ends + 1)[:-1]
        assert [round(float(np.nanmean(ring)), 6) for ring in rings] == [0.4, 0.8, 1.2, 1.6]
        assert all(np.nanstd(ring) < 1e-9 for ring in rings)


def test_the_trail_leads_from_the_optimum_through_the_solutions():
    plane = chapter.geometry([0.0, 0.02], [0.0, 1.0], HEIGHTS)
    trail = plane.trail.transpose("step", "mix", "optimum", "weight")
    assert_allclose(trail[0], np.broadcast_to([[[1.5, h] for h in HEIGHTS]], (2, 2, 2)))
    assert_allclose(trail[:2], plane.solution.transpose("lam", "mix", "optimum", "weight"))
    assert (abs(trail[-1]) < 0.1).all() and (trail[-1].sel(mix=1) == 0).all()


@pytest.mark.parametrize("mix", [0.0, 0.5, 1.0])
def test_exactly_the_optima_in_the_caught_area_lose_their_second_weight(mix):
    heights = np.linspace(-1.5, 1.5, 31)  # none of them on the edge
    for first in (-1.0, 0.2, 1.5):
        plane = chapter.geometry([0.0, 0.61], [mix], heights, first).sel(lam=0.61, mix=mix)
        zero = plane.solution.isel(weight=1)
        inside = MplPath(plane.caught.values.T).contains_points([(first, h) for h in heights])
        assert_allclose(abs(zero) < 1e-9, inside)
        assert inside.any() == (mix > 0)


def test_without_l1_the_caught_area_is_a_line():
    (x, y) = chapter.geometry([0.7], [0.0], [0.0]).caught.squeeze().values
    assert (
        abs(np.polyfit(x, y, 1)[1]) < 1e-9 and np.ptp(y - np.polyval(np.polyfit(x, y, 1), x)) < 1e-9
    )


def test_geometry_without_penalty_and_with_too_much():
    grid = chapter.geometry([0.0, 9.0], [0.5, 1.0], [0.3])
    assert_allclose(grid.solution.sel(lam=0.0, optimum=0.3), [[1.5, 0.3], [1.5, 0.3]])
    assert (grid.solution.sel(lam=9.0, mix=1.0) == 0).all()
    assert (grid.ball.sel(lam=9.0, mix=1.0) == 0).all()


def test_diabetes_is_standardized():
    X, y, names = chapter.diabetes()
    assert X.shape == (442, 10) and len(names) == 10 and names[2] == "BMI"
    assert_allclose(X.mean(0), 0, atol=1e-12)
    assert_allclose((X**2).mean(0), 1)
    assert abs(y.mean()) < 1e-12


def test_cross_validation_agrees_with_scikit_learn():
    X, y, _ = chapter.diabetes()
    lams = [20.0, 2.0, 0.2]
    ours = chapter.cross_validation(X, y, lams, mix=1.0, folds=5, seed=3)
    fold = numpy_stream(3, "folds").permutation(len(y)) % 5
    fit = LassoCV(alphas=lams, cv=PredefinedSplit(fold), tol=1e-8).fit(X, y)
    assert_allclose(ours, fit.mse_path_, rtol=1e-3)
    assert sorted(np.bincount(fold)) == [88, 88, 88, 89, 89]


def test_paths_hold_fits_and_errors_of_every_mix():
    X, y, names = chapter.diabetes()
    found = chapter.paths(X, y, [20.0, 0.2, 2.0], [0.0, 0.5], names)
    assert found.lam.values.tolist() == [0.2, 2.0, 20.0]
    for mix in (0.0, 0.5):
        path = regularization_path(X, y, found.lam.values, mix=mix).sortby("lam")
        one = found.sel(mix=mix)
        assert_allclose(one.coef, path.coef)
        assert one.coef.feature.values.tolist() == names
        assert_allclose(one.df, degrees_of_freedom(X, path, mix))
        folds = chapter.cross_validation(X, y, [0.2, 2.0, 20.0], mix).sortby("lam")
        assert_allclose(one.error, folds.mean("fold"))
        assert_allclose(one.standard_error, folds.std("fold", ddof=1) / 10**0.5)


def test_the_two_choices_of_lam(monkeypatch):
    """Folds with the mean errors 5, 4, 4.5, 9 and, at the least, a standard error of 1."""
    fake = np.array([5, 4, 4.5, 9])[:, None] + np.array([1.0, -1.0])
    errors = xr.DataArray(fake[::-1], dims=("lam", "fold"), coords={"lam": [4.0, 3.0, 2.0, 1.0]})
    monkeypatch.setattr(chapter, "cross_validation", lambda *_: errors)
    X, y, _ = chapter.diabetes()
    found = chapter.paths(X, y, [1.0, 2.0, 3.0, 4.0], [1.0])
    assert (found.best.item(), found.limit.item(), found.one_se.item()) == (2, 5, 3)


@pytest.mark.parametrize(("z", "b"), [(0.8, 1.0), (-2.5, 1.0), (0.0, 0.5)])
def test_the_posterior_s_mode_is_the_soft_threshold_and_its_mean_is_not(z, b):
    mode, mean, positive = chapter.laplace_posterior(z, 1.0, b)
    assert mode == np.sign(z) * max(abs(z) - 1 / b, 0)
    draws = np.random.default_rng(0).normal(z, 1.0, 400_000)  # weighted by the prior
    weight = np.exp(-abs(draws) / b)
    assert_allclose(mean, (weight * draws).sum() / weight.sum(), atol=0.01)
    assert_allclose(positive, weight[draws > 0].sum() / weight.sum(), atol=0.01)


def test_a_wide_prior_changes_nothing_and_a_narrow_one_everything():
    assert_allclose(chapter.laplace_posterior(1.5, 1.0, 1e9), [1.5, 1.5, 0.9332], atol=1e-3)
    assert_allclose(chapter.laplace_posterior(1.5, 1.0, 0.02), [0.0, 0.0, 0.515], atol=2e-3)


def test_smooth_fits_shrink_in_norm_and_fit_the_data_at_no_penalty():
    fits = chapter.smooth_fits([1e-12, 1e-3, 0.1], X / 2)
    assert fits.lam.values.tolist() == [0.1, 1e-3, 1e-12]
    assert (np.diff(fits.norm) > 0).all() and (np.diff(fits.roughness) > 0).all()
    free = np.polynomial.Legendre.fit(fits.x_train, fits.y_train, 14)
    assert_allclose(fits.fit.sel(lam=1e-12), free(X / 2), atol=1e-3)
    assert_allclose(fits.norm[2], np.linalg.norm(free.convert(domain=[-1, 1]).coef[1:]), rtol=1e-4)


def test_smooth_fits_are_ridge():
    fits = chapter.smooth_fits([0.05], X / 2).isel(lam=0)
    basis = np.polynomial.legendre.legvander(fits.x_train, 14)[:, 1:]
    path = regularization_path(basis, fits.y_train.values, [0.05], mix=0.0)
    assert_allclose(fits.norm, np.linalg.norm(path.coef[0]))
