"""Exercise modified_loss: the loss that gradient descent follows more closely than its own.

Symbols     L = (1 - a b)^2 / 2, eta the learning rate. grad L = -(1 - a b) (b, a), so that
            L + eta/4 |grad L|^2 = L (1 + eta/2 (a^2 + b^2)).
"""

import numpy as np

from reglab.exercises.answers import expect, expect_near, near, number, show
from reglab.exercises.exercise import Exercise, Run


def modified_loss(a: float, b: float, eta: float) -> float:
    """Return L + eta/4 |grad L|^2."""
    loss = (1 - a * b) ** 2 / 2
    return loss * (1 + eta / 2 * (a**2 + b**2))


MODIFIED = Exercise(
    name="modified_loss",
    arguments=("a", "b", "eta"),
    task="Return L + eta/4 |grad L|², where L = (1 - a b)² / 2.",
    returns="one number",
    parse=lambda answer, a, b, eta: number(answer),
    cases=[
        (a, b, eta)
        for a, b in [(1.0, 1.0), (2.0, 0.5), (2.0, 0.1), (0.0, 3.0), (-1.0, 1.5), (2.5, -0.5)]
        for eta in (0.0, 0.1, 0.4)
    ],
    reference=modified_loss,
)


@MODIFIED.must(
    "with eta = 0 it is the loss",
    cases=[case for case in MODIFIED.cases if case[2] == 0],
)
def _plain(run: Run, a, b, eta):
    got, want = run(a, b, eta), (1 - a * b) ** 2 / 2
    expect_near(got, want, "it is {} instead of {}")


@MODIFIED.must(
    "all minima stay minima: it is 0 where a b = 1",
    "There the gradient is 0, and so is the penalty.",
    cases=[case for case in MODIFIED.cases if case[0] * case[1] == 1],
)
def _minima(run: Run, a, b, eta):
    got = run(a, b, eta)
    expect(near(got, 0.0), f"it is {show(got)}")


@MODIFIED.must(
    "relative to the loss, the penalty is eta/2 times the sharpness a² + b²",
    "Square the length of the gradient (-(1 - ab) b, -(1 - ab) a), and divide by L.",
    cases=[case for case in MODIFIED.cases if case[0] * case[1] != 1 and case[2] > 0],
)
def _sharpness(run: Run, a, b, eta):
    found = (run(a, b, eta) / ((1 - a * b) ** 2 / 2) - 1) / (eta / 2)
    want = a**2 + b**2
    expect_near(found, want, "it is eta/2 times {} instead of {}")


@MODIFIED.mistake("The penalty is twice what it should be: eta/4 times |grad L|² = 2 L (a² + b²).")
def _half(a, b, eta):
    return (1 - a * b) ** 2 / 2 * (1 + eta * (a**2 + b**2))


@MODIFIED.mistake("The length of the gradient has to be squared.")
def _not_squared(a, b, eta):
    r = 1 - a * b
    return r**2 / 2 + eta / 4 * float(np.sqrt(r**2 * (a**2 + b**2)))


@MODIFIED.mistake("This penalizes the sharpness itself, so that it is not 0 at the minima.")
def _sharpness_alone(a, b, eta):
    return (1 - a * b) ** 2 / 2 + eta / 4 * (a**2 + b**2)


@MODIFIED.mistake("The penalty is missing.")
def _missing(a, b, eta):
    return (1 - a * b) ** 2 / 2


@MODIFIED.mistake("The sign is wrong: descent avoids steep places, so the penalty is added.")
def _turned(a, b, eta):
    return modified_loss(a, b, -eta)
