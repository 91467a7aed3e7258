"""check(...): try every property of an exercise on a reader's function, and report.

Inputs are tried from small to large, so the first that fails is the smallest of those tried.
"""

import functools
import inspect
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from reglab.exercises.answers import Malformed, Wrong, kind
from reglab.exercises.exercise import INPUTS_KEPT, Exercise, Property, Run, call, fresh
from reglab.exercises.guard import Raised, TimeOut, guarded, limited
from reglab.exercises.registry import find
from reglab.exercises.report import Report, Result

SECONDS = 4.0  # for all inputs of one property; a sound solution takes a few milliseconds
SECONDS_OF_ALL = 10.0  # for the whole report


def check(name: str, function: Callable[..., Any]) -> Report:
    """Try the reader's `function` on exercise `name` and say what holds and what fails.

    Whatever the function does (raise, print, change its inputs, return nonsense, never end), the
    answer is a report. Only an interrupt by the reader passes through.
    Raises: ValueError if there is no exercise of that name.
    """
    return check_exercise(find(name), function)


def check_exercise(exercise: Exercise, function: Any) -> Report:
    """Do what `check` does, for an exercise that need not be registered."""
    if complaint := _not_this_function(exercise, function):
        _first, *others = exercise.properties
        waits = [Result(prop.says, "not checked") for prop in others]
        says = f"is a function {exercise.signature}"
        return Report(exercise.name, (Result(says, "fails", found=complaint), *waits))
    run, results = Run(exercise, function), []
    end = time.monotonic() + SECONDS_OF_ALL
    for prop in exercise.properties:
        left = end - time.monotonic()
        if left <= 0 or any(result.is_endless for result in results):
            results.append(Result(prop.says, "not checked"))
        else:
            broken = bool(results) and not results[0].holds
            results.append(_judge(run, prop, broken, left))
    return Report(exercise.name, tuple(_with_mistake(run, results, end - time.monotonic())))


def _not_this_function(exercise: Exercise, function: Any) -> str:
    """Say why `function` cannot be called as the exercise does; "" if it can."""
    pass_it = f"Pass the function itself: check({exercise.name!r}, {exercise.name})"
    if not callable(function):
        return f"it is a value of type {type(function).__name__}. {pass_it}"
    try:
        signature = inspect.signature(function)
    except Exception:  # some functions written in C have none, and a property may raise anything
        return ""
    try:
        signature.bind(*exercise.arguments)
    except TypeError:
        return f"its arguments are ({', '.join(signature.parameters)})"
    return ""


def _judge(run: Run, prop: Property, broken: bool, left: float) -> Result:
    """Try one property on its inputs, in their order, until it fails or no time is left.

    A function that is `broken` already failed to return the right kind of answer: that is said
    once, and a property that stumbles over it again is just not checked.
    """
    current: tuple = ()

    def every_case() -> None:
        nonlocal current
        for inputs in prop.cases:
            current = run.inputs = inputs
            prop.judge(run, *inputs)

    def failed(found: object, hint: str, is_endless: bool = False) -> Result:
        inputs, last = run.exercise.show(current), run.exercise.show(run.inputs)
        tried = "" if last == inputs else last
        return Result(prop.says, "fails", inputs, str(found), hint, is_endless, tried)

    try:
        limited(every_case, min(SECONDS, left))
    except (Raised, Malformed) as error:
        hints = [hint for name, hint in run.exercise.raised.items() if name in str(error)]
        hint = hints[0] if hints else prop.hint
        return Result(prop.says, "not checked") if broken else failed(error, hint)
    except Wrong as error:
        return failed(error, error.hint or prop.hint)
    except TimeOut:
        found = f"it took longer than {SECONDS:g} seconds"
        if time.monotonic() - run.began < SECONDS / 2:  # many calls, and none of them hangs
            found += " for all inputs"
            if left < SECONDS:
                found = f"all properties together took longer than {SECONDS_OF_ALL:g} seconds"
            hint = "Nothing wrong was found, but it is slow: that is enough time for thousands."
            return Result(prop.says, "not checked", "", found, hint, True)
        hint = f"Is there a loop that never ends? {prop.hint}".strip()
        return failed(found, hint, is_endless=True)
    except Exception as error:  # the judge's own arithmetic, such as a ratio of two answers
        found = f"this cannot be computed from its answers ({type(error).__name__}: {error})"
        return failed(found, prop.hint)
    return Result(prop.says, "holds")


def _with_mistake(run: Run, results: list[Result], left: float) -> list[Result]:
    """If the function equals a known mistake, say that mistake's hint once, at the first failure.

    Changed inputs keep their own hint: they have nothing to do with the answers.
    """
    failing = [
        i
        for i, result in enumerate(results)
        if result.status == "fails" and result.says != INPUTS_KEPT
    ]
    if not failing or results[failing[-1]].is_endless or left <= 0:
        return results
    if not (hint := _mistake_hint(run, left)):
        return results
    for i in failing:
        results[i] = replace(results[i], hint=hint if i == failing[0] else "")
    return results


def _mistake_hint(run: Run, left: float) -> str:
    """Return the hint of the mistake that gives the same answers as the function, or ""."""
    cases = run.exercise.cases

    @functools.cache
    def answer(case: int) -> Any:
        return _outcome(run.function, cases[case])

    def is_same(other: Callable[..., Any]) -> bool:
        pairs = ((answer(case), _outcome(other, cases[case])) for case in range(len(cases)))
        return all(_equal(ours, theirs) for ours, theirs in pairs)

    def find_hint() -> str:
        same = (mistake for mistake in run.exercise.mistakes if is_same(mistake.function))
        return next((mistake.hint for mistake in same), "")

    try:
        return limited(find_hint, min(SECONDS, left))
    except TimeOut:
        return ""


def _outcome(function: Callable[..., Any], inputs: tuple) -> Any:
    """Return the answer as numbers, or in words: names, say, or that there is none."""
    try:
        answer = call(function, fresh(inputs))
        try:
            return guarded(np.asarray, answer, float)
        except Raised:
            return guarded(repr, answer if type(answer) in (list, tuple) else kind(answer))
    except Raised:
        return "raised"


def _equal(a: Any, b: Any) -> bool:
    """Compare two outcomes; NaN equals NaN, because a mistake may give it too."""
    if isinstance(a, str) or isinstance(b, str):
        return isinstance(a, str) and isinstance(b, str) and a == b
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-6, atol=1e-9, equal_nan=True)
