"""Reading what a reader's function returned, and writing values the same way anywhere."""

import math
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.formats import as_array

MOST_SHOWN = 12  # numbers of an array
DIGITS = (4, 8, 15)  # of a number; more of them only where fewer do not tell two values apart


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


def expect_near(a: Any, b: Any, message: str, hint: str = "") -> None:
    """Raise Wrong unless `near(a, b)`; two {} of the message stand for a and b, told apart."""
    if not near(a, b):
        raise Wrong(message.format(*show_both(a, b)), hint)


def near(a: Any, b: Any) -> bool:
    """Say whether all numbers agree to 1e-6 relative, or 1e-9 absolute."""
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-9))


def number(value: Any) -> float:
    """Return the one finite number that `value` is or holds; Malformed otherwise."""
    array = as_array(value)
    one = array.flat[0] if array is not None and array.size == 1 else value
    if not isinstance(one, Real | Decimal) or isinstance(one, bool | np.bool_):
        raise Malformed(f"one number was expected; it returned {kind(value)}")
    if not math.isfinite(one):
        raise Malformed(f"a finite number was expected; it returned {float(one)}")
    return float(one)


def whole_number(value: Any) -> int:
    """Return the one whole number that `value` is, such as 3 or 3.0; Malformed otherwise."""
    one = number(value)
    if one != int(one):
        raise Malformed(f"a whole number was expected; it returned {show(one)}")
    return int(one)


def two_numbers(value: Any) -> tuple[float, float]:
    """Return the pair of finite numbers that `value` is; Malformed otherwise."""
    if not isinstance(value, tuple | list | np.ndarray) or np.shape(value)[:1] != (2,):
        raise Malformed(f"two numbers were expected; it returned {kind(value)}")
    return number(value[0]), number(value[1])


def labels_like(y: NDArray[np.integer], value: Any) -> NDArray[np.integer]:
    """Return the integer array of y's shape that `value` is; Malformed otherwise."""
    array = as_array(value)
    if array is None or array.dtype.kind not in "iu" or array.shape != y.shape:
        wanted = f"an integer array of shape {y.shape}"
        raise Malformed(f"{wanted} was expected; it returned {kind(value)}")
    return np.asarray(array)


def kind(value: Any) -> str:
    """Say what a value is, without calling any code of its own."""
    if value is None:
        return "None. Is the return missing?"
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if type(value) in (tuple, list):
        return f"a {type(value).__name__} of length {len(value)}"
    return f"a value of type {type(value).__name__}"


def show_both(a: Any, b: Any) -> tuple[str, str]:
    """Show two values; if they look the same with four digits, with as many as tell them apart."""
    shown = [(show(a, digits), show(b, digits)) for digits in DIGITS]
    return next((pair for pair in shown if pair[0] != pair[1]), shown[0])


def show(value: Any, digits: int = DIGITS[0]) -> str:
    """Write an input as Python would: short arrays in full, numbers to some digits.

    What is smaller than a rounding error, by its place behind the point, is 0.0.
    """
    if isinstance(value, np.ndarray):
        if value.size <= MOST_SHOWN:
            return f"np.array({_nested(value.tolist(), digits)})"
        first = ", ".join(show(item, digits) for item in value.ravel()[:4].tolist())
        return f"array of shape {value.shape} that begins with {first}"
    if isinstance(value, Integral) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Real) and not isinstance(value, bool):
        tiny = abs(float(value)) < 10.0 ** -(digits + 5)
        return "0.0" if tiny else _point(f"{float(value):.{digits}g}")
    return repr(value)


def _nested(values: Any, digits: int) -> str:
    if not isinstance(values, list):
        return show(values, digits)
    return f"[{', '.join(_nested(value, digits) for value in values)}]"


def _point(text: str) -> str:
    """Keep a float's look: 2.0 and not 2."""
    return text if any(mark in text for mark in ".en") else f"{text}.0"
