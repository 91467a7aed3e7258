"""Exercises of the chapter "scale-invariance", each with the solution that it is compared with."""

from reglab.chapters.scale_invariance.exercises.balance import BALANCE, length_and_angle
from reglab.chapters.scale_invariance.exercises.layers import LAYERS, invariant_layers
from reglab.chapters.scale_invariance.exercises.rates import RATES, matching_rates
from reglab.chapters.scale_invariance.exercises.slope import SLOPE, invariant_gradient

EXERCISES = [SLOPE, BALANCE, RATES, LAYERS]

__all__ = [
    "EXERCISES",
    "invariant_gradient",
    "invariant_layers",
    "length_and_angle",
    "matching_rates",
]
