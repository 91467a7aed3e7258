"""Exercise sam_step: one step of sharpness-aware minimization on a quadratic.

Symbols     L = w'Hw / 2 with H (D, D) symmetric, so that grad L = H w; lr learning rate;
            rho radius.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.chapters.implicit_regularization.exercises.arrays import decimals, symmetric
from reglab.exercises.answers import expect_near
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run

RATE = 0.1


def sam_step(w: NDArray, H: NDArray, lr: float, rho: float) -> NDArray:
    """Return w - lr g(w + rho g / |g|), where g(w) = H w."""
    g = H @ w
    return w - lr * H @ (w + rho * g / np.linalg.norm(g))


SAM_STEP = Exercise(
    name="sam_step",
    arguments=("w", "H", "lr", "rho"),
    task="Return the weights after one step of SAM on the loss w'Hw / 2.",
    returns="an array of one number per weight",
    parse=lambda answer, w, H, lr, rho: numbers_of(w.shape, answer),
    cases=[
        (w, H, RATE, rho)
        for w, H in [
            (np.array([2.0]), np.array([[1.0]])),
            (np.array([3.0, 4.0]), np.eye(2)),
            (np.array([1.0, 1.0]), np.diag([4.0, 1.0])),
            (decimals(1, 3), symmetric(3, 2)),
            (decimals(3, 5), symmetric(5, 4)),
        ]
        for rho in (0.5, 0.0, 2.0)
    ],
    reference=sam_step,
)


@SAM_STEP.must(
    "with rho = 0 it is plain gradient descent",
    "Then both gradients are taken at w, and the step is lr H w.",
    cases=[case for case in SAM_STEP.cases if case[3] == 0],
)
def _plain(run: Run, w, H, lr, rho):
    got, want = run(w, H, lr, rho), w - lr * H @ w
    expect_near(got, want, "it is {} instead of {}")


@SAM_STEP.must(
    "the gradient is taken at distance rho from w",
    "Normalize the gradient before it is multiplied by rho: e = rho g / |g|.",
    cases=[case for case in SAM_STEP.cases if case[3] > 0],
)
def _distance(run: Run, w, H, lr, rho):
    more = (w - run(w, H, lr, rho)) / lr - H @ w  # H e
    e = np.linalg.solve(H, more)
    found = float(np.linalg.norm(e))
    expect_near(found, rho, "the distance is {} instead of {}")


@SAM_STEP.must(
    "it is taken uphill, and the weights move from w itself",
    "The weights at w + e are used for one gradient only; the step starts at w.",
    cases=[case for case in SAM_STEP.cases if case[3] > 0],
)
def _uphill(run: Run, w, H, lr, rho):
    got, want = run(w, H, lr, rho), sam_step(w, H, lr, rho)
    expect_near(got, want, "it is {} instead of {}")


@SAM_STEP.mistake("This is plain gradient descent: rho is not used.")
def _ignores(w, H, lr, rho):
    return w - lr * H @ w


@SAM_STEP.mistake("The gradient is not normalized: far from a minimum the offset becomes huge.")
def _not_normalized(w, H, lr, rho):
    return w - lr * H @ (w + rho * H @ w)


@SAM_STEP.mistake("The offset goes downhill. SAM looks where the loss nearby is worst.")
def _downhill(w, H, lr, rho):
    return sam_step(w, H, lr, -rho)


@SAM_STEP.mistake(
    "The step starts at w + e. Undo the offset first: only the gradient is from there."
)
def _stays(w, H, lr, rho):
    g = H @ w
    return rho * g / np.linalg.norm(g) + sam_step(w, H, lr, rho)


@SAM_STEP.mistake(
    "Each number of the gradient became its sign: one norm is taken over all weights."
)
def _signs(w, H, lr, rho):
    return w - lr * H @ (w + rho * np.sign(H @ w))
