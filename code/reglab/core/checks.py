"""Checks of values and shapes, each with an error that names the value, what is allowed, the fix.

Each check returns the value it accepted, so it can stand on the right of an assignment.
A bool is never accepted as a number: `p=True` is always a mistake.
"""

import sys
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def check_probability(name: str, value: float) -> float:
    """Return `value` if it is a number in [0, 1]; ValueError otherwise (NaN included)."""
    if not _is_real(value) or not 0.0 <= value <= 1.0:
        hint = f"; did you mean {value / 100}?" if _is_real(value) and 1 < value <= 100 else ""
        raise ValueError(f"{name} is a probability, in [0, 1]; got {value!r}{hint}")
    return float(value)


def check_positive(name: str, value: float, *, zero: bool = False) -> float:
    """Return `value` if it is finite and > 0 (>= 0 when `zero`); ValueError otherwise."""
    allowed = "a finite number >= 0" if zero else "a finite number > 0"
    # The largest float, not isfinite: that one overflows on integers such as 10 ** 400.
    fits = _is_real(value) and 0 <= value <= sys.float_info.max
    if not fits or (value == 0 and not zero):
        raise ValueError(f"{name} must be {allowed}; got {value!r}")
    return float(value)


def check_count(name: str, value: int, *, least: int = 1) -> int:
    """Return `value` if it is a whole number >= `least`; ValueError otherwise."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be a whole number >= {least}; got {value!r}")
    return int(value)


def check_choice(name: str, value: str, allowed: Iterable[str]) -> str:
    """Return `value` if it is one of `allowed`; ValueError that lists them otherwise."""
    options = list(allowed)
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(options)}; got {value!r}")
    return value


def check_shape(name: str, value: Any, want: tuple[int | None, ...]) -> Any:
    """Return `value` (tensor or array) if its shape is `want`, where None allows any size."""
    if not hasattr(value, "shape"):
        raise ValueError(f"{name} must be a tensor or an array; got {type(value).__name__}")
    got = tuple(value.shape)
    fits = len(got) == len(want) and all(
        w is None or g == w for g, w in zip(got, want, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if w is None else str(w) for w in want)
        raise ValueError(f"{name} must have shape ({wanted}); got {got}")
    return value
