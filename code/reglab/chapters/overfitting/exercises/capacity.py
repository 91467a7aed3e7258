"""Exercise choose_capacity: pick a width on validation data.

Symbols     val_error (S, W): error of S seeds at W widths; widths (W,), in any order.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import Malformed, expect, number, show, show_both
from reglab.exercises.exercise import Exercise, Run


def choose_capacity(val_error: NDArray, widths: NDArray) -> int:
    """Return the width with the lowest mean error over seeds; of equal ones the smallest."""
    mean = val_error.mean(axis=0)  # (W,)
    return int(widths[mean == mean.min()].min())


def _cases() -> list[tuple]:
    """Errors whose means over 1, 2 or 4 seeds are exact, so that ties are ties."""
    by_hand = [
        ([[0.25]], [10]),
        ([[0.5, 0.25]], [10, 20]),
        ([[0.25, 0.5]], [10, 20]),
        ([[0.25, 0.25]], [10, 20]),
        ([[0.25, 0.25]], [20, 10]),
        ([[0.5, 0.25], [0.0, 0.125]], [10, 20]),
        ([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]], [10, 40, 20]),
        ([[0.0, 0.375, 0.5], [1.0, 0.375, 0.5]], [5, 10, 20]),
        ([[0.124, 0.121]], [10, 20]),  # nearly equal is not equal
        ([[0.0, 0.3], [0.5, 0.3]], [10, 20]),  # mean against mean of squares
        ([[0.0, 0.25], [0.0, 0.25], [0.25, 0.25], [1.0, 0.25]], [10, 20]),  # mean against median
        ([[0.5, 0.25, 1.0], [0.5, 0.5, 0.0], [0.5, 0.25, 0.25], [0.5, 0.5, 0.5]], [2, 4, 8]),
    ]
    small = [(np.array(error), np.array(widths)) for error, widths in by_hand]
    large = []
    for seeds, count in [(4, 5), (4, 8), (8, 12)]:
        rng = np.random.default_rng(seeds * count)
        large.append((rng.integers(1, 7, size=(seeds, count)) / 8, rng.permutation(count) * 5 + 5))
    return small + large


def _width(answer: object, val_error: NDArray, widths: NDArray) -> float:
    chosen = number(answer)
    if chosen not in widths:
        raise Malformed(
            f"{show(chosen)} is not one of the widths. Is it the place of one, or an error?"
        )
    return chosen


CAPACITY = Exercise(
    name="choose_capacity",
    arguments=("val_error", "widths"),
    task="Return the width with the lowest mean validation error; the smallest of equal ones.",
    returns="one of the widths",
    parse=_width,
    cases=_cases(),
    reference=choose_capacity,
)


@CAPACITY.must(
    "no width has a lower mean error over seeds",
    "Average over seeds first (axis 0), then look for the lowest.",
)
def _lowest(run: Run, val_error, widths):
    chosen, mean = run(val_error, widths), val_error.mean(axis=0)
    (ours,), best = mean[widths == chosen], widths[mean.argmin()]
    error, lowest = show_both(ours, mean.min())
    message = f"width {chosen:g} has mean error {error}, width {best} {lowest}"
    expect(ours == mean.min(), message)


@CAPACITY.must(
    "of equal mean errors, the smallest width wins",
    "argmin takes the first of equal errors, and the widths may come in any order.",
)
def _ties(run: Run, val_error, widths):
    chosen, mean = run(val_error, widths), val_error.mean(axis=0)
    equal = widths[mean == mean.min()]
    if len(equal) > 1:
        expect(chosen == equal.min(), f"{chosen:g} was chosen; {equal.min()} is the smallest")


@CAPACITY.must(
    "the order of seeds and of widths does not matter",
    "Use the widths that are passed in; do not rely on where they stand.",
)
def _order(run: Run, val_error, widths):
    chosen = run(val_error, widths)
    mixed = np.random.default_rng(0).permutation(len(widths))
    for error, at in [(val_error[::-1], widths), (val_error[:, mixed], widths[mixed])]:
        again = run(error, at)
        message = f"{chosen:g} was chosen, but {again:g} in another order"
        expect(again == chosen, message)


@CAPACITY.mistake("That is the position of the lowest error. Return the width that stands there.")
def _position(val_error, widths):
    return val_error.mean(axis=0).argmin()


@CAPACITY.mistake("That is the lowest error. Return the width that has it.")
def _error(val_error, widths):
    return val_error.mean(axis=0).min()


@CAPACITY.mistake("That is the width with the highest error: argmin, not argmax.")
def _worst(val_error, widths):
    mean = val_error.mean(axis=0)
    return widths[mean == mean.max()].min()


@CAPACITY.mistake("One lucky seed decides here. Average over seeds before you look for the lowest.")
def _luckiest(val_error, widths):
    best = val_error.min(axis=0)
    return widths[best == best.min()].min()


@CAPACITY.mistake("One lucky seed decides here. Average over seeds before you look for the lowest.")
def _luckiest_first(val_error, widths):
    return widths[val_error.argmin() % len(widths)]


@CAPACITY.mistake("Only the first seed is looked at. Average over seeds: val_error.mean(axis=0).")
def _first_seed(val_error, widths):
    return widths[val_error[0].argmin()]


@CAPACITY.mistake("This averages over widths (axis 1). Average over seeds: val_error.mean(axis=0).")
def _over_widths(val_error, widths):
    return widths[val_error.mean(axis=1).argmin()]


@CAPACITY.mistake("That is the median over seeds. The task asks for the mean.")
def _median(val_error, widths):
    middle = np.median(val_error, axis=0)
    return widths[middle == middle.min()].min()


@CAPACITY.mistake(
    "Of equal errors this takes the one that stands first. The widths may come in any order: "
    "take the smallest of the widths whose mean equals the lowest."
)
def _first(val_error, widths):
    return widths[val_error.mean(axis=0).argmin()]


@CAPACITY.mistake("Of equal errors this takes the largest width. The simpler model should win.")
def _largest(val_error, widths):
    mean = val_error.mean(axis=0)
    return widths[mean == mean.min()].max()
