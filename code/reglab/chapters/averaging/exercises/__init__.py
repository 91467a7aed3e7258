"""Exercises of the chapter "averaging", each with the solution that it is compared with."""

from reglab.chapters.averaging.exercises.barriers import BARRIER, barrier_height
from reglab.chapters.averaging.exercises.greedy import GREEDY, greedy_weights
from reglab.chapters.averaging.exercises.parts import PARTS, error_parts
from reglab.chapters.averaging.exercises.started import STARTED, corrected_average

EXERCISES = [STARTED, PARTS, BARRIER, GREEDY]

__all__ = ["EXERCISES", "barrier_height", "corrected_average", "error_parts", "greedy_weights"]
