"""Exercise merged_weight: fold a change of low rank into the weight that it adapts.

Symbols     W (O, I) frozen, A (r, I) and B (O, r) learned, the change is alpha / r B A.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def merged_weight(W: NDArray, A: NDArray, B: NDArray, alpha: float) -> NDArray:
    """Return W + alpha / r B A."""
    return W + alpha / len(A) * (B @ A)


WIDE = [[1.0, 2.0, 3.0], [0.0, -1.0, 1.0]]

MERGE = Exercise(
    name="merged_weight",
    arguments=("W", "A", "B", "alpha"),
    task="Return one weight that computes what the frozen one and its change compute together.",
    returns="an array of the shape of W",
    parse=lambda answer, W, *_: numbers_of(W.shape, answer),
    cases=[
        (np.array(W), np.array(A), np.array(B), alpha)
        for W, A, B in [
            ([[1.0]], [[2.0]], [[3.0]]),
            ([[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0]], [[3.0], [0.0]]),
            ([[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [0.5, -1.0]], [[1.0, 0.0], [2.0, 1.0]]),
            (WIDE, [[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]], np.eye(2)),
            (WIDE, [[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]]),
        ]
        for alpha in (1.0, 4.0)
    ],
    reference=merged_weight,
)


@MERGE.must(
    "with B = 0, as at the start, it is W",
    "The change is a product with B, so it starts at 0.",
)
def _start(run: Run, W, A, B, alpha):
    got = run(W, A, 0 * B, alpha)
    expect_near(got, W, "with B = 0 it is {}; W is {}")


@MERGE.must(
    "it computes W x + alpha / r B (A x) for any x",
    "W x + s B A x = (W + s B A) x: add the scaled product to W.",
)
def _same(run: Run, W, A, B, alpha):
    x = np.arange(1.0, W.shape[1] + 1)
    got, want = run(W, A, B, alpha) @ x, W @ x + alpha / len(A) * (B @ (A @ x))
    expect_near(got, want, f"at x = {show(x)} it gives {{}}; both paths give {{}}")


@MERGE.must(
    "its distance from W has a rank of at most r",
    "All of the change goes through the r numbers A x.",
)
def _rank(run: Run, W, A, B, alpha):
    rank = int(np.linalg.matrix_rank(run(W, A, B, alpha) - W, tol=1e-6))
    expect(rank <= len(A), f"the change has rank {rank}, more than {len(A)}")


@MERGE.mistake("The scale is alpha / r, not alpha; r is the number of rows of A.")
def _no_rank(W, A, B, alpha):
    return W + alpha * (B @ A)


@MERGE.mistake("alpha is missing: the change is scaled by alpha / r.")
def _no_alpha(W, A, B, alpha):
    return W + B @ A


@MERGE.mistake("That is the change alone. Add W.")
def _only_change(W, A, B, alpha):
    return alpha / len(A) * (B @ A)


@MERGE.mistake("Merging adds the change. Subtracting it takes out what was merged before.")
def _subtracted(W, A, B, alpha):
    return W - alpha / len(A) * (B @ A)
