"""Which exercises there are: each chapter's package has a module `exercises` with its EXERCISES."""

import difflib
import importlib.util
import pkgutil
from functools import cache

from reglab.exercises.exercise import Exercise


def chapters() -> list[str]:
    """Return the names of the chapters' packages that have exercises, in alphabetical order."""
    package = importlib.import_module("reglab.chapters")
    names = [module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg]
    return [n for n in names if importlib.util.find_spec(f"reglab.chapters.{n}.exercises")]


def exercises(chapter: str) -> list[Exercise]:
    """Return the exercises of one chapter, in the order of its page."""
    if chapter not in (known := chapters()):
        raise ValueError(f"no exercises for {chapter!r}; there are some for {', '.join(known)}")
    return importlib.import_module(f"reglab.chapters.{chapter}.exercises").EXERCISES


def available(chapter: str | None = None) -> dict[str, str]:
    """Return name -> task of all exercises, or of one chapter's (its slug)."""
    names = chapters() if chapter is None else (chapter,)
    return {item.name: item.task for slug in names for item in exercises(slug)}


@cache
def _by_name() -> dict[str, Exercise]:
    return {item.name: item for slug in chapters() for item in exercises(slug)}


def find(name: str) -> Exercise:
    """Return the exercise called `name`; ValueError with the nearest names if there is none."""
    if callable(name):
        raise ValueError("the arguments are swapped: write check('name', function)")
    by_name = _by_name()
    if not isinstance(name, str) or name not in by_name:
        near = difflib.get_close_matches(str(name), by_name, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(by_name)}"
        raise ValueError(f"no exercise is called {name!r}; {hint}")
    return by_name[name]
