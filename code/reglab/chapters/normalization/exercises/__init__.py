"""Exercises of the chapter "normalization", each with the solution that it is compared with."""

from reglab.chapters.normalization.exercises.axes import AXES, normalized_over
from reglab.chapters.normalization.exercises.folding import FOLDING, folded_layer
from reglab.chapters.normalization.exercises.gradient import GRADIENT, norm_gradient
from reglab.chapters.normalization.exercises.running import RUNNING, running_step

EXERCISES = [AXES, RUNNING, GRADIENT, FOLDING]

__all__ = ["EXERCISES", "folded_layer", "norm_gradient", "normalized_over", "running_step"]
