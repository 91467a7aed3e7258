"""Checks of values and shapes, each with an error that names the value, what is allowed, the fix.

Each check returns the value it accepted, so it can stand on the right of an assignment.
A bool is never accepted as a number: `p=True` is always a mistake.
"""

import math
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _finite(value: Any) -> float:
    """The value as a float if it is one finite number, NaN otherwise."""
    try:
        number = float(value) if _is_real(value) else math.nan
    except OverflowError:  # an integer such as 10 ** 400
        return math.nan
    return number if math.isfinite(number) else math.nan


def _of_one_number(value: Any) -> str:
    """What to do with an array or tensor that holds one number."""
    return "; use .item() of it" if getattr(value, "shape", None) == () else ""


def check_probability(name: str, value: float) -> float:
    """Return `value` if it is a number in [0, 1]; ValueError otherwise (NaN included)."""
    number = _finite(value)
    if not 0.0 <= number <= 1.0:
        hint = f"; did you mean {value / 100}?" if 1 < number <= 100 else _of_one_number(value)
        raise ValueError(f"{name} is a probability, in [0, 1]; got {value!r}{hint}")
    return number


def check_positive(name: str, value: float) -> float:
    """Return `value` if it is finite and > 0; ValueError otherwise (NaN included)."""
    number = _finite(value)
    if not number > 0:
        got = f"{value!r}{_of_one_number(value)}"
        raise ValueError(f"{name} must be a finite number > 0; got {got}")
    return number


def check_nonnegative(name: str, value: float) -> float:
    """Return `value` if it is finite and >= 0; ValueError otherwise (NaN included)."""
    number = _finite(value)
    if not number >= 0:
        got = f"{value!r}{_of_one_number(value)}"
        raise ValueError(f"{name} must be a finite number >= 0; got {got}")
    return number


def check_momentum(value: float) -> float:
    """Return momentum if it is in [0, 1); ValueError otherwise: steps sum to lr / (1 - momentum).

    >>> check_momentum(0.9)
    0.9
    """
    number = check_nonnegative("momentum", value)
    if number >= 1:
        raise ValueError(f"momentum must be in [0, 1); got {value!r}")
    return number


def check_flag(name: str, value: bool) -> bool:
    """Return `value` if it is True or False; ValueError for "no", which Python takes for true."""
    if type(value).__name__ not in ("bool", "bool_"):  # NumPy's too
        raise ValueError(f"{name} must be True or False; got {value!r}")
    return bool(value)


def check_list(name: str, values: Iterable, *, twice: bool = True) -> list:
    """Return `values` as a list; ValueError for one number or text, or what has no order.

    With twice=False, no value may come twice.
    """
    single = getattr(values, "ndim", 1) == 0 or not isinstance(values, Iterable)
    if single or isinstance(values, str | Mapping):
        hint = f"; use [{values!r}]" if _is_real(values) else ""
        raise ValueError(f"{name} must be a list or a range; got {values!r}{hint}")
    found = list(values)
    if not twice and any(value in found[:i] for i, value in enumerate(found)):
        raise ValueError(f"{name} names a value twice: {found}")
    return found


def check_count(name: str, value: int, *, minimum: int = 1) -> int:
    """Return `value` if it is a whole number >= `minimum`; ValueError otherwise."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < minimum:
        raise ValueError(f"{name} must be a whole number >= {minimum}; got {value!r}")
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
