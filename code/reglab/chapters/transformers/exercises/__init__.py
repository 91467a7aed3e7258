"""Exercises of the chapter "transformers", each with the solution that it is compared with."""

from reglab.chapters.transformers.exercises.groups import GROUPS, decay_groups
from reglab.chapters.transformers.exercises.mask import MASK, causal_weights
from reglab.chapters.transformers.exercises.partition import PARTITION, z_loss_gradient
from reglab.chapters.transformers.exercises.tokens import TOKENS, token_loss

EXERCISES = [MASK, TOKENS, PARTITION, GROUPS]

__all__ = ["EXERCISES", "causal_weights", "decay_groups", "token_loss", "z_loss_gradient"]
