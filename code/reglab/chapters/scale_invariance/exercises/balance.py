"""Exercise length_and_angle: where decay and steps cancel, and by how much a step turns there.

Source      Wan et al. (2021), "Spherical Motion Dynamics", NeurIPS.
Symbols     size is the length of the gradient at a weight of length 1; at |w| it is size / |w|.
"""

import math

from reglab.exercises.answers import expect, expect_near, near, show, two_numbers
from reglab.exercises.exercise import Exercise, Run


def length_and_angle(lr: float, lam: float, size: float) -> tuple[float, float]:
    """Return the length of the weight in balance and the angle of a step, in radians."""
    rho = 1 - lr * lam
    return math.sqrt(lr * size) / (1 - rho**2) ** 0.25, math.acos(rho)


BALANCE = Exercise(
    name="length_and_angle",
    arguments=("lr", "lam", "size"),
    task="Return the length that a step leaves as it is, and the angle of that step in radians.",
    returns="two numbers",
    parse=lambda answer, *_: two_numbers(answer),
    cases=[
        (lr, lam, size) for lr, lam in [(0.5, 1.0), (0.1, 0.5), (0.02, 3.0)] for size in (1.0, 4.0)
    ],
    reference=length_and_angle,
)


@BALANCE.must(
    "a step leaves the length as it was",
    "Pythagoras: decay shortens w first, then the step is added at a right angle to it.",
)
def _kept(run: Run, lr, lam, size):
    length, _ = run(lr, lam, size)
    expect(length > 0, f"the length is {show(length)}")
    after = math.hypot((1 - lr * lam) * length, lr * size / length)
    expect_near(length, after, "a step leads from {} to {}")


@BALANCE.must(
    "the angle is that between the weight before and after the step",
    "Draw the triangle: the shortened weight, the step, and the next weight, which is as long "
    "as the weight was.",
)
def _turned(run: Run, lr, lam, size):
    _, angle = run(lr, lam, size)
    length, _ = length_and_angle(lr, lam, size)
    want = math.atan2(lr * size / length, (1 - lr * lam) * length)
    expect_near(angle, want, "the angle is {}; the step turns by {}")


@BALANCE.must(
    "larger gradients change the length and not the angle",
    "Where the gradients are larger, the weight grows until they turn it as much as before.",
)
def _sizes(run: Run, lr, lam, size):
    (one, angle), (other, same) = run(lr, lam, size), run(lr, lam, 9 * size)
    expect(near(other, 3 * one), f"gradients 9 times as large: {show(other)} after {show(one)}")
    expect_near(same, angle, "gradients 9 times as large: {} after {}")


@BALANCE.mistake("The square root of 2 lr lam is the limit of small lr lam. Here it is not small.")
def _small(lr, lam, size):
    return (lr * size**2 / (2 * lam)) ** 0.25, math.sqrt(2 * lr * lam)


@BALANCE.mistake(
    "That is the square of the length. At a longer weight the gradient is smaller: one more root."
)
def _square(lr, lam, size):
    length, angle = length_and_angle(lr, lam, size)
    return length**2, angle


@BALANCE.mistake("The step divided by the length is the sine of the angle, and not the angle.")
def _sine(lr, lam, size):
    length, angle = length_and_angle(lr, lam, size)
    return length, math.sin(angle)


@BALANCE.mistake("The angle is right, in degrees. Give it in radians.")
def _degrees(lr, lam, size):
    length, angle = length_and_angle(lr, lam, size)
    return length, math.degrees(angle)


@BALANCE.mistake("Decay takes lr * lam of the weight in each step, as in torch, and not lam.")
def _without_lr(lr, lam, size):
    rho = 1 - min(lam, 0.99)
    return math.sqrt(lr * size) / (1 - rho**2) ** 0.25, math.acos(rho)
