"""Which exercises there are. A chapter's module lists its own in EXERCISES.

Room        exercises -- tests/exercises/test_registry.py
"""

import difflib
import importlib

from reglab.exercises.exercise import Exercise

# A new chapter adds its slug here.
CHAPTERS = ("overfitting", "double_descent", "l1_l2_elastic_net", "weight_decay")


def exercises(chapter: str) -> list[Exercise]:
    """Return the exercises of one chapter, in the order of its page."""
    if chapter not in CHAPTERS:
        raise ValueError(f"no exercises for {chapter!r}; there are some for {', '.join(CHAPTERS)}")
    return importlib.import_module(f"reglab.exercises.{chapter}").EXERCISES


def available(chapter: str | None = None) -> dict[str, str]:
    """Return name -> task of all exercises, or of one chapter's (its slug)."""
    chapters = CHAPTERS if chapter is None else (chapter,)
    return {item.name: item.task for slug in chapters for item in exercises(slug)}


def find(name: str) -> Exercise:
    """Return the exercise called `name`; ValueError with the nearest names if there is none."""
    every = {item.name: item for slug in CHAPTERS for item in exercises(slug)}
    if name not in every:
        near = difflib.get_close_matches(str(name), every, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(every)}"
        raise ValueError(f"no exercise is called {name!r}; {hint}")
    return every[name]
