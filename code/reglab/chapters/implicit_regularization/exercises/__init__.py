"""Exercises of the chapter "implicit-regularization", each with its reference solution."""

from reglab.chapters.implicit_regularization.exercises.modified import MODIFIED, modified_loss
from reglab.chapters.implicit_regularization.exercises.power import POWER, power_iteration
from reglab.chapters.implicit_regularization.exercises.rescale import RESCALE, rescaled
from reglab.chapters.implicit_regularization.exercises.sam import SAM_STEP, sam_step

EXERCISES = [MODIFIED, RESCALE, SAM_STEP, POWER]

__all__ = ["EXERCISES", "modified_loss", "power_iteration", "rescaled", "sam_step"]
