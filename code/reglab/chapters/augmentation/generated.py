"""Classifiers of digits trained on real, on generated, and on both kinds of images.

Source      Ravuri, Vinyals (2019), "Classification Accuracy Score for Conditional Generative
            Models", NeurIPS: a generator is judged by a classifier that learns from its images and
            is tested on real ones.
Setting     200 real images to train on; generators see only these. 1000 generated images, 100 of
            each class. Classifiers: two hidden layers of 64 units, as in `networks`.
"""

from collections.abc import Sequence

import torch
import xarray as xr

from reglab.augmentation import AddNoise
from reglab.chapters.augmentation import gan
from reglab.chapters.augmentation.networks import WIDTH
from reglab.core import stream
from reglab.data import Examples, Splits, digits, stored_table
from reglab.train import fleet, mlp

N, COUNT = 200, 1000
EPOCHS = {"real": 300, "generated": 60, "both": 50}  # 600 steps each
LR = 0.1  # best or within noise of the best on validation for every arm, see SEEDS.md
ARMS = ("real", "real, noise", "GAN", "real + GAN", "normal law", "real + normal law")
STORED, PICTURES = "generated.csv", "generated-images.csv"


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


def generate(splits: Sequence[Splits], seeds: Sequence[int], steps: int = gan.STEPS) -> dict:
    """Return for each source, "GAN" and "normal law", 1000 images for each of the splits."""
    return {
        "GAN": gan.generated(splits, seeds, COUNT, steps),
        "normal law": [normal_images(s.train, n) for s, n in zip(splits, seeds, strict=True)],
    }


def repeat(seeds: Sequence[int], steps: int = gan.STEPS, epochs: dict | None = None) -> xr.Dataset:
    """Train generators and classifiers: test_error over (arm, seed). Minutes; see `stored`."""
    seeds, epochs = list(seeds), epochs or EPOCHS
    splits = [images(seed) for seed in seeds]
    made = generate(splits, seeds, steps)

    def data(seed: int, arm: str) -> Splits:
        i = seeds.index(seed)
        parts = [splits[i].train] if arm.startswith("real") else []
        parts += [made[source][i] for source in made if source in arm]
        x, y = (torch.cat([getattr(part, name) for part in parts]) for name in ("x", "y"))
        return Splits(Examples(x, y), splits[i].val, splits[i].test, classes=gan.CLASSES)

    errors = []
    for arm in ARMS:
        kind = "generated" if "real" not in arm else "both" if "+" in arm else "real"
        techniques = [AddNoise(0.2)] if "noise" in arm else []
        runs = fleet(
            mlp(WIDTH), data, arm=arm, lr=LR, seeds=seeds, epochs=epochs[kind],
            report=[epochs[kind]], schedule="cosine", techniques=techniques,
        )  # fmt: skip
        errors.append(runs.test_error.isel(epoch=-1, drop=True))
    return xr.concat(errors, "arm").assign_coords(arm=list(ARMS)).to_dataset(name="test_error")


def stored() -> xr.Dataset:
    """Return the stored test errors over (arm, seed)."""
    rows = stored_table(__package__, STORED).set_index(["arm", "seed"]).to_xarray()
    return rows.sel(arm=list(ARMS))


def stored_images() -> xr.DataArray:
    """Return stored images of one seed over (source, digit, copy, pixel): real, GAN, normal law."""
    rows = stored_table(__package__, PICTURES).set_index(["source", "digit", "copy"])
    return rows.rename_axis(columns="pixel").stack().to_xarray()
