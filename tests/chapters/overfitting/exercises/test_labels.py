"""flip_labels: sound solutions pass, and each typical wrong one is caught with its hint."""

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


@pytest.mark.parametrize("solution", [flip_labels, by_permutation, by_a_loop])
def test_sound_solutions_pass(solution):
    assert check("flip_labels", solution), check("flip_labels", solution)


def changed(y, places, labels):
    y = y.copy()
    y[places] = labels
    return y


def right_class_too(y, share, classes, rng):
    where = rng.permutation(len(y))[: round(share * len(y))]
    return changed(y, where, rng.integers(classes, size=len(where)))


def with_replacement(y, share, classes, rng):
    where = rng.integers(len(y), size=round(share * len(y)))
    return changed(y, where, (y[where] + rng.integers(1, classes, size=len(where))) % classes)


def both(y, share, classes, rng):
    where = rng.integers(len(y), size=round(share * len(y)))
    return changed(y, where, rng.integers(classes, size=len(where)))


def each_alone(y, share, classes, rng):
    where = rng.random(len(y)) < share
    return changed(y, where, (y[where] + rng.integers(1, classes, size=where.sum())) % classes)


def rounded_down(y, share, classes, rng):
    where = rng.permutation(len(y))[: int(share * len(y))]
    return changed(y, where, (y[where] + rng.integers(1, classes, size=len(where))) % classes)


def unchanged(y, share, classes, rng):
    flip_labels(y, share, classes, rng)
    return y


def out_of_range(y, share, classes, rng):
    where = rng.permutation(len(y))[: round(share * len(y))]
    return changed(y, where, y[where] + rng.integers(1, classes, size=len(where)))


def the_next_class(y, share, classes, rng):
    where = rng.permutation(len(y))[: round(share * len(y))]
    return changed(y, where, (y[where] + 1) % classes)


def the_first_ones(y, share, classes, rng):
    where = np.arange(round(share * len(y)))
    return changed(y, where, (y[where] + rng.integers(1, classes, size=len(where))) % classes)


def own_generator(y, share, classes, rng):
    return flip_labels(y, share, classes, np.random.default_rng(0))


def global_generator(y, share, classes, rng):
    return flip_labels(y, share, classes, np.random.default_rng(numpy_state()))


def places_without_rng(y, share, classes, rng):
    where = np.random.default_rng(0).permutation(len(y))[: round(share * len(y))]
    return changed(y, where, (y[where] + rng.integers(1, classes, size=len(where))) % classes)


STATE = iter(range(10**9))


def numpy_state():
    """Another seed at each call: what np.random.* would be to the caller."""
    return next(STATE)


def in_place(y, share, classes, rng):
    y[:] = flip_labels(y, share, classes, rng)
    return y


def floats(y, share, classes, rng):
    return flip_labels(y, share, classes, rng).astype(float)


def a_list(y, share, classes, rng):
    return flip_labels(y, share, classes, rng).tolist()


def the_changed_ones_only(y, share, classes, rng):
    flipped = flip_labels(y, share, classes, rng)
    return flipped[flipped != y]


COUNT = "changes exactly round(share * len(y)) labels"
UNIFORM = "draws every wrong class equally often"
RANGE = "draws only labels from 0 to classes - 1"
PLACES = "may change any label, wherever it stands"
RANDOM = "takes its randomness from rng, and only there"
KIND, KEPT = "returns an integer array as long as y", "leaves its inputs as they were"


@pytest.mark.parametrize(
    ("solution", "fails", "hint"),
    [
        (right_class_too, COUNT, "is the right one now and then"),
        (with_replacement, COUNT, "drawn twice"),
        (both, COUNT, "drawn twice. Use rng.choice(len(y), size=..., replace=False). Some labels"),
        (each_alone, COUNT, "on its own with probability share"),
        (rounded_down, COUNT, "int(...) cuts"),
        (unchanged, COUNT, "No label changes"),
        (out_of_range, RANGE, "modulo classes"),
        (the_next_class, UNIFORM, "the same chance"),
        (the_first_ones, PLACES, "places at random"),
        (own_generator, RANDOM, "ignore the one that is passed in"),
        (places_without_rng, RANDOM, "at the same places"),
        (global_generator, RANDOM, "ignore the one that is passed in"),
        (in_place, KEPT, "y.copy()"),
        (floats, KIND, "dtype float64"),
        (a_list, KIND, "a list of length"),
        (the_changed_ones_only, KIND, "an array of shape (0,)"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_wrong_solutions_are_caught_with_the_right_hint(caught, solution, fails, hint):
    caught("flip_labels", solution, fails, hint)


def test_what_is_sound_about_a_wrong_solution_is_said_too():
    holding = [result.says for result in check("flip_labels", the_next_class).results
               if result.holds]  # fmt: skip
    assert holding == [KIND, KEPT, COUNT, RANGE, PLACES, RANDOM]


def test_smallest_failing_input():
    count = check("flip_labels", rounded_down).results[2]
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
