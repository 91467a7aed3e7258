"""Normalization layers, forward and backward written out; `recalibrate` for running statistics."""

from reglab.normalization.batch import (
    BatchNorm1d,
    BatchNorm2d,
    batch_norm,
    batch_norm_backward,
    batch_norm_forward,
)
from reglab.normalization.ghost import GhostBatchNorm, ghost_batch_norm
from reglab.normalization.group import (
    GroupNorm,
    group_norm,
    group_norm_backward,
    group_norm_forward,
)
from reglab.normalization.instance import InstanceNorm1d, InstanceNorm2d, instance_norm
from reglab.normalization.layer import (
    LayerNorm,
    layer_norm,
    layer_norm_backward,
    layer_norm_forward,
)
from reglab.normalization.recalibrate import recalibrate
from reglab.normalization.rms import RMSNorm, rms_norm, rms_norm_backward, rms_norm_forward
from reglab.normalization.weight import (
    WeightNorm,
    add_weight_norm,
    weight_norm,
    weight_norm_backward,
)

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "GhostBatchNorm",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "LayerNorm",
    "RMSNorm",
    "WeightNorm",
    "add_weight_norm",
    "batch_norm",
    "batch_norm_backward",
    "batch_norm_forward",
    "ghost_batch_norm",
    "group_norm",
    "group_norm_backward",
    "group_norm_forward",
    "instance_norm",
    "layer_norm",
    "layer_norm_backward",
    "layer_norm_forward",
    "recalibrate",
    "rms_norm",
    "rms_norm_backward",
    "rms_norm_forward",
    "weight_norm",
    "weight_norm_backward",
]
