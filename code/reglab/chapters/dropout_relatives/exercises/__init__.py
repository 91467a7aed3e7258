"""Exercises of the chapter "dropout-relatives", each with its solution."""

from reglab.chapters.dropout_relatives.exercises.blocks import BLOCKS, dropblock_mask
from reglab.chapters.dropout_relatives.exercises.depth import DEPTH, stochastic_depth
from reglab.chapters.dropout_relatives.exercises.noise import NOISE, shared_variance
from reglab.chapters.dropout_relatives.exercises.states import STATES, zoneout_step

EXERCISES = [NOISE, BLOCKS, DEPTH, STATES]

__all__ = ["EXERCISES", "dropblock_mask", "shared_variance", "stochastic_depth", "zoneout_step"]
