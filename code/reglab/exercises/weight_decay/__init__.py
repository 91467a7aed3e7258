"""Exercises of the chapter "weight-decay", each with the solution that it is compared with."""

from reglab.exercises.weight_decay.groups import GROUPS, decayed_names
from reglab.exercises.weight_decay.rates import RATES, matching_rates
from reglab.exercises.weight_decay.step import STEP, adamw_step
from reglab.exercises.weight_decay.strength import STRENGTH, sgd_weight_decay

EXERCISES = [STEP, GROUPS, STRENGTH, RATES]

__all__ = ["EXERCISES", "adamw_step", "decayed_names", "matching_rates", "sgd_weight_decay"]
