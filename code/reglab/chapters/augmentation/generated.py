"""Classifiers of digits trained on real, on generated, and on both kinds of images.

Source      Ravuri, Vinyals (2019), "Classification Accuracy Score for Conditional Generative
            Models", NeurIPS: a generator is judged by a classifier that learns from its images and
            is tested on real ones.
Setting     200 real images to train on; generators see only these. 1000 generated images, 100 of
            each class. Classifiers: two hidden layers of 64 units, as in `networks`.
"""

import io
from collections.abc import Mapping, Sequence
from importlib import resources

import numpy as np
import pandas as pd
import torch
import xarray as xr

from reglab.augmentation import AddNoise
from reglab.chapters.augmentation import gan
from reglab.chapters.augmentation.networks import WIDTH, arm
from reglab.core import stream
from reglab.data import Examples, Splits, digits
from reglab.train import fleet, mlp

N, COUNT = 200, 1000
EPOCHS = {"real": 300, "generated": 60, "both": 50}  # 600 steps each
SOURCES = ("GAN", "normal law")
# Learning rates, chosen on pilot seeds by validation error.
RATES = {"real": 0.1, "noise": 0.1, "GAN generated": 0.1, "GAN both": 0.1}
STORED = "generated.csv"


def images(seed: int) -> Splits:
    """Draw 200 digits to train on, 297 to validate, 1300 to test."""
    return digits(seed, n_train=N, n_val=297, n_test=1300)


def normal_images(train: Examples, seed: int, count: int = COUNT) -> Examples:
    """Return images drawn from normal laws: each class's own mean, one covariance for all."""
    labels = torch.arange(count).remainder(gan.CLASSES)
    means = torch.stack([train.x[train.y == k].mean(0) for k in range(gan.CLASSES)])
    centered = train.x - means[train.y]
    values, vectors = torch.linalg.eigh(centered.T @ centered / (len(train) - gan.CLASSES))
    z = torch.randn(count, len(values), generator=stream(seed, "normal images"))
    noise = (z * values.clamp_min(0).sqrt()) @ vectors.T
    return Examples((means[labels] + noise).clamp(0, 1), labels)


def generate(seeds: Sequence[int], steps: int = gan.STEPS) -> dict[str, list[Examples]]:
    """Return for each source and seed 1000 generated images."""
    splits = [images(seed) for seed in seeds]
    return {
        "GAN": gan.generated(splits, seeds, COUNT, steps),
        "normal law": [normal_images(s.train, n) for s, n in zip(splits, seeds, strict=True)],
    }
