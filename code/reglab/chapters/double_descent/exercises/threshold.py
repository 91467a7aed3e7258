"""Exercise threshold: from how many features on can every target be hit?

Symbols     features (n, P) of n points; the first N of them are used.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, show, whole_number
from reglab.exercises.arrays import decimals
from reglab.exercises.exercise import Exercise, Run


def threshold(features: NDArray) -> int | None:
    """Return the smallest N for which the first N columns have rank n; None if there is none."""
    n, most = features.shape
    for N in range(n, most + 1):
        if np.linalg.matrix_rank(features[:, :N]) == n:
            return N
    return None


def _count(answer: Any, *_: Any) -> int | None:
    return None if answer is None else whole_number(answer)


def _cases() -> list[tuple]:
    by_hand = [
        [[1]],
        [[0, 2]],
        [[1, 0], [0, 1]],
        [[1, 2, 0], [1, 2, 1]],
        [[1, 1, 0, 3], [0, 0, 0, 1]],
        [[1, 2, 3], [1, 2, 3]],
        [[1, 0, 1], [0, 1, 1], [1, 1, 2]],
        [[1], [2]],
    ]
    small = [(np.array(phi, dtype=float),) for phi in by_hand]
    relu = np.maximum(0, decimals(6, 20) - 0.7)  # some of these are zero everywhere
    repeated = np.repeat(decimals(5, 4), 2, axis=1)
    large = [decimals(3, 5), np.repeat(decimals(3, 5), 2, axis=1), repeated, decimals(9, 9), relu]
    return small + [(phi,) for phi in large]


THRESHOLD = Exercise(
    name="threshold",
    arguments=("features",),
    task="Return the smallest N for which the first N features fit any targets; None if none do.",
    returns="a whole number, or None",
    parse=_count,
    cases=_cases(),
    reference=threshold,
)


def _hits_all(features: NDArray, N: int) -> bool:
    """Whether each unit vector, and so every target, is fitted exactly by the first N columns."""
    used = features[:, :N]
    return bool(np.allclose(used @ np.linalg.pinv(used), np.eye(len(features)), atol=1e-7))


@THRESHOLD.must(
    "N features can fit any targets",
    "With n points the N columns must span n dimensions: np.linalg.matrix_rank says how many.",
)
def _enough(run: Run, features):
    N = run(features)
    if N is not None:
        inside = 1 <= N <= features.shape[1]
        expect(inside, f"it returned {N}; there are {features.shape[1]} features")
        expect(_hits_all(features, N), f"with the first {N} features some targets are missed")


@THRESHOLD.must("one feature less cannot", "Begin with few features, and stop at the first N.")
def _least(run: Run, features):
    N = run(features)
    if N is not None and N > 1:
        expect(not _hits_all(features, N - 1), f"it returned {N}; {N - 1} are enough")


@THRESHOLD.must(
    "None exactly when all features together are not enough",
    "Fewer features than points, or points that share their features: some targets stay out.",
)
def _none(run: Run, features):
    N, can = run(features), _hits_all(features, features.shape[1])
    found = "it returned None; all features together are enough"
    expect(N is not None or not can, found)
    expect(N is None or can, f"it returned {N}; not even all features are enough")


@THRESHOLD.must(
    "features that add nothing do not count",
    "A column of zeros, or a copy of another column, raises N and not the rank.",
    cases=_cases()[2:],
)
def _useless(run: Run, features):
    N = run(features)
    zeros, copied = np.zeros((len(features), 1)), features[:, :1]
    for what, column in [("zeros", zeros), ("a copy of the first feature", copied)]:
        again, want = run(np.hstack([column, features])), None if N is None else N + 1
        found = f"{N}; with {what} put in front {again}; it should be one more, or None both times"
        expect(again == want, found)


@THRESHOLD.must(
    "the unit of the features does not matter",
    "Compare singular values with the largest one, as matrix_rank does, not with a fixed number.",
)
def _unit(run: Run, features):
    N = run(features)
    for unit in (1e-15, 1e-9, 1e6):
        again = run(features * unit)
        expect(again == N, f"{show(N)}; with features times {unit:g} {show(again)}")


@THRESHOLD.mistake("That is the number of points. Dependent features do not count towards it.")
def _points(features):
    return len(features)


@THRESHOLD.mistake(
    "That is n where there are n features. Dependent features do not count towards it."
)
def _points_or_none(features):
    n, most = features.shape
    return n if n <= most else None


@THRESHOLD.mistake("That is the rank of all features. Ask from which N on the rank is n.")
def _rank(features):
    return int(np.linalg.matrix_rank(features))


@THRESHOLD.mistake("Counting from 0? range(n) ends at n - 1; N features are features[:, :N].")
def _one_less(features):
    N = threshold(features)
    return None if N is None else N - 1


@THRESHOLD.mistake("That is the first N at which the rank is highest, even if that is below n.")
def _highest(features):
    ranks = [np.linalg.matrix_rank(features[:, : N + 1]) for N in range(features.shape[1])]
    return int(np.argmax(ranks)) + 1


@THRESHOLD.mistake("A fixed bound such as 1e-6 depends on the unit: compare with the largest.")
def _fixed_bound(features):
    n, most = features.shape
    ranks = {N: np.linalg.matrix_rank(features[:, :N], tol=1e-6) for N in range(n, most + 1)}
    return next((N for N, rank in ranks.items() if rank == n), None)
