"""Exercises of the chapter "double-descent", each with the solution that it is compared with."""

from reglab.chapters.double_descent.exercises.min_norm import MIN_NORM, min_norm
from reglab.chapters.double_descent.exercises.noise_variance import NOISE_VARIANCE, noise_variance
from reglab.chapters.double_descent.exercises.ridge_path import RIDGE_PATH, ridge_path
from reglab.chapters.double_descent.exercises.threshold import THRESHOLD, threshold

EXERCISES = [MIN_NORM, RIDGE_PATH, THRESHOLD, NOISE_VARIANCE]

__all__ = ["EXERCISES", "min_norm", "noise_variance", "ridge_path", "threshold"]
