"""Exercise distillation_gradient: what a student learns from a teacher at temperature T.

Symbols     z (K,) logits of the student, v (K,) of the teacher; the loss is T^2 times the
            cross-entropy of softmax(v / T) and softmax(z / T).
"""

import numpy as np
from numpy.typing import NDArray

from reglab.chapters.soft_targets.exercises.arrays import softmax
from reglab.exercises.answers import expect, expect_near, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def distillation_gradient(z: NDArray, v: NDArray, T: float) -> NDArray:
    """Return T (softmax(z / T) - softmax(v / T))."""
    return T * (softmax(z / T) - softmax(v / T))


DISTILL = Exercise(
    name="distillation_gradient",
    arguments=("z", "v", "T"),
    task="Return the gradient in z of T² times the cross-entropy at temperature T.",
    returns="an array of one number per logit",
    parse=lambda answer, z, *_: numbers_of(z.shape, answer),
    cases=[
        (np.array(z), np.array(v), T)
        for z, v in [
            ([0.0, 0.0], [2.0, 0.0]),
            ([1.0, -1.0], [1.0, -1.0]),
            ([0.0, 1.0, -1.0], [3.0, 0.5, -2.0]),
            ([2.0, 0.0, 0.0, -1.0], [8.0, 4.0, 0.0, -4.0]),
        ]
        for T in (1.0, 2.0, 5.0)
    ],
    reference=distillation_gradient,
)


@DISTILL.must(
    "at T = 1 it is the difference of the probabilities",
    "Student minus teacher: the gradient of cross-entropy is p minus the target.",
    cases=[case for case in DISTILL.cases if case[2] == 1],
)
def _one(run: Run, z, v, T):
    got, want = run(z, v, T), distillation_gradient(z, v, T)
    expect_near(got, want, "it is {}; softmax(z) - softmax(v) is {}")


@DISTILL.must(
    "a student that agrees with its teacher learns nothing",
    "Both sides are softened by the same T.",
)
def _agrees(run: Run, z, v, T):
    got = run(v, v, T)
    expect(near(got, 0), f"with z = v it is {show(got)}")


@DISTILL.must(
    "the factor is T: T² from the loss, 1 / T from the chain rule",
    "The loss sees z / T, so one T is lost on the way down to z.",
)
def _factor(run: Run, z, v, T):
    got, want = run(z, v, T), distillation_gradient(z, v, T)
    expect_near(got, want, "it is {} instead of {}")


@DISTILL.must(
    "when hot, it is the difference of the centered logits, divided by K",
    "That is why T² stands in the loss: without it the gradient would fade as 1 / T².",
    cases=[(z, v, 1e4) for z, v, T in DISTILL.cases if T == 5],
)
def _hot(run: Run, z, v, T):
    got, want = run(z, v, T), ((z - z.mean()) - (v - v.mean())) / len(z)
    apart = np.abs(got - want).max()
    expect(apart < 1e-2, f"at T = {T:g} it is {show(got)}; the logits differ by {show(want)}")


@DISTILL.mistake("T² is left as it is: one factor 1 / T comes from the derivative of z / T.")
def _squared(z, v, T):
    return T**2 * (softmax(z / T) - softmax(v / T))


@DISTILL.mistake("Without the factor T the gradient fades as the temperature rises.")
def _no_factor(z, v, T):
    return softmax(z / T) - softmax(v / T)


@DISTILL.mistake("The T² of the loss is missing: what is left is 1 / T.")
def _no_square(z, v, T):
    return (softmax(z / T) - softmax(v / T)) / T


@DISTILL.mistake("Only the teacher is softened. The student is compared at the same temperature.")
def _only_teacher(z, v, T):
    return T * (softmax(z) - softmax(v / T))


@DISTILL.mistake("The sign is turned: the gradient is student minus teacher; descent goes against.")
def _turned(z, v, T):
    return T * (softmax(v / T) - softmax(z / T))
