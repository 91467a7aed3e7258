"""The arms of a comparison, checked: one value per seed, paired, enough of them.

Why         The mistakes caught here give a narrow interval around a wrong number: a seed used
            twice, widths taken for seeds, one array passed as both arms, arms of different seeds,
            a few seeds' values repeated as if they were many.
"""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from reglab.core import check_count, check_list
from reglab.evidence.statistics import as_floats, seed_labels

LEAST_SEEDS = 10


def pair_up(treated: Any, baseline: Any, seeds: Any) -> list[xr.DataArray]:
    """Return one or two arrays along "seed", labeled where labels are known, of equal length.

    Raises: ValueError for fewer than 10 seeds, repeated seeds, labels that contradict `seeds`, one
        array given twice, arms of different length, one arm with labels and one without, values
        that repeat themselves, and anything not one value per seed.
    """
    labels = (
        None
        if seeds is None
        else [check_count("a seed", seed, minimum=0) for seed in check_list("seeds", seeds)]
    )
    arms = [_arm("treated", treated, labels)]
    if baseline is not None:
        arms.append(_arm("baseline", baseline, labels))
        if np.shares_memory(np.asarray(treated), np.asarray(baseline)):
            raise ValueError("treated and baseline are the same array: the difference says nothing")
        if len(arms[0]) != len(arms[1]):
            raise ValueError(
                f"treated and baseline must be paired seed by seed; got {len(arms[0])} and "
                f"{len(arms[1])} values"
            )
        if len({seed_labels(arm) is None for arm in arms}) > 1:
            raise ValueError(
                "treated and baseline must both be labeled with their seeds, or neither; one is. "
                "Keep the labels of both, or pass seeds= for both"
            )
    if len(arms[0]) < LEAST_SEEDS:
        raise ValueError(f"a claim needs at least {LEAST_SEEDS} seeds; got {len(arms[0])}")
    if period := _period(np.stack(arms)):
        raise ValueError(
            f"the values of {period} seeds stand {len(arms[0]) // period} times, one after "
            f"another: that is {period} seeds, not {len(arms[0])}"
        )
    return arms


def _period(values: NDArray) -> int | None:
    """How many columns of values (A, S) are repeated to make up all; None if they are not.

    Columns that are all equal are not repeated seeds: what they mean is up to `claim`.
    """
    n = values.shape[1]
    shorter = [p for p in range(2, n // 2 + 1) if n % p == 0]
    tiled = (p for p in shorter if np.array_equal(values, np.tile(values[:, :p], n // p)))
    return None if (values == values[:, :1]).all() else next(tiled, None)


def _arm(name: str, values: Any, labels: list[int] | None) -> xr.DataArray:
    data = as_floats(values)
    dims = values.dims if isinstance(values, xr.DataArray) else ("seed",) * data.ndim
    if dims != ("seed",):
        got = f"dimensions {dims}" if isinstance(values, xr.DataArray) else f"shape {data.shape}"
        raise ValueError(f"{name} must hold one value per seed; got {got}. Select the rest first")
    own = seed_labels(values) if isinstance(values, xr.DataArray) else None
    if own and labels and own != labels:
        raise ValueError(f"seeds says {labels}, but {name} is labeled {own}")
    known = own or labels
    if known and (len(known) != len(data) or len(set(known)) != len(known)):
        raise ValueError(f"{name} needs one value for each of different seeds; got seeds {known}")
    return xr.DataArray(data, dims="seed", coords={"seed": known} if known else None)


def known_seeds(arms: list[xr.DataArray]) -> tuple[int, ...] | None:
    """Return the seeds' numbers if one of the arms is labeled with them."""
    labels = next((found for found in map(seed_labels, arms) if found), None)
    return None if labels is None else tuple(labels)
