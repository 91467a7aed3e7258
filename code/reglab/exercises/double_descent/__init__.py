"""Exercises of the chapter "double-descent", each with the solution that it is compared with."""

from reglab.exercises.double_descent.min_norm import MIN_NORM, min_norm
from reglab.exercises.double_descent.noise_variance import NOISE_VARIANCE, noise_variance
from reglab.exercises.double_descent.ridge_path import RIDGE_PATH, ridge_path
from reglab.exercises.double_descent.threshold import THRESHOLD, threshold

EXERCISES = [MIN_NORM, RIDGE_PATH, THRESHOLD, NOISE_VARIANCE]

__all__ = ["EXERCISES", "min_norm", "noise_variance", "ridge_path", "threshold"]
