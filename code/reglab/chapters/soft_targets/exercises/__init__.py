"""Exercises of the chapter "soft-targets", each with the solution that it is compared with."""

from reglab.chapters.soft_targets.exercises.calibrate import CALIBRATE, calibration_error
from reglab.chapters.soft_targets.exercises.distill import DISTILL, distillation_gradient
from reglab.chapters.soft_targets.exercises.smooth import SMOOTH, smoothed_rows
from reglab.chapters.soft_targets.exercises.unsure import UNSURE, penalized_gradient

EXERCISES = [SMOOTH, UNSURE, CALIBRATE, DISTILL]

__all__ = [
    "EXERCISES",
    "calibration_error",
    "distillation_gradient",
    "penalized_gradient",
    "smoothed_rows",
]
