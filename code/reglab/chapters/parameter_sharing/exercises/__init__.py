"""Exercises of the chapter "parameter-sharing", each with the solution that it is compared with."""

from reglab.chapters.parameter_sharing.exercises.counts import COUNTS, layer_counts
from reglab.chapters.parameter_sharing.exercises.kernel import KERNEL, kernel_gradient
from reglab.chapters.parameter_sharing.exercises.largest import LARGEST, magnitude_mask
from reglab.chapters.parameter_sharing.exercises.merge import MERGE, merged_weight

EXERCISES = [KERNEL, COUNTS, LARGEST, MERGE]

__all__ = ["EXERCISES", "kernel_gradient", "layer_counts", "magnitude_mask", "merged_weight"]
