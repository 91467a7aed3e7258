"""Exercises of the chapter "16-parameter-sharing", each with its own solution to compare with."""

from reglab.chapters.parameter_sharing.exercises.shrink import SHRINK, shrink

EXERCISES = [SHRINK]

__all__ = ["EXERCISES", "shrink"]
