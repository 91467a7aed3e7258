"""Exercises: fresh inputs for each call, and every exercise of the book in good order."""

import numpy as np
import pytest

from reglab.exercises.exercise import Exercise, Property, Rng, Run, fresh
from reglab.exercises.guard import Raised
from reglab.exercises.registry import chapters, exercises

EVERY = [exercise for chapter in chapters() for exercise in exercises(chapter)]


def toy(function=None):
    return Exercise(
        name="toy",
        arguments=("x", "rng"),
        task="Add one.",
        returns="anything",
        parse=lambda answer, *_: answer,
        cases=[(np.array([1.0]), Rng(0))],
        reference=function or (lambda x, rng: x + 1),
    )


def test_inputs_are_copied_and_generators_start_afresh():
    x = np.array([1.0, 2.0])
    copy, rng, word = fresh((x, Rng(3), "word"))
    assert copy is not x and (copy == x).all() and word == "word"
    assert rng.integers(1000) == np.random.default_rng(3).integers(1000)
    draws = [Run(toy(), lambda x, rng: rng.random())(x, Rng(3)) for _ in range(2)]
    assert draws[0] == draws[1]


def test_run_never_hands_out_the_original():
    def spoil(x, rng):
        x[:] = 7

    x = np.array([1.0])
    Run(toy(), spoil)(x, Rng(0))
    assert x == [1.0]


def test_errors_of_reading_an_answer_are_errors_of_the_answer():
    exercise = toy()
    exercise.parse = lambda answer, *_: answer.shape
    with pytest.raises(Raised, match="AttributeError"):
        Run(exercise, lambda x, rng: 3)(np.array([1.0]), Rng(0))


def test_show_and_signature():
    exercise = toy()
    assert exercise.signature == "toy(x, rng)"
    assert exercise.show(exercise.cases[0]) == "x = np.array([1.0]), rng = np.random.default_rng(0)"


def test_decorators_add():
    exercise = toy()
    judge = exercise.must("is kind", "be kind")(lambda run, x, rng: None)
    other = exercise.must("is brave", cases=[()])(judge)
    assert exercise.properties[2:] == [
        Property("is kind", judge, exercise.cases, "be kind"),
        Property("is brave", other, [()], ""),
    ]
    assert exercise.mistake("oh")(len) is len and exercise.mistakes[0].hint == "oh"


def test_cases_are_sorted_from_small_to_large():
    cases = [(np.ones(n), Rng(0)) for n in (3, 1, 2)]
    exercise = Exercise("t", ("x", "rng"), "T.", "any", lambda a, *_: a, cases, len)
    exercise.must("holds", cases=cases[:2])(lambda run, x, rng: None)
    for prop in exercise.properties[:2]:
        assert [len(x) for x, _ in prop.cases] == [1, 2, 3]
    assert [len(x) for x, _ in exercise.properties[2].cases] == [1, 3]


@pytest.mark.parametrize("exercise", EVERY, ids=lambda exercise: exercise.name)
def test_exercises_of_the_book_are_in_good_order(exercise):
    assert all(len(inputs) == len(exercise.arguments) for inputs in exercise.cases)
    assert exercise.task.endswith(".") and exercise.reference.__name__ == exercise.name
    says = [prop.says for prop in exercise.properties]
    assert len(set(says)) == len(says) >= 5
    assert all(mistake.hint for mistake in exercise.mistakes)
