"""Parameter sharing: one weight in many places, weights near few values, changes of few numbers."""

from reglab.sharing.convolution import (
    WeightCounts,
    convolution_matrix,
    count_weights,
    shared_positions,
    sum_over_places,
)
from reglab.sharing.lora import LoRALinear, low_rank_update
from reglab.sharing.pruning import (
    MaskedLinear,
    magnitude_masks,
    masked_network,
    pruning_shares,
    random_masks,
    remove_dead_units,
)
from reglab.sharing.soft import (
    Mixture,
    SoftSharing,
    em_step,
    fit_mixture,
    mixture_penalty,
    responsibilities,
    start_mixture,
)
from reglab.sharing.tying import Repeated, TiedLinear

__all__ = [
    "LoRALinear",
    "MaskedLinear",
    "Mixture",
    "Repeated",
    "SoftSharing",
    "TiedLinear",
    "WeightCounts",
    "convolution_matrix",
    "count_weights",
    "em_step",
    "fit_mixture",
    "low_rank_update",
    "magnitude_masks",
    "masked_network",
    "mixture_penalty",
    "pruning_shares",
    "random_masks",
    "remove_dead_units",
    "responsibilities",
    "shared_positions",
    "start_mixture",
    "sum_over_places",
]
