"""Regularization paths: parity with scikit-learn, closed forms, screening, limits, errors."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNet, Lasso, Ridge, enet_path

from reglab.core import numpy_stream
from reglab.core.device import available_devices
from reglab.penalties import paths
from reglab.penalties.paths import degrees_of_freedom, largest_lam, regularization_path


def problem(n=50, features=12, seed=0, noise=1.0):
    rng = numpy_stream(seed, "problem")
    X = rng.standard_normal((n, features)) @ np.triu(np.ones((features, features)), 0) ** 0.5
    w = np.where(np.arange(features) % 3, 0.0, 1.0 + np.arange(features) / features)
    return X + 5, 3 + X @ w + noise * rng.standard_normal(n)


def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return (X - X.mean(0)) / X.std(0), y


@pytest.mark.parametrize("mix", [1.0, 0.5, 0.05])
@pytest.mark.parametrize("data", [diabetes, problem], ids=["diabetes", "made up"])
def test_agrees_with_scikit_learn_s_path(data, mix):
    X, y = data()
    path = regularization_path(X, y, mix=mix, tol=1e-10)
    Xc, yc = X - X.mean(0), y - y.mean()
    lams, coef, _ = enet_path(
        Xc, yc, l1_ratio=mix, alphas=path.lam.values, tol=1e-12, max_iter=10**6
    )
    assert_allclose(path.lam, lams)
    assert_allclose(path.coef, coef.T, rtol=0, atol=1e-4 * abs(coef).max())
    assert path.gap.max() <= 1e-10
    # Where scikit-learn's coefficient is well away from 0, the active sets agree.
    clear = (abs(coef.T) > 1e-4 * abs(coef).max()) | (coef.T == 0)
    assert ((path.active.values == (coef.T != 0)) | ~clear).mean() > 0.999


def test_the_names_of_scikit_learn_map_as_told():
    X, y = problem()
    path = regularization_path(X, y, [0.3], mix=1.0, tol=1e-13).isel(lam=0)
    fit = Lasso(alpha=0.3, tol=1e-13, max_iter=10**6).fit(X, y)
    assert_allclose(path.coef, fit.coef_, atol=1e-5)
    assert_allclose(path.intercept, fit.intercept_, atol=1e-4)
    net = ElasticNet(alpha=0.3, l1_ratio=0.4, tol=1e-13, max_iter=10**6).fit(X, y)
    path = regularization_path(X, y, [0.3], mix=0.4, tol=1e-13).isel(lam=0)
    assert_allclose(path.coef, net.coef_, atol=1e-5)
    ridge = Ridge(alpha=0.3 * len(X)).fit(X, y)
    path = regularization_path(X, y, [0.3], mix=0.0).isel(lam=0)
    assert_allclose(path.coef, ridge.coef_, atol=1e-10)
    assert_allclose(path.intercept, ridge.intercept_, atol=1e-9)


def test_ridge_is_the_closed_form_and_has_no_gap():
    for X, y in (problem(), problem(n=9)):
        path = regularization_path(X, y, [0.0, 0.01, 1.0, 100.0], mix=0.0)
        Xc, yc = X - X.mean(0), y - y.mean()
        for lam in (0.01, 1.0, 100.0):
            G = Xc.T @ Xc / len(X) + lam * np.eye(12)
            want = np.linalg.solve(G, Xc.T @ yc / len(X))
            assert_allclose(path.coef.sel(lam=lam), want, atol=1e-9)
        # lam = 0: least squares, of the smallest norm where there are many
        assert_allclose(path.coef.sel(lam=0.0), np.linalg.pinv(Xc) @ yc, atol=1e-7)
        assert (abs(path.gap.sel(lam=[0.01, 1.0, 100.0])) < 1e-12).all()


@given(mix=st.floats(0.05, 1), seed=st.integers(0, 20))
def test_optimality_conditions_hold_along_the_path(mix, seed):
    X, y = problem(seed=seed)
    path = regularization_path(X, y, mix=mix, count=10, tol=1e-13)
    residual = y[:, None] - X @ path.coef.values.T - path.intercept.values  # (n, M)
    assert_allclose(residual.mean(0), 0, atol=1e-9)  # the intercept is not penalized
    W, lam = path.coef.values, path.lam.values[:, None]
    c = residual.T @ (X - X.mean(0)) / len(X) - lam * (1 - mix) * W
    want = np.where(W != 0, lam * mix * np.sign(W), np.clip(c, -lam * mix, lam * mix))
    assert_allclose(c, want, atol=1e-5 * abs(c).max())
    assert (path.active == (path.coef != 0)).all()


def test_the_largest_strength_leaves_only_zeros_and_the_next_does_not():
    X, y = problem()
    top = largest_lam(torch.from_numpy(X - X.mean(0)), torch.from_numpy(y - y.mean()), 0.5)
    path = regularization_path(X, y, [top.item() * 1.0001, top.item() * 0.999], mix=0.5)
    assert path.active.sum("feature").values.tolist() == [0, 1]
    grid = regularization_path(X, y, mix=0.5, count=5, smallest=0.1)
    assert_allclose(grid.lam[[0, -1]], [top, top / 10])
    assert_allclose(np.diff(np.log(grid.lam)), np.log(0.1) / 4)
    assert_allclose(grid.intercept[0], y.mean())


def test_limits_least_squares_and_nothing():
    X, y = problem()
    path = regularization_path(X, y, [1e-5, 1e9], tol=1e-9)
    assert (path.coef.sel(lam=1e9) == 0).all()
    Xc = X - X.mean(0)
    assert_allclose(path.coef.sel(lam=1e-5), np.linalg.lstsq(Xc, y - y.mean())[0], atol=1e-3)


def test_screening_changes_nothing_but_the_time(monkeypatch):
    X, y = problem(n=40, features=120)
    whole = regularization_path(X, y, count=30, smallest=0.02, tol=1e-12)
    monkeypatch.setattr(paths, "ALL_AT_ONCE", 10)
    for together in (1, 3, 30):
        monkeypatch.setattr(paths, "TOGETHER", together)
        screened = regularization_path(X, y, count=30, smallest=0.02, tol=1e-12)
        assert_allclose(screened.coef, whole.coef, atol=1e-4)
        assert screened.gap.max() <= 1e-12


def test_batches_grow_once_more_features_than_examples_are_in_use(monkeypatch):
    X, y = problem(n=20, features=120)
    settings = dict(count=25, mix=0.2, smallest=0.01, tol=1e-12)
    whole = regularization_path(X, y, **settings)
    monkeypatch.setattr(paths, "ALL_AT_ONCE", 10)
    monkeypatch.setattr(paths, "TOGETHER_WIDE", 7)
    sizes, solve = [], paths.solve
    monkeypatch.setattr(
        paths, "solve", lambda m, l1, *rest: sizes.append(len(l1)) or solve(m, l1, *rest)
    )
    screened = regularization_path(X, y, **settings)
    assert_allclose(screened.coef, whole.coef, atol=1e-4)
    assert screened.gap.max() <= 1e-12
    used = whole.active.sum("feature").values
    assert used[0] < len(X) < used[-1]
    assert sizes[0] == 3 and 7 in sizes  # the last batch may be what is left over


def test_a_feature_that_screening_missed_comes_back(monkeypatch):
    """A suppressor: uncorrelated with y, it matters only once the first feature is in."""
    monkeypatch.setattr(paths, "ALL_AT_ONCE", 0)
    monkeypatch.setattr(paths, "TOGETHER", 1)
    signal, nuisance, *rest = np.linalg.qr(problem(features=9)[0] - 5)[0].T * 50**0.5
    X, y = np.stack([signal + nuisance, nuisance, *rest], axis=1), signal
    asked, solve = [], paths.solve
    monkeypatch.setattr(paths, "solve", lambda m, *rest: asked.append(len(m.q)) or solve(m, *rest))
    path = regularization_path(X, y, [0.9, 0.2], intercept=False, tol=1e-13)
    assert asked == [1, 1, 2]  # found alone, then missed, then put back
    fit = Lasso(alpha=0.2, fit_intercept=False, tol=1e-13, max_iter=10**6).fit(X, y)
    assert_allclose(path.coef[1], fit.coef_, atol=1e-5)
    assert path.active[1].values[:2].all()


def test_rescaling_multiplies_by_one_plus_lam2_and_keeps_the_mean():
    X, y = problem()
    naive = regularization_path(X, y, mix=0.25, count=6)
    net = regularization_path(X, y, mix=0.25, count=6, rescale=True)
    assert_allclose(net.coef, (1 + 0.75 * net.lam) * naive.coef)
    assert_allclose(net.intercept + net.coef.values @ X.mean(0), np.full(6, y.mean()))
    lasso = regularization_path(X, y, count=6, rescale=True)
    assert_allclose(lasso.coef, regularization_path(X, y, count=6).coef)


def test_rescaling_undoes_the_shrinkage_of_an_orthonormal_design():
    X = np.linalg.qr(problem()[0])[0] * 50**0.5  # mean x^2 = 1
    y = problem()[1]
    net = regularization_path(X, y, [0.2], mix=0.5, rescale=True, intercept=False)
    c = X.T @ y / 50
    assert_allclose(net.coef[0], np.sign(c) * np.maximum(abs(c) - 0.1, 0), atol=1e-6)


@pytest.mark.parametrize("mix", [1.0, 0.5, 0.0])
def test_degrees_of_freedom_are_the_trace_of_the_fit_s_jacobian(mix):
    X, y = problem(n=25, features=6)
    lams = [0.05, 0.7]
    path = regularization_path(X, y, lams, mix=mix, tol=1e-14)
    step = 1e-4

    def fitted(y):
        fit = regularization_path(X, y, lams, mix=mix, tol=1e-14)
        return fit.coef.values @ X.T + fit.intercept.values[:, None]  # (M, n)

    trace = np.zeros(2)
    for i in range(25):
        push = step * np.eye(25)[i]
        trace += (fitted(y + push) - fitted(y - push))[:, i] / (2 * step)
    assert_allclose(degrees_of_freedom(X, path, mix), trace - 1, atol=1e-3)  # the intercept is 1


def wide():
    rng = numpy_stream(0, "wide")
    X = rng.standard_normal((60, 300))
    return X, X[:, :5].sum(1) + rng.standard_normal(60)


@pytest.mark.parametrize("mix", [1.0, 0.5])
def test_many_features_and_strengths_that_leave_only_zeros(mix):
    X, y = wide()
    lams = [1e3, 500.0, 400.0, 300.0, 0.5]  # a first batch of zeros only, then one with both
    path = regularization_path(X, y, lams, mix=mix, tol=1e-12)
    fit = ElasticNet(alpha=0.5, l1_ratio=mix, tol=1e-12, max_iter=10**6).fit(X, y)
    assert not path.active[:4].any()
    assert_allclose(path.coef[4], fit.coef_, atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 3.3])
def test_many_features_and_a_constant_target(value):
    path = regularization_path(wide()[0], np.full(60, value), [1.0, 1e-3])
    assert not path.active.any()
    assert (path.intercept == value).all()


def test_degrees_of_freedom_without_an_intercept_are_those_of_inputs_that_are_not_centered():
    X = np.random.default_rng(0).normal(size=(20, 3)) + 5
    path = regularization_path(X, X @ [1, 2, 3.0], [1.0], mix=0.0, intercept=False)
    trace = np.trace(X @ np.linalg.solve(X.T @ X + 20 * np.eye(3), X.T))
    assert_allclose(degrees_of_freedom(X, path, 0.0), [trace], rtol=1e-12)


def test_a_constant_target_is_fitted_by_the_intercept_alone():
    """0.1 minus the mean of ones of it is not 0 in floating point, and would be fitted."""
    X, _ = problem(n=30, features=60)
    path = regularization_path(X, np.full(30, 3.3), [1.0, 1e-3])
    assert not path.active.any()
    assert (path.intercept == 3.3).all()
    with pytest.raises(ValueError, match="no feature is correlated with y"):
        regularization_path(X, np.full(30, 3.3))


def test_a_constant_feature_has_no_coefficient():
    X, y = problem(n=30, features=3)
    X[:, 1] = 0.1
    assert (regularization_path(X, y, [0.0], mix=0.0).coef.sel(feature=1) == 0).all()


@pytest.mark.parametrize("units", [1e-70, 1e70])
@pytest.mark.parametrize("mix", [1.0, 0.0])
def test_units_of_any_size_change_the_unit_of_the_coefficients_only(mix, units):
    X, y = problem()
    path, same = (regularization_path(X * u, y, count=20, mix=mix) for u in (1.0, units))
    assert_allclose(same.coef * units, path.coef, atol=1e-6)


def test_labels_order_and_kinds_of_input():
    X, y = problem()
    names = [f"x{i}" for i in range(12)]
    path = regularization_path(X, y, [0.1, 0.5, 0.2], features=names)
    assert path.lam.values.tolist() == [0.5, 0.2, 0.1]
    assert path.coef.dims == ("lam", "feature") and path.feature.values.tolist() == names
    tensors = regularization_path(torch.from_numpy(X).float(), torch.from_numpy(y).tolist(), [0.2])
    assert_allclose(tensors.coef[0], path.coef.sel(lam=0.2), atol=1e-3)
    free = regularization_path(X, y, [0.2], intercept=False)
    fit = Lasso(alpha=0.2, fit_intercept=False, tol=1e-10, max_iter=10**6).fit(X, y)
    assert_allclose(free.coef[0], fit.coef_, atol=1e-3)
    assert (free.intercept == 0).all()


def test_a_path_that_stops_early_says_so():
    X, y = problem(n=40, features=120)
    with pytest.warns(UserWarning, match="of 3 fits stopped before their duality gap was 1e-14"):
        path = regularization_path(X, y, count=3, tol=1e-14, max_iter=20)
    assert path.gap.max() > 1e-14


@pytest.mark.parametrize("device", available_devices())
def test_every_device(device):
    X, y = problem()
    tol = 1e-5 if device == "mps" else 1e-10
    path = regularization_path(X, y, count=5, device=device, tol=tol)
    want = regularization_path(X, y, count=5, device="cpu", tol=tol)
    assert_allclose(path.coef, want.coef, atol=1e-2 if device == "mps" else 1e-8)


def test_errors():
    X, y = problem()
    with pytest.raises(ValueError, match=r"mix is a probability, in \[0, 1\]; got 2"):
        regularization_path(X, y, mix=2)
    with pytest.raises(ValueError, match="lam must be a finite number > 0; got 0"):
        regularization_path(X, y, [0.0])
    with pytest.raises(ValueError, match="lams must hold at least one strength"):
        regularization_path(X, y, [])
    with pytest.raises(ValueError, match=r"y must have shape \(50\); got \(49,\)"):
        regularization_path(X, y[:-1])
    with pytest.raises(ValueError, match=r"X must have shape \(any, any\); got \(50,\)"):
        regularization_path(y, y)
    with pytest.raises(ValueError, match="X and y must be finite; remove or fill the rows"):
        regularization_path(np.where(X > 8, np.nan, X), y)
    with pytest.raises(ValueError, match="12 features need as many names; got 1"):
        regularization_path(X, y, features=["age"])
    with pytest.raises(ValueError, match="smallest is a share of the largest lam"):
        regularization_path(X, y, smallest=2.0)
    with pytest.raises(ValueError, match="no feature is correlated with y"):
        regularization_path(X, np.ones(50))
    with pytest.raises(ValueError, match="count must be a whole number >= 1; got 0"):
        regularization_path(X, y, count=0)
    with pytest.raises(ValueError, match="tol must be a finite number > 0; got 0"):
        regularization_path(X, y, tol=0)
