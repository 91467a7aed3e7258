"""Exercises of the chapter "NN-chapter-slug", each with its own solution to compare with."""

from reglab.exercises.chapter_module.shrink import SHRINK, shrink

EXERCISES = [SHRINK]

__all__ = ["EXERCISES", "shrink"]
