"""Mean and t interval over seeds, of one arm or of the paired difference of two.

Source      Student (1908), "The probable error of a mean", Biometrika 6(1).
Departures  A NaN is an error that names its seed, never left out in silence: runs that diverge
            are rarely a random half of the runs. Arithmetic is float64 whatever comes in.
Symbols     n seeds, s standard deviation over seeds with n - 1, t quantile with n - 1 degrees.
Limits      The level is exact for normal values. Of skewed values fewer intervals cover the mean:
            with n = 10 seeds 90 % for exponential and 84 % for lognormal ones instead of 95 %, with
            n = 20 92 % and 87 %, and nearly all others miss it on the side of the long tail. When
            all values are equal the interval has no width: true of these seeds, not of all seeds;
            `bounded_interval` is for that case.
"""

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import stdtrit


class Interval(NamedTuple):
    """A mean with the interval around it: floats, or arrays without the seed axis."""

    mean: Any
    low: Any
    high: Any


def interval(values: Any, level: float = 0.95, *, dim: str = "seed", axis: int = 0) -> Interval:
    """Return mean and mean -+ t((1 + level) / 2, n - 1) * s / sqrt(n) over the seeds.

    Args:
        values: numbers, one per seed and, in arrays, per anything else; e.g. (S, P) -> (P,).
            An xarray.DataArray is reduced over `dim` and stays labeled.
        level: share of such intervals that cover the true mean, in (0, 1), for normal values; for
            skewed ones it is smaller: of 95 % there remain 84 to 90 % with ten long-tailed values.
        dim: the seeds' dimension of a DataArray; ignored for anything else.
        axis: the seeds' axis of an array, list or CPU tensor; ignored for a DataArray.
    Raises: ValueError for fewer than two seeds, for a value that is not finite (it names the
        seeds), for a masked array, a missing dimension, and a level outside (0, 1).
    """
    if not isinstance(level, Real) or not 0.0 < level < 1.0:
        raise ValueError(f"level is a share strictly between 0 and 1, such as 0.95; got {level!r}")
    if isinstance(values, xr.DataArray):
        like = _over(values, dim).isel({dim: 0}, drop=True)
        data = np.moveaxis(as_floats(values), values.get_axis_num(dim), 0)
        found = _student(data, level, dim, seed_labels(values, dim))
        return Interval(*(like.copy(data=part) for part in found))
    data = as_floats(values)
    if data.ndim == 0:
        raise ValueError("values must hold one number per seed; got a single number")
    if not -data.ndim <= axis < data.ndim:
        raise ValueError(f"axis {axis} is none of the {data.ndim} axes of values {data.shape}")
    found = _student(np.moveaxis(data, axis, 0), level, dim, None)
    return Interval(*(part if part.ndim else float(part) for part in found))


def bounded_interval(
    value: float, n: int, bounds: tuple[float, float], level: float = 0.95
) -> Interval:
    """Return the interval for the mean of values within `bounds`, all n of which were `value`.

    A share q of all seeds may give other values; with level + (1 - level) / 2 confidence q is
    less than 1 - ((1 - level) / 2)^(1 / n), as n seeds did not show it. These may lie at a bound.
    For values of 0 and 1 it is the exact interval of a proportion (Clopper, Pearson, 1934).

    >>> bounded_interval(1.0, 10, (0, 1)).low
    0.6915...
    """
    low, high = bounds
    hidden = 1 - ((1 - level) / 2) ** (1 / n)
    return Interval(value, value - hidden * (value - low), value + hidden * (high - value))


def is_constant(values: Any) -> bool:
    """Are all values equal, up to rounding?"""
    data = as_floats(values)
    return bool(np.ptp(data) <= 1e-9 * np.abs(data).max())


def mean_interval(values: Any, bounds: tuple[float, float] | None = None) -> Interval:
    """Return the 95 % interval of a mean: `interval`, or `bounded_interval` for equal values.

    Raises: ValueError for equal values without bounds, or with bounds that are not around them.
    """
    found = interval(values)
    if not is_constant(values):
        return found
    if bounds is None:
        raise ValueError(
            f"all {len(values)} values are {float(found.mean):g}, so the interval has no width and "
            "clears any edge. Say what a value can be, as in bounds=(0, 1), or test it as a fact"
        )
    if not bounds[0] <= found.mean <= bounds[1]:
        raise ValueError(
            f"bounds must be (lo, hi) around the values; got {bounds} and {float(found.mean):g}"
        )
    return bounded_interval(float(found.mean), len(values), bounds)


def paired_interval(
    treated: Any, baseline: Any, level: float = 0.95, *, dim: str = "seed", axis: int = 0
) -> Interval:
    """Return the interval of the mean of treated - baseline, subtracted seed by seed.

    Pairing removes whatever both arms of a seed share (data, initial weights), which is most of
    the spread. Arguments and errors are those of `interval`, and those of `differences`.
    """
    return interval(differences(treated, baseline, dim=dim), level, dim=dim, axis=axis)


def differences(treated: Any, baseline: Any, *, dim: str = "seed") -> Any:
    """Return treated - baseline, once it is sure that equal places hold equal seeds.

    Raises: ValueError if shapes differ, or if labeled arrays hold other seeds or another order
        (xarray alone would quietly keep the seeds that both have).
    """
    if isinstance(treated, xr.DataArray) and isinstance(baseline, xr.DataArray):
        ours, theirs = (seed_labels(_over(arm, dim), dim) for arm in (treated, baseline))
        if ours and theirs and ours != theirs:
            raise ValueError(
                f"treated and baseline must hold the same seeds in the same order; got {ours} "
                f"and {theirs}. Run both arms on one list of seeds"
            )
        with xr.set_options(arithmetic_join="exact"):
            return treated.astype(np.float64) - baseline.astype(np.float64)
    a, b = as_floats(treated), as_floats(baseline)
    if a.shape != b.shape:
        raise ValueError(f"treated and baseline must have one shape; got {a.shape} and {b.shape}")
    return treated.copy(data=a - b) if isinstance(treated, xr.DataArray) else a - b


def as_floats(values: Any) -> NDArray[np.float64]:
    """Return the numbers in `values` as float64; ValueError for anything but real numbers."""
    if isinstance(values, xr.Dataset):
        raise ValueError(f"choose one variable of the Dataset: {', '.join(map(str, values))}")
    if np.ma.isMaskedArray(values):
        raise ValueError(
            "values are a masked array, and to leave seeds out biases a mean: choose the values "
            "yourself, as in values.compressed(), and say so"
        )
    data = np.asarray(values)
    if data.dtype.kind not in "biuf":
        raise ValueError(f"values must be real numbers; got an array of dtype {data.dtype}")
    return data.astype(np.float64)


def seed_labels(values: xr.DataArray, dim: str = "seed") -> list[int] | None:
    """Return the labels along `dim`, or None if it has none."""
    return values.coords[dim].values.tolist() if dim in values.coords else None


def _over(values: xr.DataArray, dim: str) -> xr.DataArray:
    if dim not in values.dims:
        there = ", ".join(map(str, values.dims)) or "none"
        raise ValueError(f"no dimension {dim!r}: the dimensions are {there}; name it with dim=")
    return values


def _student(
    data: NDArray[np.float64], level: float, dim: str, labels: list[int] | None
) -> tuple[NDArray[np.float64], ...]:
    """Mean, low and high of data (n, ...) over its first axis."""
    n = len(data)
    if n < 2:
        raise ValueError(f"an interval needs at least 2 values along {dim!r}; got {n}")
    bad = ~np.isfinite(data).reshape(n, -1).all(axis=1)
    if bad.any():
        which = [labels[i] if labels else int(i) for i in np.flatnonzero(bad)]
        raise ValueError(
            f"values must be finite; NaN or infinite at {dim} {', '.join(map(str, which))}. A run "
            "that diverged needs a smaller learning rate; leaving it out would bias the mean"
        )
    # Measured from the first seed: equal values give exactly no width, and a large offset
    # costs no digits.
    apart = data - data[0]
    mean = data[0] + apart.mean(axis=0)
    half = stdtrit(n - 1, (1 + level) / 2) * apart.std(axis=0, ddof=1) / np.sqrt(n)
    return np.asarray(mean), np.asarray(mean - half), np.asarray(mean + half)
