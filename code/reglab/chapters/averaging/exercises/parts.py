"""Exercise error_parts: the squared error of an ensemble, as its members' less their diversity.

Symbols     predictions (M, B) of M members, y (B,); f the members' mean.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, show, two_numbers
from reglab.exercises.exercise import Exercise, Run


def error_parts(predictions: NDArray, y: NDArray) -> tuple[float, float]:
    """Return mean (f_m - y)^2 and mean (f_m - f)^2, over members and examples."""
    mean = predictions.mean(0)
    return float(((predictions - y) ** 2).mean()), float(((predictions - mean) ** 2).mean())


PARTS = Exercise(
    name="error_parts",
    arguments=("predictions", "y"),
    task="Return the members' mean squared error, and the diversity that the ensemble gains.",
    returns="two numbers",
    parse=lambda answer, *_: two_numbers(answer),
    cases=[
        (np.array(predictions, dtype=float), np.array(y, dtype=float))
        for predictions, y in [
            ([[3]], [1]),
            ([[1], [5]], [2]),
            ([[1, 2], [1, 2]], [0, 4]),
            ([[0, 1, 4], [2, 1, 1], [7, 1, 1]], [1, 2, 0]),
        ]
    ],
    reference=error_parts,
)
SINGLE, EQUAL = PARTS.cases[0], PARTS.cases[2]


@PARTS.must("a single member has no diversity", cases=[SINGLE])
def _single(run: Run, predictions, y):
    members, diversity = run(predictions, y)
    expect(near(diversity, 0), f"it is {show(diversity)}")
    expect(near(members, 4), f"its squared error is 4, not {show(members)}")


@PARTS.must("the first less the second is the squared error of the mean prediction", "Average f_m.")
def _adds_up(run: Run, predictions, y):
    members, diversity = run(predictions, y)
    want = float(((predictions.mean(0) - y) ** 2).mean())
    expect(
        near(members - diversity, want),
        f"{show(members)} - {show(diversity)} is not {show(want)}",
    )


@PARTS.must(
    "the diversity does not depend on y",
    "It is the mean squared distance of the members from their mean prediction.",
)
def _blind(run: Run, predictions, y):
    one, other = run(predictions, y)[1], run(predictions, y + 3)[1]
    expect_near(one, other, "it is {}, and {} for y + 3")


@PARTS.must("both are means over members and examples")
def _means(run: Run, predictions, y):
    got, want = run(predictions, y), error_parts(predictions, y)
    expect(near(got, want), f"it is {show(got[0])}, {show(got[1])}")


@PARTS.mistake("The two are in the other order: the members' error comes first.")
def _swapped(predictions, y):
    return error_parts(predictions, y)[::-1]


@PARTS.mistake("That diversity divides by M - 1. The members are all there are: divide by M.")
def _unbiased(predictions, y):
    members, diversity = error_parts(predictions, y)
    count = len(predictions)
    return members, diversity * count / (count - 1) if count > 1 else 0.0


@PARTS.mistake("These are sums over the examples; take means.")
def _summed(predictions, y):
    return tuple(len(y) * part for part in error_parts(predictions, y))


@PARTS.mistake("That is the distance from the mean over examples. Average over the members.")
def _other_axis(predictions, y):
    members, _ = error_parts(predictions, y)
    mean = predictions.mean(1, keepdims=True)
    return members, float(((predictions - mean) ** 2).mean())


@PARTS.mistake("The first is the ensemble's own error already. The members' is larger.")
def _ensemble(predictions, y):
    members, diversity = error_parts(predictions, y)
    return members - diversity, diversity


@PARTS.mistake("That is the ensemble's own error. It has to be the first number minus the second.")
def _no_diversity(predictions, y):
    members, diversity = error_parts(predictions, y)
    return members - diversity, 0.0
