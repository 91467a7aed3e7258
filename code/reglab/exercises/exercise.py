"""What an exercise is: a task, inputs, properties, and known mistakes.

A property is a function `judge(run, *inputs)`, where run(*inputs) calls the reader's function on
copies and returns its answer; it raises `Wrong` through `expect`. A mistake is a typical wrong
solution: if the reader's function gives the same answers, its hint is the one to show.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import CoroutineType
from typing import Any

import numpy as np

from reglab.exercises.answers import Wrong, expect, show
from reglab.exercises.formats import in_float32, is_rounded, plain
from reglab.exercises.guard import guarded

INPUTS_KEPT = "leaves its inputs as they were"  # the second property of every exercise
Judge = Callable[..., None]


@dataclass(frozen=True)
class Rng:
    """An input that is a random generator: made afresh for each call, shown as its source."""

    seed: int

    def __repr__(self) -> str:
        return f"np.random.default_rng({self.seed})"


@dataclass(frozen=True)
class Property:
    """One thing that must hold, in words, with the inputs it is tried on and a hint."""

    says: str
    judge: Judge
    cases: Sequence[tuple]
    hint: str = ""


@dataclass(frozen=True)
class Mistake:
    """A typical wrong solution, and its hint."""

    hint: str
    function: Callable[..., Any]


@dataclass
class Exercise:
    """A task for the reader; see the modules of a chapter, such as `overfitting.labels`."""

    name: str
    arguments: tuple[str, ...]
    task: str  # one sentence
    returns: str  # says what kind of answer `parse` takes
    parse: Callable[..., Any]  # (answer, *inputs) -> the answer; Malformed if it is none
    cases: Sequence[tuple]  # inputs; they are tried from small to large
    reference: Callable[..., Any]
    properties: list[Property] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    raised: dict[str, str] = field(default_factory=dict)  # an error that it may raise -> its hint

    def __post_init__(self) -> None:
        """Sort the cases by size; every exercise begins with these two properties."""
        self.cases = by_size(self.cases)
        kept = "Work on a copy, such as y.copy(): an array that is passed in belongs to the caller."
        self.properties += [
            Property(f"returns {self.returns}", lambda run, *inputs: run(*inputs), self.cases),
            Property(INPUTS_KEPT, _inputs_kept, self.cases, kept),
        ]

    @property
    def signature(self) -> str:
        """How the reader's function is called."""
        return f"{self.name}({', '.join(self.arguments)})"

    def must(self, says: str, hint: str = "", cases: Sequence[tuple] | None = None) -> Callable:
        """Decorator that adds a property."""

        def add(judge: Judge) -> Judge:
            self.properties.append(Property(says, judge, by_size(cases or self.cases), hint))
            return judge

        return add

    def mistake(self, hint: str) -> Callable:
        """Decorator that adds a typical wrong solution."""

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            self.mistakes.append(Mistake(hint, function))
            return function

        return add

    def show(self, inputs: tuple) -> str:
        """Write inputs as "y = np.array([0, 1]), share = 0.5"."""
        pairs = zip(self.arguments, inputs, strict=True)
        return ", ".join(f"{name} = {show(value)}" for name, value in pairs)


class Run:
    """Calls a reader's function on copies of inputs, and reads its answer."""

    def __init__(self, exercise: Exercise, function: Callable[..., Any]):
        self.exercise, self.function = exercise, function
        self.began = 0.0  # when the last call began
        self.inputs: tuple = ()  # those of the last call

    def __call__(self, *inputs: Any) -> Any:
        """Return the answer, read; exact where it is right in float32. Raise Raised, Malformed."""
        self.inputs = inputs
        answer = guarded(self.exercise.parse, self.raw(*fresh(inputs)), *inputs, passing=Wrong)
        if not in_float32(answer):
            return answer
        exact = self.exercise.parse(self.exercise.reference(*fresh(inputs)), *inputs)
        return exact if is_rounded(answer, exact, inputs) else answer

    def raw(self, *inputs: Any) -> Any:
        """Return what the function returns, unread; `inputs` are passed as they are."""
        self.began = time.monotonic()
        return call(self.function, inputs)


def call(function: Callable[..., Any], inputs: tuple) -> Any:
    """Return function(*inputs), tensors as arrays; a coroutine is closed, or Python complains."""
    answer = guarded(function, *inputs)
    if type(answer) is CoroutineType:
        answer.close()
    return guarded(plain, answer)


def fresh(inputs: tuple) -> tuple:
    """Copy the arrays and start the generators."""
    return tuple(
        np.random.default_rng(value.seed) if isinstance(value, Rng)
        else value.copy() if isinstance(value, np.ndarray) else value
        for value in inputs
    )  # fmt: skip


def by_size(cases: Sequence[tuple]) -> list[tuple]:
    """Sort inputs by how many numbers they hold, so that the first to fail is the smallest."""
    return sorted(cases, key=lambda inputs: sum(np.size(value) for value in inputs))


def _inputs_kept(run: Run, *inputs: Any) -> None:
    given = fresh(inputs)
    run.raw(*given)
    for name, before, after in zip(run.exercise.arguments, inputs, given, strict=True):
        if isinstance(before, np.ndarray):
            same = before.shape == after.shape and np.array_equal(before, after)
            expect(same, f"{name} became {show(after)}")
