"""Random recipes: settings drawn at random, for `fleet(arms=...)`.

Source      Bergstra, Bengio (2012), "Random Search for Hyper-Parameter Optimization", JMLR 13.
Departures  Numbers are rounded to three digits, so that what is printed is what is trained.
Symbols     seed names the list of recipes, not the networks that are trained with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reglab.core import check_count, check_positive, check_probability, numpy_stream


@dataclass(frozen=True)
class LogUniform:
    """A number whose logarithm is uniform between those of low and high; with chance `off`, 0.

    Args:
        low, high: the ends, 0 < low < high. Use it where factors count: rates and strengths.
        off: probability of 0, which leaves a technique out.
    Raises: ValueError for ends out of order or not positive, and for a chance outside [0, 1].
    """

    low: float
    high: float
    off: float = 0.0

    def __post_init__(self):
        check_positive("low", self.low)
        if check_positive("high", self.high) <= self.low:
            raise ValueError(f"low must be below high; got {self.low!r} and {self.high!r}")
        check_probability("off", self.off)

    def draw(self, rng: np.random.Generator) -> float:
        """Draw one number; two uniform draws are used, whatever comes out."""
        skip, share = rng.random(2)
        value = self.low * (self.high / self.low) ** share
        return 0.0 if skip < self.off else float(f"{value:.3g}")


@dataclass(frozen=True)
class OneOf:
    """One of some values, all equally likely.

    Args:
        values: a tuple of what may be drawn; repeat a value to make it likelier.
    Raises: ValueError if there is none.
    """

    values: tuple

    def __post_init__(self):
        if not isinstance(self.values, tuple) or not self.values:
            raise ValueError(f"values must be a tuple of one or more values; got {self.values!r}")

    def draw(self, rng: np.random.Generator) -> Any:
        """Draw one of the values."""
        return self.values[rng.integers(len(self.values))]


def draw_recipes(
    ranges: Mapping[str, LogUniform | OneOf], count: int, seed: int = 0
) -> list[dict[str, Any]]:
    """Draw recipes: dicts of one value for each range, independent of each other.

    Every name draws from a stream of its own: a longer list begins with the shorter one, and
    another name more changes nothing about the others.

    Args:
        ranges: by name of the setting, what to draw it from.
        count: recipes to draw.
        seed: of the list.
    Raises: ValueError for no ranges, and for one that is neither LogUniform nor OneOf.

    >>> [recipe] = draw_recipes({"lr": LogUniform(0.01, 1), "shift": OneOf((0, 3))}, 1)
    >>> 0.01 <= recipe["lr"] <= 1 and recipe["shift"] in (0, 3)
    True
    """
    check_count("count", count)
    if not ranges:
        raise ValueError("ranges is empty; give it a setting such as lr=LogUniform(0.01, 1)")
    for name, values in ranges.items():
        if not isinstance(values, LogUniform | OneOf):
            raise ValueError(f"{name} needs LogUniform(low, high) or OneOf(values); got {values!r}")
    columns: dict[str, Sequence[Any]] = {}
    for name, values in ranges.items():
        rng = numpy_stream(seed, f"recipe {name}")
        columns[name] = [values.draw(rng) for _ in range(count)]
    return [{name: columns[name][i] for name in ranges} for i in range(count)]
