"""Dropout and its relatives: noise that multiplies activations, weights, channels or layers."""

from reglab.dropout.bernoulli import (
    DropLayer,
    Dropout,
    SpatialDropout1d,
    SpatialDropout2d,
    VanillaDropout,
    drop_mask,
    dropout,
    enumerate_masks,
)

__all__ = [
    "DropLayer",
    "Dropout",
    "SpatialDropout1d",
    "SpatialDropout2d",
    "VanillaDropout",
    "drop_mask",
    "dropout",
    "enumerate_masks",
]
