"""Exercise ridge_path: ridge regression at many strengths from one factorization.

Symbols     features (n, N), targets y (n,), strengths lams (L,). Minimized is the mean squared
            error plus lam/2 |w|^2, so n lam / 2 is added to the diagonal.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import counted, decimals, numbers_of, problems
from reglab.exercises.exercise import Exercise, Run

RANGE = np.array([1e-6, 1e-4, 0.01, 0.1, 1.0, 10.0, 100.0])


def ridge_path(features: NDArray, y: NDArray, lams: NDArray) -> NDArray:
    """Return the weights (L, N) for every lam: V diag(s / (s^2 + n lam / 2)) U^T y."""
    u, s, vt = np.linalg.svd(features, full_matrices=False)
    return s / (s**2 + len(y) * lams[:, None] / 2) * (u.T @ y) @ vt


def _direct(features: NDArray, y: NDArray, lams: NDArray, factor: float = 0.5) -> NDArray:
    """What a loop would do: one linear system per lam, with n lam * factor on the diagonal."""
    eye = np.eye(features.shape[1])
    normal, right = features.T @ features, features.T @ y
    return np.stack([np.linalg.solve(normal + factor * len(y) * lam * eye, right) for lam in lams])


def _cases() -> list[tuple]:
    first = [(phi, y, np.array([2.0])) for phi, y in problems()[:4]]
    return first + [(phi, y, np.array([0.1, 1.0, 0.01])) for phi, y in problems()]


RIDGE_PATH = Exercise(
    name="ridge_path",
    arguments=("features", "y", "lams"),
    task="Return the ridge weights (L, N) for every lam, with one factorization for all.",
    returns="an array of L rows of N weights, one row per lam",
    parse=lambda answer, features, y, lams: numbers_of((len(lams), features.shape[1]), answer),
    cases=_cases(),
    reference=ridge_path,
)


@RIDGE_PATH.must(
    "each row solves (features.T @ features + n lam / 2 · I) w = features.T @ y",
    "In the directions of the SVD, 1 / s becomes s / (s² + n lam / 2).",
)
def _solves(run: Run, features, y, lams):
    path, direct = run(features, y, lams), _direct(features, y, lams)
    for w, want, lam in zip(path, direct, lams, strict=True):
        expect_near(w, want, f"at lam = {show(lam)} it is {{}}; it should be {{}}")


@RIDGE_PATH.must(
    "hands solvers no more matrices for many lams than for one",
    "Take the SVD of the features once, before any lam is looked at.",
    cases=[
        *((decimals(4, 6), decimals(4, 1)[:, 0], RANGE[:L]) for L in (2, 7)),
        (decimals(12, 250), decimals(12, 1)[:, 0], np.linspace(0.01, 1, 200)),
    ],  # in the last, systems solved without any solver take longer than there is time
)
def _once(run: Run, features, y, lams):
    counts = []
    for given in (lams[:1], lams):
        with counted(run.function) as calls:
            run.raw(features.copy(), y.copy(), given.copy())
        counts.append(sum(calls.values()))
    names = ", ".join(f"{name}: {count}" for name, count in sorted(calls.items()))
    message = f"{counts[0]} for one lam; for {len(lams)} lams {counts[1]} ({names})"
    expect(counts[1] <= counts[0], message)


@RIDGE_PATH.must(
    "the rows stand in the order of lams",
    "Row i belongs to lams[i]; do not sort them.",
)
def _order(run: Run, features, y, lams):
    path, back = run(features, y, lams), run(features, y, lams[::-1])
    expect(near(path, back[::-1]), "lams in reverse order do not give the rows in reverse order")


@RIDGE_PATH.must(
    "the weights get shorter as lam grows",
    "More penalty, smaller weights: is lam in the denominator?",
    cases=[(phi, y, RANGE) for phi, y in problems()],
)
def _shrinks(run: Run, features, y, lams):
    norms = np.linalg.norm(run(features, y, lams), axis=1)
    expect((np.diff(norms) <= 1e-12).all(), f"the norms are {show(norms)}")


@RIDGE_PATH.must(
    "a tiny lam gives the smallest-norm fit",
    "s / (s² + n lam / 2) tends to 1 / s where s is not 0.",
    cases=[(decimals(n, N), decimals(n, 1)[:, 0], np.array([1e-6])) for n, N in [(2, 4), (6, 3)]],
)
def _limit(run: Run, features, y, lams):
    (w,), want = run(features, y, lams), np.linalg.pinv(features) @ y
    message = f"it is {show(w)}; the smallest-norm fit is {show(want)}"
    expect(np.allclose(w, want, rtol=1e-3, atol=1e-4), message)


SCALE = (
    "The diagonal gets n lam / 2, because the loss is a mean over n points and the penalty has a ½."
)


@RIDGE_PATH.mistake(f"{SCALE} You add lam.")
def _plain(features, y, lams):
    return ridge_path(features, y, 2 * lams / len(y))


@RIDGE_PATH.mistake(f"{SCALE} You add n lam.")
def _without_half(features, y, lams):
    return ridge_path(features, y, 2 * lams)


@RIDGE_PATH.mistake(f"{SCALE} You add lam / 2.")
def _without_n(features, y, lams):
    return ridge_path(features, y, lams / len(y))


@RIDGE_PATH.mistake(
    "These are the predictions' factors: s² / (s² + ...). For weights it is s / (...)."
)
def _hat(features, y, lams):
    u, s, vt = np.linalg.svd(features, full_matrices=False)
    return s**2 / (s**2 + len(y) * lams[:, None] / 2) * (u.T @ y) @ vt


@RIDGE_PATH.mistake("s is not squared in the denominator: s / (s² + n lam / 2).")
def _not_squared(features, y, lams):
    u, s, vt = np.linalg.svd(features, full_matrices=False)
    return s / (s + len(y) * lams[:, None] / 2) * (u.T @ y) @ vt


@RIDGE_PATH.mistake("lams are sorted. Row i belongs to lams[i].")
def _sorted(features, y, lams):
    return ridge_path(features, y, np.sort(lams))


@RIDGE_PATH.mistake(
    "Right, but one linear system per lam. Take the SVD once: only s / (s² + n lam / 2) changes."
)
def _loop(features, y, lams):
    return _direct(features, y, lams)
