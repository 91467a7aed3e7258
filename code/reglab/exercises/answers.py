"""Reading what a reader's function returned, and writing values the same way anywhere."""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_SHOWN = 12  # numbers of an array


class Wrong(Exception):
    """A property does not hold: what is wrong, and a hint if the cause can be told."""

    def __init__(self, message: str, hint: str = ""):
        super().__init__(message)
        self.hint = hint


class Malformed(Wrong):
    """The answer is not of the right kind, so no property can be judged."""


def expect(holds: bool, message: str, hint: str = "") -> None:
    """Raise Wrong(message, hint) unless `holds`."""
    if not holds:
        raise Wrong(message, hint)


def near(a: Any, b: Any) -> bool:
    """Say whether all numbers agree to 1e-6 relative, or 1e-9 absolute."""
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-9))


def number(value: Any) -> float:
    """Return the one finite number that `value` is; Malformed otherwise."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if not isinstance(value, Real) or isinstance(value, bool | np.bool_):
        raise Malformed(f"one number was expected; it returned {kind(value)}")
    if not math.isfinite(value):
        raise Malformed(f"a finite number was expected; it returned {float(value)}")
    return float(value)


def two_numbers(value: Any) -> tuple[float, float]:
    """Return the pair of finite numbers that `value` is; Malformed otherwise."""
    if not isinstance(value, tuple | list | np.ndarray) or np.shape(value)[:1] != (2,):
        raise Malformed(f"two numbers were expected; it returned {kind(value)}")
    return number(value[0]), number(value[1])


def labels_like(y: NDArray[np.integer], value: Any) -> NDArray[np.integer]:
    """Return the integer array of y's shape that `value` is; Malformed otherwise."""
    fits = isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.shape == y.shape
    if not fits:
        wanted = f"an integer array of shape {y.shape}"
        raise Malformed(f"{wanted} was expected; it returned {kind(value)}")
    return np.asarray(value)


def kind(value: Any) -> str:
    """Say what a value is, without calling any code of its own."""
    if value is None:
        return "None. Is the return missing?"
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if type(value) in (tuple, list):
        return f"a {type(value).__name__} of length {len(value)}"
    return f"a value of type {type(value).__name__}"


def show(value: Any) -> str:
    """Write an input as Python would: short arrays in full, numbers to four digits."""
    if isinstance(value, np.ndarray):
        if value.size <= MOST_SHOWN:
            return f"np.array({_nested(value.tolist())})"
        first = ", ".join(show(item) for item in value.ravel()[:4].tolist())
        return f"array of shape {value.shape} that begins with {first}"
    if isinstance(value, Integral) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Real) and not isinstance(value, bool):
        return "0.0" if abs(float(value)) < 1e-9 else _point(f"{float(value):.4g}")
    return repr(value)


def _nested(values: Any) -> str:
    return f"[{', '.join(map(_nested, values))}]" if isinstance(values, list) else show(values)


def _point(text: str) -> str:
    """Keep a float's look: 2.0 and not 2."""
    return text if any(mark in text for mark in ".en") else f"{text}.0"
