"""How numbers are written in figures: short, and the same in Python and the page."""

import math
import re
from decimal import ROUND_HALF_UP, Context
from numbers import Integral, Real
from typing import Any

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = {after: before for before, after in _RAISED.items()}

_LETTERS = {"eps": "ε", "beta": "β", "lam": "λ", "eta": "η", "sigma": "σ", "rho": "ρ"}
_GREEK = re.compile(rf"(?<![A-Za-z])({'|'.join(_LETTERS)})(?![A-Za-z])")


def knob_label(value: Any) -> str:
    """Return what a slider shows at `value`: text as it is, a number with up to 4 digits."""
    if hasattr(value, "item"):
        value = value.item()
    if not isinstance(value, Real) or isinstance(value, bool):
        return str(value)
    if isinstance(value, Integral):
        return f"{value:,}" if abs(int(value)) >= 10_000 else minus(str(value))
    return write_number(float(value), digits=4, pad=False)


def spelled(value: Any) -> Any:
    """Return a text, or all texts in lists and dicts, with Greek letters for their names in code.

    >>> spelled(["beta₂ of Adam", "lam = 0", "lambda"])
    ['β₂ of Adam', 'λ = 0', 'lambda']
    """
    if isinstance(value, str):
        return _GREEK.sub(lambda found: _LETTERS[found[0]], value)
    if isinstance(value, list):
        return [spelled(one) for one in value]
    if isinstance(value, dict):
        return {name: spelled(one) for name, one in value.items()}
    return value


def write_number(value: float, digits: int = 3, pad: bool = True) -> str:
    """Return `value` with `digits` significant digits: 0.0312, 4.80, 12.3, 24,500, 1.20 × 10⁻⁵.

    With `pad`, trailing zeros stay, so that a value that changes does not jump in width. NaN
    (nothing measured here) is a dash.
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return minus("∞" if value > 0 else "-∞")
    if value == 0:
        return "0"
    # Halves are rounded away from zero, as in the page; Python's format rounds them to even.
    exact = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal_from_float(float(value))
    power = exact.adjusted()
    if not -4 <= power < 6:
        mantissa = _trim(f"{exact.scaleb(-power):.{digits - 1}f}", pad)
        return minus(f"{mantissa} × 10") + str(power).translate(_RAISED)
    text = f"{exact:,.{max(digits - 1 - power, 0)}f}"
    return minus(_trim(text if power >= 4 else text.replace(",", ""), pad))


def write_readout(value: float, whole: bool) -> str:
    """Return a number under a chart; a count (`whole`) has no decimals."""
    return write_number(value, digits=6, pad=False) if whole else write_number(value)


def read_number(text: str) -> float:
    """Return the number that `knob_label` wrote as `text`, or NaN for a text."""
    mantissa, _, power = text.replace(",", "").replace("−", "-").partition(" × 10")
    try:
        return float(f"{mantissa}e{power.translate(_LOWERED) or 0}")
    except ValueError:
        return math.nan


def _trim(text: str, pad: bool) -> str:
    return text if pad or "." not in text else text.rstrip("0").rstrip(".")


def minus(text: str) -> str:
    """Return `text` with a true minus sign, which is as wide as a plus and is read as one."""
    return text.replace("-", "−")
