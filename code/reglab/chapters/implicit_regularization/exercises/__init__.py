"""Exercises of the chapter "12-implicit-regularization", each with its own solution to compare with."""

from reglab.chapters.implicit_regularization.exercises.shrink import SHRINK, shrink

EXERCISES = [SHRINK]

__all__ = ["EXERCISES", "shrink"]
