"""The whole path of lasso and elastic net, ours and scikit-learn's, to the same duality gap."""

import warnings
from functools import partial

import numpy as np
from sklearn.datasets import load_diabetes, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import enet_path

from bench.timing import Benchmark, Contender
from reglab.penalties import regularization_path

TOL = 1e-8  # duality gap, as a share of the squared norm of y
STRENGTHS = 100


def diabetes(quick: bool) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's data: 442 patients, 10 standardized features."""
    X, y = load_diabetes(return_X_y=True)
    return _standard(X, y)


def wide(quick: bool) -> tuple[np.ndarray, np.ndarray]:
    """1000 examples of 5000 features, 50 of which count, and noise."""
    size = (100, 300) if quick else (1000, 5000)
    X, y = make_regression(*size, n_informative=size[1] // 100, noise=10.0, random_state=0)
    return _standard(X, y)


def ours(X: np.ndarray, y: np.ndarray, mix: float) -> None:
    """The library's path."""
    regularization_path(X, y, mix=mix, count=STRENGTHS, tol=TOL, device="cpu")


def theirs(X: np.ndarray, y: np.ndarray, mix: float) -> None:
    """scikit-learn's coordinate descent, with as many sweeps as it needs."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)  # a path cut short would look fast
        enet_path(X, y, l1_ratio=mix, alphas=STRENGTHS, tol=TOL, max_iter=10**6)


def contenders(quick: bool, problem, mix: float) -> list[Contender]:
    """Both, on the same standardized data and the same grid of strengths."""
    X, y = problem(quick)
    return [
        Contender("this library", partial(ours, X, y, mix)),
        Contender("scikit-learn", partial(theirs, X, y, mix)),
    ]


def _standard(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    X = (X - X.mean(0)) / X.std(0)
    return np.asfortranarray(X), y - y.mean()


BENCHMARKS = [
    Benchmark(
        name=f"path-{name}-{kind.split()[0]}",
        title=f"{kind} path, {STRENGTHS} strengths, {sizes}",
        unit="path",
        against="scikit-learn",
        contenders=partial(contenders, problem=problem, mix=mix),
        rounds=rounds,
    )
    for name, problem, sizes, rounds in [
        ("diabetes", diabetes, "442 x 10 (diabetes)", 15),
        ("wide", wide, "1000 x 5000, 50 features count", 2),
    ]
    for kind, mix in [("lasso", 1.0), ("elastic net", 0.5)]
]
