"""A policy of augmentation chosen by validation error: random search, the simplest learner.

Source      Cubuk, Zoph, Mané, Vasudevan, Le (2019), "AutoAugment", CVPR, section 3, whose reward is
            the validation accuracy of a network trained with the policy; Bergstra, Bengio (2012),
            "Random Search for Hyper-Parameter Optimization", JMLR 13, for the search.
Setting     24 policies of five strengths each, 1000 signals, the recipe of `networks`.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd
import xarray as xr

from reglab.augmentation import AddNoise, Cutout1d, Mixup, Scale, Shift
from reglab.chapters.augmentation.networks import trained
from reglab.core import numpy_stream
from reglab.data import stored_table

COUNT, STORED = 24, "policies.csv"
HAND_WRITTEN = "shift ±3"


class Policy(NamedTuple):
    """Strengths of five techniques; 0 leaves one out."""

    shift: int
    scale: float
    noise: float
    cutout: int
    mixup: float

    def techniques(self) -> list[Any]:
        """What the strengths above 0 stand for, mixup last."""
        makers: list[Callable[[Any], Any]] = [Shift, Scale, AddNoise, Cutout1d, Mixup]
        return [make(value) for make, value in zip(makers, self, strict=True) if value]


CHOICES: dict[str, tuple[Any, ...]] = dict(
    shift=(0, 1, 2, 3, 4, 6, 8),
    scale=(0.0, 0.2, 0.4),
    noise=(0.0, 0.1, 0.2, 0.3),
    cutout=(0, 2, 4),
    mixup=(0.0, 0.1, 0.3),
)


def random_policies(count: int = COUNT, seed: int = 0) -> list[Policy]:
    """Return different policies with each strength drawn from its CHOICES, equally likely."""
    rng = numpy_stream(seed, "policies")
    found: dict[Policy, None] = {}  # a dict keeps the order of what was drawn, once each
    while len(found) < count:
        found[Policy(*(values[rng.integers(len(values))] for values in CHOICES.values()))] = None
    return list(found)


def search(seeds: Sequence[int], policies: Sequence[Policy], **settings: Any) -> xr.Dataset:
    """Train with each policy: a dataset over (policy, seed) with val_error, its reward."""
    arms = {str(i): policy.techniques() for i, policy in enumerate(policies)}
    runs = trained(arms, seeds, **settings).rename(arm="policy")
    return runs.assign_coords(policy=range(len(policies)))


def best(found: xr.Dataset) -> int:
    """Return the number of the policy with the lowest validation error, mean over seeds."""
    return int(found.val_error.mean("seed").argmin("policy"))


def compare(seeds: Sequence[int], policy: Policy, **settings: Any) -> xr.Dataset:
    """Train the policy that was found and the hand-written one on other seeds: (arm, seed)."""
    arms = {"searched": policy.techniques(), HAND_WRITTEN: [Shift(3)]}
    return trained(arms, seeds, **settings)


def stored() -> pd.DataFrame:
    """Return the stored search: a row per policy with its strengths, val_error and test_error."""
    return stored_table(__package__, STORED)


def winner(found: pd.DataFrame) -> Policy:
    """Return the policy of the row with the lowest validation error."""
    row = found.loc[found.val_error.idxmin()]
    values = [type(CHOICES[name][0])(row[name]) for name in Policy._fields]
    return Policy(*values)
