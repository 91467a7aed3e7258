"""Exercise smoothed_rows: smoothed targets in both conventions.

Symbols     y (N,) classes, K of them; eps the share that is taken from the label.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def smoothed_rows(y: NDArray, classes: int, eps: float, others: bool) -> NDArray:
    """Return (1 - eps) one-hot + eps / K, or with eps / (K - 1) on the other classes only."""
    hot = np.eye(classes)[y]
    spread = (1 - hot) / (classes - 1) if others else np.full_like(hot, 1 / classes)
    return (1 - eps) * hot + eps * spread


SMOOTH = Exercise(
    name="smoothed_rows",
    arguments=("y", "classes", "eps", "others"),
    task="Return the smoothed targets, with eps over all classes or over the others only.",
    returns="an array of one row per label and one column per class",
    parse=lambda answer, y, classes, eps, others: numbers_of((len(y), classes), answer),
    cases=[
        (np.array(y), classes, eps, others)
        for y, classes in [([0], 2), ([1, 0], 2), ([2, 0, 1], 3), ([3, 9, 0, 0, 7], 10)]
        for eps in (0.1, 0.5, 0.0)
        for others in (False, True)
    ],
    reference=smoothed_rows,
)


@SMOOTH.must("each row sums to 1", "What the label loses, others get: no more and no less.")
def _sums(run: Run, y, classes, eps, others):
    sums = run(y, classes, eps, others).sum(1)
    expect(near(sums, 1), f"the sums are {show(sums)}")


@SMOOTH.must(
    "over all classes, every class gets eps / K at least",
    "The label is one of the K classes: it is left with 1 - eps + eps / K.",
    cases=[case for case in SMOOTH.cases if not case[3]],
)
def _all(run: Run, y, classes, eps, others):
    got, want = run(y, classes, eps, others), smoothed_rows(y, classes, eps, others)
    expect(near(got, want), f"the first row is {show(got[0])}; it should be {show(want[0])}")


@SMOOTH.must(
    "over the others, the label is left with 1 - eps",
    "The K - 1 other classes share eps.",
    cases=[case for case in SMOOTH.cases if case[3]],
)
def _others(run: Run, y, classes, eps, others):
    got, want = run(y, classes, eps, others), smoothed_rows(y, classes, eps, others)
    expect(near(got, want), f"the first row is {show(got[0])}; it should be {show(want[0])}")


@SMOOTH.must(
    "eps among the others is the same as eps K / (K - 1) among all",
    "Both are one family. Compare what a wrong class gets.",
    cases=[case for case in SMOOTH.cases if case[2] == 0.1],
)
def _family(run: Run, y, classes, eps, others):
    one = run(y, classes, eps, True)
    other = run(y, classes, eps * classes / (classes - 1), False)
    expect(near(one, other), f"{show(one[0])} among the others, {show(other[0])} among all")


@SMOOTH.mistake("eps is divided by K - 1 in both forms. Over all classes, K classes share it.")
def _always_others(y, classes, eps, others):
    return smoothed_rows(y, classes, eps, True)


@SMOOTH.mistake("eps is divided by K in both forms. `others` asks for the K - 1 other classes.")
def _always_all(y, classes, eps, others):
    return smoothed_rows(y, classes, eps, False)


@SMOOTH.mistake("The rows sum to more than 1: take eps from the label before it is spread.")
def _only_adds(y, classes, eps, others):
    hot = np.eye(classes)[y]
    return hot + eps * ((1 - hot) / (classes - 1) if others else 1 / classes)


@SMOOTH.mistake("Each of the other classes gets all of eps. They share it.")
def _not_shared(y, classes, eps, others):
    hot = np.eye(classes)[y]
    return (1 - eps) * hot + eps * (1 - hot)


@SMOOTH.mistake("The two forms are swapped.")
def _swapped(y, classes, eps, others):
    return smoothed_rows(y, classes, eps, not others)
