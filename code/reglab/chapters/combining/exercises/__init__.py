"""Exercises of the chapter "combining", each with the solution that it is compared with."""

from reglab.chapters.combining.exercises.best import BEST, best_of_k
from reglab.chapters.combining.exercises.bounds import BOUNDS, paired_bounds
from reglab.chapters.combining.exercises.optimism import OPTIMISM, winner_optimism
from reglab.chapters.combining.exercises.together import TOGETHER, interaction_effect

EXERCISES = [TOGETHER, BEST, BOUNDS, OPTIMISM]

__all__ = ["EXERCISES", "best_of_k", "interaction_effect", "paired_bounds", "winner_optimism"]
