"""Exercises of the chapter "augmentation", each with the solution that it is compared with."""

from reglab.chapters.augmentation.exercises.copies import COPIES, independent_examples
from reglab.chapters.augmentation.exercises.mixture import MIXTURE, mixed_batch
from reglab.chapters.augmentation.exercises.origins import ORIGINS, validation_rows
from reglab.chapters.augmentation.exercises.pasted import PASTED, pasted_share

EXERCISES = [MIXTURE, PASTED, COPIES, ORIGINS]

__all__ = ["EXERCISES", "independent_examples", "mixed_batch", "pasted_share", "validation_rows"]
