"""Linear models: touching at the solution, folds, posterior, smoothness."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LassoCV
from sklearn.model_selection import PredefinedSplit

from reglab.chapters.l1_l2_elastic_net import linear as chapter
from reglab.core import numpy_stream
from reglab.penalties import regularization_path

X = np.linspace(-2, 2, 81)


def objective(w, lam, mix):
    away = w - chapter.BEST
    ridge = (1 - mix) / 2 * (w**2).sum()
    return away @ chapter.CURVATURE @ away / 2 + lam * (mix * abs(w).sum() + ridge)


@pytest.mark.parametrize("mix", [0.0, 0.4, 1.0])
def test_geometry_finds_the_least_objective_where_ball_and_contour_touch(mix):
    one = chapter.geometry([0.7], [mix], X).isel(lam=0, mix=0)
    w = one.solution.values
    steps = np.stack(np.meshgrid([-0.01, 0, 0.01], [-0.01, 0, 0.01]), -1).reshape(-1, 2)
    assert min(objective(w + step, 0.7, mix) for step in steps) >= objective(w, 0.7, mix)
    if mix == 0:
        want = np.linalg.solve(
            chapter.CURVATURE + 0.7 * np.eye(2), chapter.CURVATURE @ chapter.BEST
        )
        assert_allclose(w, want, atol=1e-9)
    away = one.contour.values - chapter.BEST
    heights = np.einsum("pi,ij,pj->p", away, chapter.CURVATURE, away)
    assert_allclose(heights, (w - chapter.BEST) @ chapter.CURVATURE @ (w - chapter.BEST))
    # The contour never enters the ball: it touches it at the solution.
    size = mix * abs(one.contour).sum("weight") + (1 - mix) / 2 * (one.contour**2).sum("weight")
    assert (size >= mix * abs(w).sum() + (1 - mix) / 2 * (w**2).sum() - 1e-9).all()
    inside = np.isfinite(one.high.values)
    edge = np.stack([X[inside], one.high.values[inside]])
    level = mix * abs(edge).sum(0) + (1 - mix) / 2 * (edge**2).sum(0)
    assert_allclose(level, mix * abs(w).sum() + (1 - mix) / 2 * (w**2).sum())
    assert_allclose(one.low, -one.high)


def test_geometry_without_penalty_and_with_too_much():
    grid = chapter.geometry([0.0, 9.0], [0.5, 1.0], X)
    assert_allclose(grid.solution.sel(lam=0.0), [chapter.BEST, chapter.BEST])
    assert (grid.solution.sel(lam=9.0, mix=1.0) == 0).all()


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
