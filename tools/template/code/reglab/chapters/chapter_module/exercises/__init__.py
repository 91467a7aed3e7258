"""Exercises of the chapter "NN-chapter-slug", each with its own solution to compare with."""

from reglab.chapters.chapter_module.exercises.shrink import SHRINK, shrink

EXERCISES = [SHRINK]

__all__ = ["EXERCISES", "shrink"]
