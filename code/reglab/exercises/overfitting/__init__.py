"""Exercises of the chapter "overfitting", each with the solution that it is compared with."""

from reglab.exercises.overfitting.capacity import CAPACITY, choose_capacity
from reglab.exercises.overfitting.decomposition import DECOMPOSITION, bias_variance
from reglab.exercises.overfitting.differences import DIFFERENCES, paired_interval
from reglab.exercises.overfitting.labels import LABELS, flip_labels

EXERCISES = [LABELS, DECOMPOSITION, CAPACITY, DIFFERENCES]

__all__ = ["EXERCISES", "bias_variance", "choose_capacity", "flip_labels", "paired_interval"]
