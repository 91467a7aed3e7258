"""Exercises of "double-descent-in-networks", each with the solution it is compared with."""

from reglab.chapters.double_descent_in_networks.exercises.count import COUNT, parameter_count
from reglab.chapters.double_descent_in_networks.exercises.rise import RISE, largest_rise
from reglab.chapters.double_descent_in_networks.exercises.stop import STOP, error_when_stopped
from reglab.chapters.double_descent_in_networks.exercises.width import WIDTH, threshold_width

EXERCISES = [COUNT, WIDTH, RISE, STOP]

__all__ = [
    "EXERCISES",
    "error_when_stopped",
    "largest_rise",
    "parameter_count",
    "threshold_width",
]
