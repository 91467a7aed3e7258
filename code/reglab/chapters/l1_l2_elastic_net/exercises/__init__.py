"""Exercises of the chapter "L1, L2 and elastic net", each with the solution it is compared with."""

from reglab.chapters.l1_l2_elastic_net.exercises.gradient import RIDGE_GRADIENT, ridge_gradient
from reglab.chapters.l1_l2_elastic_net.exercises.prior import PRIOR_STRENGTH, prior_strength
from reglab.chapters.l1_l2_elastic_net.exercises.start import LARGEST_LAM, largest_lam
from reglab.chapters.l1_l2_elastic_net.exercises.threshold import SOFT_THRESHOLD, soft_threshold

EXERCISES = [SOFT_THRESHOLD, RIDGE_GRADIENT, LARGEST_LAM, PRIOR_STRENGTH]

__all__ = ["EXERCISES", "largest_lam", "prior_strength", "ridge_gradient", "soft_threshold"]
