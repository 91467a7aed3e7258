"""Exercises of the chapter "early-stopping", each with the solution that it is compared with."""

from reglab.chapters.early_stopping.exercises.filters import PENALTY, penalty_like_steps
from reglab.chapters.early_stopping.exercises.loss import LOSS, loss_since_best
from reglab.chapters.early_stopping.exercises.patience import PATIENCE, patience_stop
from reglab.chapters.early_stopping.exercises.restored import RESTORED, restored_test_errors

EXERCISES = [PATIENCE, RESTORED, LOSS, PENALTY]

__all__ = [
    "EXERCISES",
    "loss_since_best",
    "patience_stop",
    "penalty_like_steps",
    "restored_test_errors",
]
