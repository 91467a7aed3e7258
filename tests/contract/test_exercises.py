"""Every exercise of the book judges fairly; what is special about one has a test of its own.

Its reference passes, each recorded mistake fails with its own hint, nonsense ends in a report that
fails, and no property is there for show: some mistake or some nonsense breaks it.
"""

import ast
import inspect
import textwrap
from functools import cache

import numpy as np
import pytest
import torch

from reglab.exercises.checking import check_exercise
from reglab.exercises.exercise import INPUTS_KEPT, fresh
from reglab.exercises.registry import chapters, exercises, find

EVERY = [exercise for chapter in chapters() for exercise in exercises(chapter)]
CHANGES = {
    "zeros": lambda v: v * 0,
    "ones": lambda v: v * 0 + 1,
    "doubled": lambda v: v * 2,
    "negated": lambda v: -v if v.dtype != bool else ~v,
    "moved": lambda v: v + 1,
    "reversed": lambda v: v[..., ::-1].copy() if v.ndim else v,
    "constant": lambda v: np.full(v.shape, v.flat[0]) if v.size else v,
}
every_exercise = pytest.mark.parametrize("exercise", EVERY, ids=lambda exercise: exercise.name)


def changed(answer, change):
    """The answer with `change` applied to each number or array in it."""
    if isinstance(answer, dict):
        return {name: changed(value, change) for name, value in answer.items()}
    if isinstance(answer, tuple | list):
        return type(answer)(changed(value, change) for value in answer)
    if isinstance(answer, str) or answer is None:
        return None
    return change(np.asarray(answer))


def spoiling(reference):
    """The reference, but it overwrites the arrays that it is given."""

    def solution(*inputs):
        answer = reference(*inputs)
        for value in inputs:
            if isinstance(value, np.ndarray):
                value[...] = ~value if value.dtype == bool else value + 1
        return answer

    return solution


def nonsense(exercise):
    """Name -> function: answers of the right kind that are wrong, and others of no kind."""
    reference = exercise.reference
    always = reference(*fresh(exercise.cases[0]))
    made = {
        name: lambda *inputs, change=change: changed(reference(*inputs), change)
        for name, change in CHANGES.items()
    }
    first = exercise.arguments[0]
    return {
        **made,
        "spoils its inputs": spoiling(reference),
        "always the same": lambda *inputs: always,
        "None": lambda *inputs: None,
        "raises": lambda *inputs: inputs[0][first],
    }


@cache
def broken(name):
    """What each piece of nonsense breaks: its name -> the properties that fail."""
    exercise = next(one for one in EVERY if one.name == name)
    return {
        label: {result.says for result in check_exercise(exercise, function).results
                if result.status == "fails"}
        for label, function in nonsense(exercise).items()
    }  # fmt: skip


@cache
def report_on(name, function):
    """The report that a recorded mistake of this exercise gets."""
    return check_exercise(find(name), function)


def in_format(answer, convert):
    """The answer with `convert` applied to each array or number in it; names stay as they are."""
    if isinstance(answer, dict):
        return {name: in_format(value, convert) for name, value in answer.items()}
    if isinstance(answer, tuple):
        return tuple(in_format(value, convert) for value in answer)
    return convert(np.asarray(answer)) if isinstance(answer, float | np.ndarray) else answer


def single(array):
    return array.astype(np.float32) if array.dtype.kind == "f" else array


FORMATS = {
    "lists": lambda array: array.tolist(),
    "tensors": torch.as_tensor,
    "float32": single,
    "tensors of float32": lambda array: torch.as_tensor(single(array)).requires_grad_(
        array.dtype.kind == "f"
    ),
    "Python's floats from float32": lambda array: single(array).tolist(),
}


@every_exercise
def test_an_answer_may_come_in_other_formats(exercise):
    for name, convert in FORMATS.items():
        report = check_exercise(
            exercise, lambda *inputs, to=convert: in_format(exercise.reference(*inputs), to)
        )
        assert report, f"{name}: {report}"


@every_exercise
def test_what_is_computed_in_float32_is_right(exercise):
    def in_single(*inputs):
        given = [single(value) if isinstance(value, np.ndarray) else value for value in inputs]
        return in_format(exercise.reference(*given), single)

    report = check_exercise(exercise, in_single)
    assert report, report


@every_exercise
def test_the_reference_passes(exercise):
    report = check_exercise(exercise, exercise.reference)
    assert report, report


@every_exercise
def test_each_mistake_fails_with_its_own_hint(exercise):
    for mistake in exercise.mistakes:
        report = report_on(exercise.name, mistake.function)
        assert not report and mistake.hint in repr(report), f"{mistake.hint}: {report}"


@every_exercise
def test_the_stub_on_the_page_fails_without_telling_the_solution(exercise):
    report = check_exercise(exercise, lambda *inputs: ...)
    assert not report and not any(mistake.hint in repr(report) for mistake in exercise.mistakes)


@every_exercise
def test_a_report_holds_no_address_of_memory(exercise):
    first = exercise.reference(*fresh(exercise.cases[0]))
    assert " at 0x" not in repr(check_exercise(exercise, lambda *inputs: first))


def formulas(function):
    """The parts of a function's code that hold three operations or more, without spaces."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.expr):
            operations = sum(isinstance(part, ast.BinOp | ast.Call) for part in ast.walk(node))
            if operations >= 3:
                yield "".join(ast.unparse(node).split())


@every_exercise
def test_no_property_tells_the_formula_of_the_solution(exercise):
    """A placeholder fails properties, and so shows their hints to all who only read the page."""
    hints = ["".join(prop.hint.split()) for prop in exercise.properties]
    told = [code for code in formulas(exercise.reference) if any(code in hint for hint in hints)]
    assert told == []


@every_exercise
def test_nonsense_of_no_kind_fails(exercise):
    assert broken(exercise.name)["None"] and broken(exercise.name)["raises"]


@every_exercise
def test_every_property_can_fail(exercise):
    failed = set().union(*broken(exercise.name).values())
    for mistake in exercise.mistakes:
        results = report_on(exercise.name, mistake.function).results
        failed |= {result.says for result in results if result.status == "fails"}
    arrays = any(isinstance(value, np.ndarray) for inputs in exercise.cases for value in inputs)
    asked = [prop.says for prop in exercise.properties]
    if not arrays:
        asked.remove(INPUTS_KEPT)
    assert [says for says in asked if says not in failed] == []
