"""Exercises of the chapter "overfitting", each with the solution that it is compared with."""

from reglab.chapters.overfitting.exercises.capacity import CAPACITY, choose_capacity
from reglab.chapters.overfitting.exercises.decomposition import DECOMPOSITION, bias_variance
from reglab.chapters.overfitting.exercises.differences import DIFFERENCES, paired_interval
from reglab.chapters.overfitting.exercises.labels import LABELS, flip_labels

EXERCISES = [LABELS, DECOMPOSITION, CAPACITY, DIFFERENCES]

__all__ = ["EXERCISES", "bias_variance", "choose_capacity", "flip_labels", "paired_interval"]
