"""How long a result took to measure: noted beside the result, and read by the claim made of it.

How         `attrs["run_seconds"]` of a dataset and of each of its variables. xarray hands the attrs
            of a variable on to all that is computed from it; where two runs that took different
            times are combined, it drops them. `reglab.train.fleet` notes its own time in the same
            way. A time differs from run to run, so it is never printed but behind "≈".
"""

import functools
import time
from collections.abc import Callable
from typing import Any

import xarray as xr

from reglab.core import check_nonnegative

NAME = "run_seconds"
SCALES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def timed(measure: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a function that returns a DataArray or Dataset: note the seconds it took."""

    @functools.wraps(measure)
    def measured(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        found = measure(*args, **kwargs)
        return noted(found, time.perf_counter() - start)

    return measured


def noted(found: xr.DataArray | xr.Dataset, seconds: float) -> xr.DataArray | xr.Dataset:
    """Return `found` itself, with the seconds noted on it and on each of its variables."""
    parts = found.data_vars.values() if isinstance(found, xr.Dataset) else []
    for part in [found, *parts]:
        part.attrs[NAME] = round(seconds, 3)
    return found


def known_seconds(*arms: Any) -> float | None:
    """Return the seconds noted on the arms, each run counted once; None if there are none.

    Raises: ValueError if what is noted is not a finite number >= 0.
    """
    attrs = [getattr(arm, "attrs", {}) for arm in arms]
    seconds = {check_nonnegative(NAME, noted[NAME]) for noted in attrs if NAME in noted}
    return sum(seconds) if seconds else None


def duration(seconds: float) -> str:
    """Write a time with three digits and its unit: 12.3 µs."""
    scale, unit = next((s for s in SCALES if seconds >= s[0]), SCALES[-1])
    return f"{seconds / scale:.3g} {unit}"
