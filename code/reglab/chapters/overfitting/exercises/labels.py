"""Exercise flip_labels: label noise that always flips to a wrong class.

Symbols     y (n,) labels 0..classes - 1, share of them to change.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.stats import chi2, hypergeom

from reglab.exercises.answers import Malformed, Wrong, expect, labels_like, show
from reglab.exercises.exercise import Exercise, Rng, Run
from reglab.exercises.guard import Raised

ALPHA = 1e-6  # how often a sound solution may fail each of the two statistical properties

WRONG_CLASS = (
    "Some labels that should change keep their class: a class drawn from all of them is the right "
    "one now and then. Add rng.integers(1, classes, ...) to the label, modulo classes."
)
REPEATED = "Some places are drawn twice. Use rng.choice(len(y), size=..., replace=False)."
EACH_ALONE = (
    "Each label seems to flip on its own with probability share, so the number is random. Draw "
    "exactly round(share * len(y)) places: rng.choice(..., replace=False) or rng.permutation."
)
ROUNDED_DOWN = "int(...) cuts: 0.29 * 100 is 28.999999999999996. Use round(share * len(y))."
ROUNDED_UP = "math.ceil rounds up: 0.29 * 1 becomes 1. Use round(share * len(y))."


def flip_labels(
    y: NDArray[np.integer], share: float, classes: int, rng: Generator
) -> NDArray[np.integer]:
    """Return y with round(share * n) labels, at random places, changed to a wrong class."""
    flipped = y.copy()
    places = rng.choice(len(y), size=round(share * len(y)), replace=False)
    flipped[places] = (y[places] + rng.integers(1, classes, size=len(places))) % classes
    return flipped


def _cases() -> list[tuple]:
    """Labels and shares from small to large; never a half, which two roundings treat apart."""
    sizes = [(1, 2), (2, 2), (3, 3), (4, 3), (5, 3), (10, 4), (40, 10), (100, 10)]
    return [
        (np.random.default_rng(n).integers(classes, size=n), share, classes, Rng(0))
        for n, classes in sizes
        for share in (0.0, 0.29, 0.6, 1.0)
        if (share * n) % 1 != 0.5
    ]


def _repeating(n: int, classes: int) -> NDArray[np.integer]:
    return np.arange(n) % classes


LABELS = Exercise(
    name="flip_labels",
    arguments=("y", "share", "classes", "rng"),
    task="Change round(share * len(y)) labels, at random places, each to a wrong class.",
    returns="an integer array as long as y",
    parse=lambda answer, y, *_: labels_like(y, answer),
    cases=_cases(),
    reference=flip_labels,
)


@LABELS.must(
    "changes exactly round(share * len(y)) labels",
    cases=[*_cases(), (_repeating(2000, 2), 1.0, 2, Rng(0))],
)
def _count(run: Run, y, share, classes, rng):
    changed, want = int((run(y, share, classes, rng) != y).sum()), round(share * len(y))
    if changed != want:
        try:
            hint = _why_not(Run(run.exercise, run.function))
        except (Raised, Malformed):
            hint = ""
        raise Wrong(f"{want} labels should change; {changed} did", hint)


def _why_not(run: Run) -> str:
    """Tell typical causes of a wrong count apart, by rates on many labels."""

    def rate(share: float, seed: int = 0, classes: int = 4) -> float:
        y = _repeating(1000, classes)
        return float((run(y, share, classes, Rng(seed)) != y).mean())

    full, half = rate(1.0), {rate(0.5, seed) for seed in range(4)}
    if full == 0:
        return "No label changes at all. Is it the changed copy that is returned?"
    drawn_again = full > 0.9 and rate(1.0, classes=2) < 1  # but not until the class is wrong
    if abs(full - 0.75) < 0.06 or drawn_again:  # one class in four is the right one
        return WRONG_CLASS
    if abs(full - 0.63) < 0.06:  # 1 - 1/e of the places are drawn at least once
        return REPEATED
    if abs(full - 0.47) < 0.06:  # both
        return f"{REPEATED} {WRONG_CLASS}"
    if len(half) > 1:
        return EACH_ALONE
    if full == 1 and rate(0.2999) == 0.299:
        return ROUNDED_DOWN
    return ROUNDED_UP if full == 1 and rate(0.3001) == 0.301 else ""


@LABELS.must(
    "draws only labels from 0 to classes - 1",
    "rng.integers(low, high) leaves out high itself; taking the sum modulo classes stays in range.",
)
def _range(run: Run, y, share, classes, rng):
    for label in run(y, share, classes, rng):
        expect(0 <= label < classes, f"label {label} with {classes} classes")


@LABELS.must(
    "draws every wrong class equally often",
    "Give each of the classes - 1 wrong classes the same chance, whatever the right one is.",
    cases=[(_repeating(4000, 4), 1.0, 4, Rng(0))],
)
def _uniform(run: Run, y, share, classes, rng):
    shift = (run(y, share, classes, rng) - y) % classes
    for right in range(classes):
        became = [int((shift[y == right] == step).sum()) for step in range(1, classes)]
        mean = sum(became) / (classes - 1)
        distance = sum((count - mean) ** 2 for count in became) / max(mean, 1e-9)
        names = [f"{(right + step) % classes}: {c}" for step, c in enumerate(became, start=1)]
        message = f"of {int((y == right).sum())} labels {right}, became {', '.join(names)}"
        expect(mean > 0 and chi2.sf(distance, classes - 2) > ALPHA / classes, message)


@LABELS.must(
    "prefers no place",
    "Draw the places at random: rng.choice(len(y), size=..., replace=False).",
    cases=[(np.arange(2000) // 2 % 2, 0.5, 2, Rng(0))],
)
def _places(run: Run, y, share, classes, rng):
    changed, n = run(y, share, classes, rng) != y, len(y)
    if not changed.any():
        return  # the first property says so
    groups = {
        f"first {n // 2} labels": np.arange(n) < n // 2,
        "labels at even places": np.arange(n) % 2 == 0,
        "labels 0": y == 0,
    }
    for name, group in groups.items():
        draw = hypergeom(n, int(changed.sum()), int(group.sum()))
        ours = int(changed[group].sum())
        message = f"{ours} of the {name} changed, {int(changed.sum()) - ours} of the others"
        expect(min(draw.cdf(ours), draw.sf(ours - 1)) > ALPHA / (2 * len(groups)), message)
    few = y[:4]
    ever = np.any([run(few, 0.5, classes, Rng(seed)) != few for seed in range(24)], axis=0)
    expect(ever.all(), f"of {show(few)}, label {ever.argmin()} never changed, with 24 seeds")


@LABELS.must(
    "takes its randomness from rng, and only there",
    "Use rng.integers, rng.choice, rng.permutation; np.random.* and a generator made inside "
    "ignore the one that is passed in.",
    cases=[(_repeating(40, 4), 0.6, 4, Rng(0))],
)
def _seeded(run: Run, y, share, classes, rng):
    first, again = run(y, share, classes, rng), run(y, share, classes, rng)
    expect((first == again).all(), f"two calls with {show(rng)} change different labels")
    other = run(y, share, classes, Rng(1))
    moved = (first != y) != (other != y)
    expect(moved.any(), f"{show(rng)} and {show(Rng(1))} change labels at the same places")
    steps = [(run(y, 1.0, classes, Rng(seed)) - y) % classes for seed in range(6)]
    counts = {tuple(np.bincount(step, minlength=classes)) for step in steps}
    drawn = len(counts) > 1 or len(set(steps[0])) == 1  # one step for all: not drawn at all
    expect(drawn, "with six seeds the new classes are the same, in another order")


def _changed(y, places, classes, rng):
    y = y.copy()
    y[places] = (y[places] + rng.integers(1, classes, size=len(places))) % classes
    return y


@LABELS.mistake("The first labels change. Draw the places at random, with rng.choice.")
def _the_first_ones(y, share, classes, rng):
    return _changed(y, np.arange(round(share * len(y))), classes, rng)


@LABELS.mistake("A place may be drawn twice: rng.choice(len(y), size=..., replace=False).")
def _twice_drawn(y, share, classes, rng):
    return _changed(y, rng.integers(len(y), size=round(share * len(y))), classes, rng)
