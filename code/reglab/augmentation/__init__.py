"""Augmentation: change the inputs of a minibatch, and the targets where they change too.

Each class is a technique of training with `change_batch(x, targets, generator) -> (x, targets)`:
hand it to `fit` or `fleet`, or call it in your own loop. Batch axis first; signals (B, T) or
(B, C, T), images (B, H, W) or (B, C, H, W); `WithShape` serves images that are given as vectors.
"""

from reglab.augmentation.compose import Compose, WithShape
from reglab.augmentation.erasing import Cutout, Cutout1d, RandomErasing
from reglab.augmentation.features import Extrapolate, Interpolate, extrapolate, interpolate
from reglab.augmentation.geometry import (
    Rotate,
    Translate,
    rotation,
    shear,
    translation,
    warp_images,
)
from reglab.augmentation.images import (
    Brightness,
    Contrast,
    Crop,
    Flip,
    QuarterTurns,
    quarter_turns,
)
from reglab.augmentation.manifold import ManifoldMixup, MixedLayers
from reglab.augmentation.mixing import CutMix, Mixup, draw_partners, draw_shares, mix, paste
from reglab.augmentation.policies import (
    IMAGE_OPERATIONS,
    SIGNAL_OPERATIONS,
    RandAugment,
    TrivialAugment,
)
from reglab.augmentation.signals import AddNoise, Negate, Reverse, Scale, Shift, shift
from reglab.augmentation.test_time import average_predictions, test_time_augmentation
from reglab.augmentation.warping import TimeWarp, resample

__all__ = [
    "IMAGE_OPERATIONS",
    "SIGNAL_OPERATIONS",
    "AddNoise",
    "Brightness",
    "Compose",
    "Contrast",
    "Crop",
    "CutMix",
    "Cutout",
    "Cutout1d",
    "Extrapolate",
    "Flip",
    "Interpolate",
    "ManifoldMixup",
    "MixedLayers",
    "Mixup",
    "Negate",
    "QuarterTurns",
    "RandAugment",
    "RandomErasing",
    "Reverse",
    "Rotate",
    "Scale",
    "Shift",
    "TimeWarp",
    "Translate",
    "TrivialAugment",
    "WithShape",
    "average_predictions",
    "draw_partners",
    "draw_shares",
    "extrapolate",
    "interpolate",
    "mix",
    "paste",
    "quarter_turns",
    "resample",
    "rotation",
    "shear",
    "shift",
    "test_time_augmentation",
    "translation",
    "warp_images",
]
