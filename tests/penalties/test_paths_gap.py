"""Duality gaps: never below the true distance, zero at the optimum, from data and from moments."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import ElasticNet
from torch.testing import assert_close

from reglab.core import stream
from reglab.penalties.paths_gap import SecondMoments, gaps, gaps_of


def problem(n=30, features=6, seed=0):
    X = torch.randn(n, features, dtype=torch.float64, generator=stream(seed, "X"))
    return X, X[:, 0] - X[:, 1] + torch.randn(n, dtype=torch.float64, generator=stream(seed, "y"))


def objective(X, y, w, lam1, lam2):
    half = 0.5 * (y - X @ w).square().mean()
    return half + lam1 * w.abs().sum() + lam2 / 2 * w.square().sum()


def best(X, y, lam1, lam2):
    """The minimizer by scikit-learn, or in closed form for ridge."""
    if lam1 == 0:
        G = X.T @ X / len(X) + lam2 * torch.eye(X.shape[1], dtype=X.dtype)
        return torch.linalg.solve(G, X.T @ y / len(X))
    alpha = lam1 + lam2
    fit = ElasticNet(
        alpha=alpha, l1_ratio=lam1 / alpha, fit_intercept=False, tol=1e-14, max_iter=10**6
    )
    return torch.from_numpy(fit.fit(X.numpy(), y.numpy()).coef_)


PENALTIES = [(0.1, 0.0), (0.2, 0.3), (0.0, 0.5), (3.0, 0.0)]


@pytest.mark.parametrize(("lam1", "lam2"), PENALTIES)
@given(w=st.lists(st.floats(-3, 3), min_size=6, max_size=6))
def test_the_gap_bounds_the_distance_to_the_minimum(lam1, lam2, w):
    X, y = problem()
    w = torch.tensor(w, dtype=torch.float64)
    gap = gaps_of(
        X,
        y,
        w[None],
        torch.tensor([lam1], dtype=torch.float64),
        torch.tensor([lam2], dtype=torch.float64),
    )[0]
    least = objective(X, y, best(X, y, lam1, lam2), lam1, lam2)
    assert gap >= objective(X, y, w, lam1, lam2) - least - 1e-10


@pytest.mark.parametrize(("lam1", "lam2"), PENALTIES)
def test_the_gap_is_zero_at_the_minimum_only(lam1, lam2):
    X, y = problem()
    w, strengths = (
        best(X, y, lam1, lam2),
        (torch.tensor([lam1], dtype=torch.float64), torch.tensor([lam2], dtype=torch.float64)),
    )
    assert gaps_of(X, y, w[None], *strengths).abs() < 1e-10
    assert gaps_of(X, y, w[None] + 0.01, *strengths) > 1e-5


@pytest.mark.parametrize("features", [6, 50], ids=["moments keep G", "moments keep X"])
def test_moments_and_data_give_the_same_gaps(features):
    X, y = problem(features=features)
    W = torch.randn(4, features, dtype=torch.float64, generator=stream(0, "W"))
    strengths = torch.tensor([[p[i] for p in PENALTIES] for i in (0, 1)], dtype=torch.float64)
    moments = SecondMoments.of(X, y)
    assert (moments.G is None) == (features == 50)
    assert_close(moments.times(W), W @ X.T @ X / len(X))
    pairs = torch.tensor([[0, 2], [5, 1]])
    want = torch.stack([X[:, pair].T @ X[:, pair] / len(X) for pair in pairs])
    assert_close(moments.among(pairs), want)
    assert_close(gaps(moments, W, *strengths), gaps_of(X, y, W, *strengths))
    one = torch.stack(
        [gaps_of(X, y, w[None], a[None], b[None])[0] for w, a, b in zip(W, *strengths, strict=True)]
    )
    assert_close(gaps_of(X, y, W, *strengths), one)


def test_moments_take_known_products():
    X, y = problem()
    assert_close(SecondMoments.of(X, y).q, X.T @ y / 30)
    assert_close(SecondMoments.of(X, y).yy, y.square().mean())
    q = X.T @ y / 30
    assert SecondMoments.of(X, y, q).q is q
