"""Effects and interactions of a 2^k design: k choices, each off or on, in all combinations.

Source      Yates (1937), "The Design and Analysis of Factorial Experiments", Imperial Bureau of
            Soil Science, Technical Communication 35; Box, Hunter, Hunter (2005), "Statistics for
            Experimenters", second edition, on factorial designs at two levels.
Departures  An interaction of m choices is the m-fold difference itself: by how much the effect of
            one choice changes when another is switched on. Yates divides it by 2^(m - 1).
Symbols     k choices, each a dim of two positions, off first; n seeds; y the measured value.
"""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd
import xarray as xr

from reglab.evidence.statistics import interval


def contrast(values: xr.DataArray, factors: Sequence[str], dim: str = "seed") -> xr.DataArray:
    """Return the effect of the factors per seed: their difference, mean over all other factors.

    One factor: y(on) - y(off). Two: what both add to the sum of their effects, that is
    y(11) - y(10) - y(01) + y(00), and so on for more.

    Args:
        values: over the factors, each of size 2 with "off" first, and `dim`.
        factors: names of one or more of the dims.
    Raises: ValueError for no factor, an unknown or a repeated one, and for a dim of another size.

    >>> y = xr.DataArray([[[9.0], [6.0]], [[5.0], [4.0]]], dims=["a", "b", "seed"])
    >>> contrast(y, ["a"]).item(), contrast(y, ["a", "b"]).item()
    (-3.0, 2.0)
    """
    names = _check(values, dim)
    if not factors or isinstance(factors, str) or len(set(factors)) < len(factors):
        raise ValueError(f"factors must be a list of different names; got {factors!r}")
    for name in factors:
        if name not in names:
            raise ValueError(f"factor must be one of {', '.join(names)}; got {name!r}")
        values = values.isel({name: 1}, drop=True) - values.isel({name: 0}, drop=True)
    return values.mean([name for name in names if name not in factors])


def factorial(
    values: xr.DataArray, order: int = 2, level: float = 0.95, dim: str = "seed"
) -> pd.DataFrame:
    """Return all effects up to an order, with t intervals over the seeds.

    Every effect uses all 2^k n runs, half of them on each side: that is what a full design buys.

    Args:
        values: over the factors, each of size 2 with "off" first, and `dim`.
        order: the most factors in one row, 1 for main effects only.
        level: of the intervals, each by itself.
    Returns: a row for each effect, named "a" or "a × b", with columns order, mean, low and high.
    Raises: ValueError as `contrast`, and for an order outside [1, k].

    >>> y = xr.DataArray([[9.0, 8.0], [6.0, 5.5]], dims=["shift", "seed"])
    >>> factorial(y, order=1)["mean"].to_dict()
    {'shift': -2.75}
    """
    names = _check(values, dim)
    if order not in range(1, len(names) + 1):
        raise ValueError(f"order must be 1 to {len(names)}, the number of factors; got {order!r}")
    rows = {
        " × ".join(chosen): (size, *interval(contrast(values, chosen, dim), level, dim=dim))
        for size in range(1, order + 1)
        for chosen in combinations(names, size)
    }
    table = pd.DataFrame.from_dict(rows, "index", columns=["order", "mean", "low", "high"])
    return table.astype({"mean": float, "low": float, "high": float})


def additive_prediction(values: xr.DataArray, dim: str = "seed") -> xr.DataArray:
    """Return what each combination would have if single effects added: y(0) + sum of y(one) - y(0).

    The sum runs over the factors that are on. It is exact where none or one is on.

    >>> y = xr.DataArray([[[9.0], [6.0]], [[5.0], [4.0]]], dims=["a", "b", "seed"])
    >>> additive_prediction(y)[1, 1].item()
    2.0
    """
    names = _check(values, dim)
    none = values.isel(dict.fromkeys(names, 0), drop=True)
    total = none
    for name in names:
        others = {other: 0 for other in names if other != name}
        total = total + (values.isel(others, drop=True) - none)
    return total.transpose(*values.dims)


def _check(values: xr.DataArray, dim: str) -> list[str]:
    """The names of the factors."""
    names = [str(name) for name in values.dims if name != dim]
    if dim not in values.dims or not names:
        raise ValueError(f"values must be over factors and {dim!r}; the dims are {values.dims}")
    for name in names:
        if values.sizes[name] != 2:
            size = values.sizes[name]
            raise ValueError(f"a factor is off or on; {name!r} has {size} values: select two")
    return names
