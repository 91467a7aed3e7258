"""Ridge paths of random features: one factorization for all lam, or one inverse for each."""

from functools import partial

import numpy as np

from bench import networks
from bench.timing import Benchmark, Contender
from reglab.chapters.double_descent import linear

LAMS = (0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
RATIOS = (0.1, 0.3, 0.5, 0.8, 0.95, 1, 1.05, 1.2, 1.5, 2, 3, 5)  # features for each example


def chapter() -> tuple[np.ndarray, np.ndarray, np.ndarray, list[int]]:
    """The chapter's own problem: inputs (100, 5) and (500, 5), targets, numbers of features."""
    x, x_test = linear.draw_inputs(100, 0), linear.draw_inputs(500, 0, "test")
    return x, x_test, linear.kink(x), list(linear.COUNTS)


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, list[int]]:
    """Three times as many examples, with 40 inputs: MNIST-1D, even classes against odd ones."""
    splits = networks.data()
    x, x_test = (part.x.double().numpy() for part in (splits.train, splits.test))
    return x[:300], x_test, splits.train.y[:300].numpy() % 2.0, [round(300 * r) for r in RATIOS]


def by_factorization(pairs, y) -> list[np.ndarray]:
    """Predictions (P, L) at each size: one factorization for all lam."""
    return [test @ linear.ridge_path(train, y, LAMS).T for train, test in pairs]


def by_inverses(pairs, y) -> list[np.ndarray]:
    """The same as it is often written: an inverse of (N, N) for each lam, pinv where lam is 0."""
    found = []
    for train, test in pairs:
        gram = train.T @ train
        ridges = [gram + lam * len(y) / 2 * np.eye(len(gram)) for lam in LAMS[1:]]
        weights = [np.linalg.pinv(train) @ y, *(np.linalg.inv(r) @ train.T @ y for r in ridges)]
        found.append(test @ np.stack(weights, axis=1))
    return found


def contenders(quick: bool, problem) -> list[Contender]:
    """Both ways, on the same features."""
    x, x_test, y, counts = problem()
    if quick:
        counts = counts[:3]
    pairs = [[linear.relu_features(at, N, seed=0) for at in (x, x_test)] for N in counts]
    return [
        Contender("an inverse for each ridge", partial(by_inverses, pairs, y)),
        Contender("one factorization", partial(by_factorization, pairs, y)),
    ]


BENCHMARKS = [
    Benchmark(
        name=name,
        title=f"{sizes} of ReLU features of {of}, six ridges",
        unit="seed",
        against="one factorization",
        contenders=partial(contenders, problem=problem),
        rounds=2,
    )
    for name, problem, sizes, of in [
        ("features-chapter", chapter, "39 numbers, up to 1000,", "100 points in 5 dimensions"),
        ("features-digits", digits, "12 numbers, up to 1500,", "300 signals of MNIST-1D"),
    ]
]
