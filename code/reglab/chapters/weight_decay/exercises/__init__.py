"""Exercises of the chapter "weight-decay", each with the solution that it is compared with."""

from reglab.chapters.weight_decay.exercises.groups import GROUPS, decayed_names
from reglab.chapters.weight_decay.exercises.shares import SHARES, idle_shares
from reglab.chapters.weight_decay.exercises.step import STEP, adamw_step
from reglab.chapters.weight_decay.exercises.strength import STRENGTH, sgd_weight_decay

EXERCISES = [STEP, GROUPS, STRENGTH, SHARES]

__all__ = ["EXERCISES", "adamw_step", "decayed_names", "idle_shares", "sgd_weight_decay"]
