"""Exercise power_iteration: the eigenvalue of largest size, from products with H alone.

Symbols     H (D, D) symmetric, v (D,) the first direction.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.chapters.implicit_regularization.exercises.arrays import decimals, symmetric
from reglab.exercises.answers import expect_near, number
from reglab.exercises.exercise import Exercise, Run


def power_iteration(H: NDArray, v: NDArray, steps: int) -> float:
    """Return v'Hv for the unit vector v after `steps` products with H."""
    for _ in range(steps):
        v = H @ v
        v = v / np.linalg.norm(v)
    v = v / np.linalg.norm(v)
    return float(v @ H @ v)


SEPARATED = [
    (np.array([[3.0]]), np.array([2.0])),
    (np.diag([4.0, 1.0]), np.array([1.0, 2.0])),
    (np.diag([1.0, -5.0]), np.array([2.0, 1.0])),
    (np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([1.0, 0.5])),
    (np.diag([100.0, 10.0, 1.0]), np.array([1.0, 1.0, 1.0])),
]

POWER = Exercise(
    name="power_iteration",
    arguments=("H", "v", "steps"),
    task="Return v'Hv for the unit vector that `steps` products with H make of v.",
    returns="one number",
    parse=lambda answer, H, v, steps: number(answer),
    cases=[(H, v, steps) for H, v in SEPARATED for steps in (0, 1, 60)]
    + [(symmetric(6, 8), decimals(9, 6), steps) for steps in (0, 2, 60)],
    reference=power_iteration,
)


@POWER.must(
    "many steps find the eigenvalue of largest size, with its sign",
    "v'Hv has the sign of the eigenvalue; the length of Hv has not.",
    cases=[(H, v, 60) for H, v in SEPARATED],
)
def _found(run: Run, H, v, steps):
    values = np.linalg.eigvalsh(H)
    got, want = run(H, v, steps), float(values[np.abs(values).argmax()])
    expect_near(got, want, "it is {} instead of {}")


@POWER.must(
    "each step is one product with H",
    "Count the products: none at steps = 0, where it is v'Hv / v'v.",
)
def _counts(run: Run, H, v, steps):
    got, want = run(H, v, steps), power_iteration(H, v, steps)
    expect_near(got, want, "it is {} instead of {}")


@POWER.must(
    "the length of v does not matter",
    "Normalize v also before the first step, or divide by v'v at the end.",
)
def _length(run: Run, H, v, steps):
    one, other = run(H, v, steps), run(H, 10 * v, steps)
    expect_near(one, other, "it is {}, and {} for ten times v")


@POWER.mistake("The vector is never normalized, so v'Hv grows with every step.")
def _not_normalized(H, v, steps):
    for _ in range(min(steps, 8)):
        v = H @ v
    return float(v @ H @ v)


@POWER.mistake("The length of Hv is the size of the eigenvalue: its sign is lost.")
def _size(H, v, steps):
    for _ in range(steps):
        v = H @ v / np.linalg.norm(H @ v)
    return float(np.linalg.norm(H @ v) / np.linalg.norm(v))


@POWER.mistake("This is v'Hv at the start: v has to be replaced in each step.")
def _no_steps(H, v, steps):
    return float(v @ H @ v / (v @ v))


@POWER.mistake("One product with H too many was made.")
def _one_more(H, v, steps):
    return power_iteration(H, v, steps + 1)


@POWER.mistake("That is the largest eigenvalue by a decomposition of H, which no network has.")
def _decomposed(H, v, steps):
    return float(np.linalg.eigvalsh(H)[-1])
