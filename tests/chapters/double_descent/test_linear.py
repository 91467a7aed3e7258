"""Engine: factors, ridge path and exact errors against independent solvers."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.linear_model import Ridge

from reglab.chapters.double_descent import linear as chapter


def features(n, count, seed=0):
    return chapter.relu_features(chapter.draw_inputs(n, seed), count, seed)


def targets(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


def test_features_are_relus_of_a_fixed_map_and_nested():
    x = chapter.draw_inputs(7, 3)
    few, many = chapter.relu_features(x, 4, 3), chapter.relu_features(x, 9, 3)
    assert few.shape == (7, 4) and (few >= 0).all() and (few == 0).any()
    assert_allclose(2 * few, 3 * many[:, :4])  # times sqrt(N): the first four stay
    assert (chapter.relu_features(x, 4, 4) != few).any()
    assert_allclose(chapter.draw_inputs(5, 3), x[:5])
    # Homogeneous of degree 1 in x once the bias is taken out: a ReLU of a linear map.
    bias = chapter.relu_features(0 * x, 4, 3)
    assert_allclose(bias, np.tile(bias[0], (7, 1)))


def test_features_have_the_scale_they_say():
    x = chapter.draw_inputs(400, 0)
    squares = (chapter.relu_features(x, 5000, 0) ** 2).sum(axis=1)
    # E max(0, v x + b)^2 = (|x|^2 + 1) / (2 d); 5000 features: relative sd about 3 %
    assert_allclose(squares, ((x**2).sum(axis=1) + 1) / (2 * chapter.INPUTS), rtol=0.15)


@given(n=st.integers(1, 12), count=st.integers(1, 12), seed=st.integers(0, 5))
def test_factors_rebuild_the_features(n, count, seed):
    phi = features(n, count, seed)
    u, s, vt = chapter.factor(phi)
    assert_allclose(u * s @ vt, phi, atol=1e-12)
    assert_allclose(u.T @ u, np.eye(len(s)), atol=1e-9)
    assert_allclose(vt @ vt.T, np.eye(len(s)), atol=1e-9)
    assert (s > 0).all()


@pytest.mark.parametrize("shape", [(30, 10), (10, 30), (20, 20), (1, 1)])
def test_factor_with_and_without_the_squared_matrix_agree(shape, monkeypatch):
    phi, y = features(*shape), targets(shape[0])
    fast = chapter.ridge_path(phi, y, [0.0, 0.1])
    monkeypatch.setattr(chapter, "DIGITS", 2.0)  # never trust the squared matrix
    assert_allclose(fast, chapter.ridge_path(phi, y, [0.0, 0.1]), rtol=1e-8)


def test_well_conditioned_features_need_no_svd_and_others_get_it(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("svd")

    monkeypatch.setattr(np.linalg, "svd", refuse)
    chapter.factor(np.random.default_rng(0).normal(size=(40, 10)))
    with pytest.raises(AssertionError, match="svd"):
        chapter.factor(np.array([[1.0, 1.0], [1.0, 1.0 + 1e-6]]))


@given(n=st.integers(2, 15), count=st.integers(1, 25), seed=st.integers(0, 5))
def test_no_ridge_is_numpy_lstsq(n, count, seed):
    phi, y = features(n, count, seed), targets(n, seed)
    want, _, _, _s = np.linalg.lstsq(phi, y, rcond=max(n, count) * np.finfo(float).eps)
    (w,) = chapter.ridge_path(phi, y, [0.0])
    assert_allclose(w, want, rtol=1e-6, atol=1e-6 * max(1, np.abs(want).max()))


@pytest.mark.parametrize("count", [3, 14, 15, 16, 60])
def test_path_is_scikit_learns_ridge(count):
    phi, y, lams = features(15, count), targets(15), [1e-4, 1e-2, 1.0, 100.0]
    path = chapter.ridge_path(phi, y, lams)
    assert path.shape == (4, count)
    for w, lam in zip(path, lams, strict=True):
        ridge = Ridge(alpha=15 * lam / 2, fit_intercept=False, solver="svd", tol=1e-12)
        assert_allclose(w, ridge.fit(phi, y).coef_, rtol=1e-7, atol=1e-10)


def test_repeated_features_and_points_have_no_zero_singular_values():
    phi = np.repeat(features(6, 3), 2, axis=1)
    assert len(chapter.factor(phi)[1]) == 3
    assert len(chapter.factor(np.repeat(phi, 2, axis=0))[1]) == 3
    (w,) = chapter.ridge_path(phi, targets(6), [0.0])
    assert_allclose(w[::2], w[1::2])  # smallest norm: equal columns share equally


def test_path_refuses_a_negative_lam():
    with pytest.raises(ValueError, match="lam must be a finite number >= 0; got -1"):
        chapter.ridge_path(features(3, 3), targets(3), [0.0, -1])


def test_smoother_predicts_what_the_weights_do():
    train, test, y = features(8, 20, 1), features(5, 20, 2), targets(8)
    for lam in (0.0, 0.3):
        (w,) = chapter.ridge_path(train, y, [lam])
        assert_allclose(chapter.smoother(train, test, lam) @ y, test @ w, atol=1e-8)
    assert_allclose(chapter.smoother(train, train) @ y, y)  # 20 features reach 8 targets


def test_bias_and_variance_equal_their_simulation():
    x, x_test, sigma = chapter.draw_inputs(30, 0), chapter.draw_inputs(40, 0, "test"), 0.5
    train, test = (chapter.relu_features(at, 12, 0) for at in (x, x_test))
    S, f = chapter.smoother(train, test, 0.01), chapter.kink(x)
    noise = np.random.default_rng(0).normal(size=(4000, 30))
    fits = (f + sigma * noise) @ S.T
    bias2, variance = chapter.bias_variance(S, f, chapter.kink(x_test), sigma)
    assert_allclose(fits.var(axis=0).mean(), variance, rtol=0.05)
    error = ((fits - chapter.kink(x_test)) ** 2).mean()
    assert_allclose(error, bias2 + variance, rtol=0.03)


@pytest.fixture(scope="module")
def curve():
    return chapter.feature_curve([0, 4], [5, 20, 60], 20, [0.0, 0.02], [0.0, 0.4], n_test=30)


def test_curve_agrees_with_one_fit_at_a_time(curve):
    for seed in (0, 4):
        x, x_test = chapter.draw_inputs(20, seed), chapter.draw_inputs(30, seed, "test")
        f, f_test = chapter.kink(x), chapter.kink(x_test)
        for count in (5, 20, 60):
            train, test = (chapter.relu_features(at, count, seed) for at in (x, x_test))
            for lam in (0.0, 0.02):
                one = curve.sel(N=count, lam=lam, seed=seed, sigma=0.4)
                S = chapter.smoother(train, test, lam)
                want = chapter.bias_variance(S, f, f_test, 0.4)
                assert_allclose([one.bias2, one.variance], want, rtol=1e-6)
                H = chapter.smoother(train, train, lam)
                left = np.eye(20) - H
                missed = ((left @ f) ** 2).sum() + 0.16 * (left**2).sum()
                assert_allclose(one.train, missed / 20, rtol=1e-6, atol=1e-12)


def test_curve_adds_up_and_noise_only_feeds_variance(curve):
    assert_allclose(curve.test, curve.bias2 + curve.variance + curve.sigma**2)
    assert (curve.variance.sel(sigma=0.0) == 0).all()
    assert_allclose(curve.bias2.sel(sigma=0.0), curve.bias2.sel(sigma=0.4))
    assert (curve.train.sel(N=60, lam=0.0) < 1e-12).all()  # past the threshold: a perfect fit
    assert (curve.train.sel(N=5) > 0.01).all()
    assert curve.sizes == {"N": 3, "lam": 2, "sigma": 2, "seed": 2} and curve.n == 20


def test_a_seed_does_not_depend_on_the_others(curve):
    alone = chapter.feature_curve([4], [20], 20, [0.02], [0.4], n_test=30)
    assert_allclose(alone.test.item(), curve.test.sel(N=20, lam=0.02, sigma=0.4, seed=4))


def test_curves_are_medians_of_curves(curve, monkeypatch):
    monkeypatch.setattr(chapter, "COUNTS", (5, 20))
    both = chapter.feature_curves([0, 4, 6], [10, 20], [0.0, 0.02], [0.4])
    assert both.sizes == {"n": 2, "N": 2, "lam": 2, "sigma": 1}
    for n in (10, 20):
        want = chapter.feature_curve([0, 4, 6], (5, 20), n, [0.0, 0.02], [0.4])
        assert_allclose(both.test.sel(n=n), want.test.median("seed"))


def test_landmarks_stand_where_no_ridge_has_its_valley():
    N, lam = [5, 10, 20, 40], [0.0, 0.1]
    plain = [[3.0, 2, 9, 1], [2.0, 3, 4, 9]]  # n = 20: valley at 10; n = 40: at 5
    test = xr.DataArray(
        np.stack([plain, np.array(plain)[:, ::-1]], axis=-1),
        {"n": [20, 40], "N": N, "lam": lam}, ("n", "N", "lam"),
    )  # fmt: skip
    at = chapter.landmarks(test)
    assert at.place.values.tolist() == ["valley", "N = n", "end"]
    assert at.N.transpose("n", "place").values.tolist() == [[10, 20, 40], [5, 40, 40]]
    assert at.error.sel(lam=0, n=20).values.tolist() == [2, 9, 1]
    assert at.error.sel(lam=0.1, n=20).values.tolist() == [9, 2, 3]  # at the same N
    assert at.error.sel(lam=0.1, n=40).values.tolist() == [9, 2, 2]


def test_smallest_values_are_those_of_the_svd():
    found = chapter.smallest_values([2, 5], [6, 20], n=12)
    for count in (6, 20):
        phi = features(12, count, 5)
        s = np.linalg.svd(phi, compute_uv=False)
        assert_allclose(found.sel(N=count, seed=5), s[s > 1e-12].min())
