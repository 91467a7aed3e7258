"""Exercises of the chapter "Sparsity in networks", each with the solution it is compared with."""

from reglab.chapters.sparsity_in_networks.exercises.counts import COUNTS, multiply_adds_left
from reglab.chapters.sparsity_in_networks.exercises.groups import GROUPS, shrink_rows
from reglab.chapters.sparsity_in_networks.exercises.proximal import PROXIMAL, proximal_step
from reglab.chapters.sparsity_in_networks.exercises.removal import REMOVAL, without_dead_units

EXERCISES = [PROXIMAL, GROUPS, COUNTS, REMOVAL]

__all__ = [
    "EXERCISES",
    "multiply_adds_left",
    "proximal_step",
    "shrink_rows",
    "without_dead_units",
]
