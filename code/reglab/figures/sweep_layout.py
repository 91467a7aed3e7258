"""What a Sweep draws, checked and packed: lines, bands, dots and readouts over a grid of knobs.

The layout is plain JSON, next to one buffer of float32 numbers (see grid.py):
    {"x": block, "xlim": [lo, hi], "ylim": [lo, hi], "logx": bool, "logy": bool,
     "lines": [{"name", "slot", "y"}], "bands": [{"name", "slot", "low", "high"}],
     "dots": [{"name", "slot", "x", "y"}], "readouts": [{"name", "value"}]}
A slot is a number (color, dash and marker of that number) or "ink" (the color of the text).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reglab.figures.grid import Grid, Packer
from reglab.figures.style import LIGHT

MAX_BYTES = 1_000_000  # of a page's budget of 2.5 MB; base64 adds a third


@dataclass
class Content:
    """The arrays of a Sweep as its author gave them; see Sweep for their shapes."""

    x: Any
    lines: Mapping[str, Any]
    bands: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    dots: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    readouts: Mapping[str, Any] = field(default_factory=dict)
    reference: Sequence[str] = ()


def pack(
    grid: Grid, content: Content, xlim: Any, ylim: Any, logx: bool, logy: bool
) -> tuple[dict[str, Any], bytes]:
    """Return (layout, data). Raises ValueError for a shape, a name or a limit that cannot be."""
    x = np.asarray(content.x, dtype=np.float64)
    if x.ndim != 1 or len(x) < 2 or not np.isfinite(x).all():
        raise ValueError(f"x must hold 2 or more finite numbers, (P,); got shape {x.shape}")
    if logx and not (x > 0).any():
        raise ValueError(f"logx: no value of x is positive; they end at {x.max():g}")
    slots, packer, seen = _slots(content), Packer(), _Range(logx, logy)
    add = packer.add
    lines, bands, dots = [], [], []
    for name, values in content.lines.items():
        y = seen.y(grid.align(name, values, len(x)))
        lines.append({"name": name, "slot": slots[name], "y": add(y)})
    for name, pair in content.bands.items():
        low, high = (grid.align(f"band of {name}", v, len(x)) for v in _pair(name, pair))
        bands.append({"name": name, "slot": slots[name], "low": add(low), "high": add(high)})
    for name, pair in content.dots.items():
        xs, ys = (grid.align(f"dots {name}", v) for v in _pair(name, pair))
        if xs.shape[-1] != ys.shape[-1]:
            raise ValueError(f"dots {name!r} need as many x as y; got {xs.shape} and {ys.shape}")
        dots.append({"name": name, "slot": slots[name], "x": add(xs), "y": add(seen.y(ys))})
    readouts = [{"name": n, "value": add(grid.align(n, v, 0))} for n, v in content.readouts.items()]
    layout = {
        "x": add(x.reshape((1,) * len(grid.shape) + x.shape)),
        "xlim": _limits("xlim", xlim, (x[x > 0].min() if logx else x.min(), x.max()), logx),
        "ylim": _limits("ylim", ylim, seen.padded() if ylim is None else ylim, logy),
        **{"logx": logx, "logy": logy, "lines": lines, "bands": bands, "dots": dots},
        "readouts": readouts,
    }
    return layout, _within_budget(packer.bytes())


def _slots(content: Content) -> dict[str, Any]:
    """A line has a slot of its own; a band or dots of the same name share it."""
    if not content.lines:
        raise ValueError("lines must hold at least one line; got none")
    unknown = set(content.reference) - {*content.lines, *content.dots}
    if unknown:
        known = ", ".join([*content.lines, *content.dots])
        raise ValueError(f"reference must name lines or dots ({known}); got {', '.join(unknown)}")
    slots: dict[str, Any] = dict.fromkeys(content.reference, "ink")
    count = 0
    for name in [*content.lines, *content.bands, *content.dots]:
        if name not in slots:
            slots[name], count = count, count + 1
    if count > len(LIGHT):
        raise ValueError(
            f"{count} series cannot be told apart; at most {len(LIGHT)} beside those in `reference`"
        )
    return slots


def _pair(name: str, pair: Any) -> Iterable[Any]:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ValueError(
            f"{name!r} needs a pair, (low, high) or (xs, ys); got {type(pair).__name__}"
        )
    return pair


class _Range:
    """Follows the values drawn, to choose the limits of y when none are given."""

    def __init__(self, logx: bool, logy: bool):
        self.log, self.low, self.high = logy, np.inf, -np.inf

    def y(self, values: np.ndarray) -> np.ndarray:
        seen = values[np.isfinite(values) & ((values > 0) | (not self.log))]
        if seen.size:
            self.low, self.high = min(self.low, seen.min()), max(self.high, seen.max())
        return values

    def padded(self) -> tuple[float, float]:
        if self.low > self.high:
            raise ValueError("nothing to draw: no line holds a value that its axis can show")
        low, high = (np.log10([self.low, self.high])) if self.log else (self.low, self.high)
        pad = 0.04 * (high - low) or 0.5
        ends = low - pad, high + pad
        return tuple(10**v for v in ends) if self.log else ends


def _limits(name: str, given: Any, default: Any, log: bool) -> list[float]:
    low, high = (float(v) for v in (default if given is None else given))
    if not (np.isfinite([low, high]).all() and low < high and (low > 0 or not log)):
        need = "0 < low < high on a log axis" if log else "low < high"
        raise ValueError(f"{name} must be (low, high) with {need}; got ({low:g}, {high:g})")
    return [low, high]


def _within_budget(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise ValueError(
            f"the arrays take {len(data):,} bytes, more than the {MAX_BYTES:,} a page can carry: "
            "take fewer points in x or fewer values of a knob"
        )
    return data
