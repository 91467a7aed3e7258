"""Exercise flip_labels: other sound solutions pass."""

import math
from functools import partial

import numpy as np
import pytest

from reglab.chapters.overfitting.exercises import flip_labels
from reglab.chapters.overfitting.exercises.labels import LABELS
from reglab.core import numpy_stream
from reglab.exercises import check
from reglab.exercises.exercise import Rng


def by_permutation(y, share, classes, rng):
    where = rng.permutation(len(y))[: round(share * len(y))]
    flipped = np.array(y)
    wrong = rng.integers(classes - 1, size=len(where))
    flipped[where] = wrong + (wrong >= y[where])  # step over the right class
    return flipped


def by_a_loop(y, share, classes, rng):
    flipped = y.astype(np.int32)
    for i in rng.choice(len(y), round(share * len(y)), replace=False):
        flipped[i] = rng.choice([c for c in range(classes) if c != y[i]])
    return flipped


def test_other_sound_solutions_pass(passes):
    passes("flip_labels", by_permutation, by_a_loop)


def changed(y, places, labels):
    y = y.copy()
    y[places] = labels
    return y


def the_next_class(y, share, classes, rng):
    where = rng.permutation(len(y))[: round(share * len(y))]
    return changed(y, where, (y[where] + 1) % classes)


def first_in(order):
    """Sound but for the places: those that come first in order(y, rng)."""

    def solution(y, share, classes, rng):
        where = order(y, rng)[: round(share * len(y))]
        return changed(y, where, (y[where] + rng.integers(1, classes, size=len(where))) % classes)

    return solution


def by_label(y, rng, zeros_last=False):
    order = rng.permutation(len(y))
    return order[np.argsort(y[order] == 0 if zeros_last else y[order], kind="stable")]


def even_first(y, rng):
    order = rng.permutation(len(y))
    return order[np.argsort(order % 2, kind="stable")]


def ends_last(y, rng):
    order = rng.permutation(len(y))
    return order[np.argsort((order == 0) | (order == len(y) - 1), kind="stable")]


@pytest.mark.parametrize(
    "order", [by_label, partial(by_label, zeros_last=True), even_first, ends_last]
)
def test_every_label_has_the_same_chance(order, fails):
    fails("flip_labels", first_in(order))


def every_kth(y, share, classes, rng):
    n, k = len(y), round(share * len(y))
    where = (rng.integers(n) + np.arange(k) * n // max(k, 1)) % n
    return changed(y, where, (y[where] + rng.integers(1, classes, size=k)) % classes)


def with_classes_of(source):
    def solution(y, share, classes, rng):
        where = rng.choice(len(y), size=round(share * len(y)), replace=False)
        return changed(y, where, (y[where] + source(classes, len(where))) % classes)

    return solution


def legacy(classes, size):
    np.random.seed(42)  # the reader's habit that the exercise must see
    return np.random.randint(1, classes, size=size)


def own_generator(classes, size):
    return np.random.default_rng(0).integers(1, classes, size=size)


def test_regular_places_foreign_generators_and_rare_misses_are_seen(fails):
    fails("flip_labels", every_kth, drawn_again(5))
    fails("flip_labels", with_classes_of(legacy), with_classes_of(own_generator))


def drawn_again(times):
    """Each chosen label becomes any class; where that is the right one, again, `times` times."""

    def solution(y, share, classes, rng):
        flipped = y.copy()
        for i in rng.permutation(len(y))[: round(share * len(y))]:
            for _ in range(1 + times):
                flipped[i] = rng.integers(classes)
                if flipped[i] != y[i]:
                    break
        return flipped

    return solution


def to(rounded):
    def solution(y, share, classes, rng):
        where = rng.permutation(len(y))[: rounded(share * len(y))]
        return changed(y, where, (y[where] + rng.integers(1, classes, size=len(where))) % classes)

    return solution


def each_alone(y, share, classes, rng):
    where = np.flatnonzero(rng.random(len(y)) < share)
    return changed(y, where, (y[where] + rng.integers(1, classes, size=len(where))) % classes)


@pytest.mark.parametrize(
    ("solution", "hint"),
    [
        *((drawn_again(times), "Some labels that should change keep") for times in range(6)),
        (to(int), "int(...) cuts"),
        (to(math.ceil), "math.ceil rounds up"),
        (each_alone, "Each label seems to flip on its own"),
    ],
)
def test_the_cause_of_a_wrong_count_is_told(solution, hint):
    assert check("flip_labels", solution).results[2].hint.startswith(hint)


COUNT = "changes exactly round(share * len(y)) labels"
RANGE = "draws only labels from 0 to classes - 1"
PLACES = "prefers no place"
RANDOM = "takes its randomness from rng, and only there"
KIND, KEPT = "returns an integer array as long as y", "leaves its inputs as they were"


def test_what_is_sound_about_a_wrong_solution_is_said_too():
    holding = [result.says for result in check("flip_labels", the_next_class).results
               if result.holds]  # fmt: skip
    assert holding == [KIND, KEPT, COUNT, RANGE, PLACES, RANDOM]


def test_smallest_failing_input():
    count = check("flip_labels", to(int)).results[2]
    assert count.inputs.startswith("y = np.array([0]), share = 0.6, classes = 2, rng = np.")
    assert count.found == "1 labels should change; 0 did"


def test_sound_solutions_pass_at_any_seed():
    """The two statistical properties have alpha = 1e-6; forty seeds, all of them must pass."""
    for seed in range(40):

        def shifted(y, share, classes, rng, seed=seed):
            return flip_labels(y, share, classes, np.random.default_rng([seed, rng.integers(99)]))

        assert check("flip_labels", shifted), check("flip_labels", shifted)


def test_reference_has_the_right_moments():
    y = numpy_stream(0, "labels").integers(5, size=1000)
    for _, share, _, rng in LABELS.cases[:4]:
        flipped = flip_labels(y, share, 5, np.random.default_rng(rng.seed))
        assert (flipped != y).sum() == round(share * 1000) and set(flipped) <= set(range(5))
    assert LABELS.cases[0][3] == Rng(0)
