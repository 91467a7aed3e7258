"""Exercises of the chapter "dropout", each with the solution that it is compared with."""

from reglab.chapters.dropout.exercises.average import AVERAGE, subnetwork_average
from reglab.chapters.dropout.exercises.disagreement import DISAGREEMENT, mask_disagreement
from reglab.chapters.dropout.exercises.inverted import INVERTED, inverted_dropout
from reglab.chapters.dropout.exercises.penalty import PENALTY, dropout_penalty

EXERCISES = [INVERTED, PENALTY, AVERAGE, DISAGREEMENT]

__all__ = [
    "EXERCISES",
    "dropout_penalty",
    "inverted_dropout",
    "mask_disagreement",
    "subnetwork_average",
]
