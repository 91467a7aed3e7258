"""Arrays over a grid of knobs, packed into one run of float32 numbers that the page can read.

js/scale.js reads it back.
Symbols     K knobs with n_1 ... n_K values; P points of a line, Q dots.
A block says where an array lies: {"offset", "strides" (K), "length"}, counted in numbers. Its run
at `index` starts at offset + sum_k strides[k] * index[k]. An array that is the same for all values
of a knob is stored once, with stride 0 there: a truth that never changes costs P numbers.
A block of a product (see Product) also has "shapes": {"offset", "rows" (K), "columns" (P)}; its run
are the weights, R times K.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reglab.figures.product import Product

Block = Mapping[str, Any]
LARGEST = float(np.finfo(np.float32).max)


class Grid:
    """The knobs' names, sizes and (for labeled arrays) dimensions; brings arrays to one shape."""

    def __init__(self, knobs: Mapping[str, Sequence[Any]]):
        check_names("knobs", knobs)
        if not 1 <= len(knobs) <= 4:
            raise ValueError(f"a sweep has 1 to 4 knobs; got {len(knobs)}: {', '.join(knobs)}")
        for name, values in knobs.items():
            _check_knob(f"knob {name!r}", values)
        self.names = list(knobs)
        self.values = [check_list(name, values) for name, values in knobs.items()]
        self.shape = tuple(len(values) for values in knobs.values())
        # A knob given as an xarray coordinate brings the name of its dimension.
        self.dims = [str(getattr(v, "dims", (name,))[0]) for name, v in knobs.items()]

    def align(self, name: str, values: Any, length: int | None = None) -> Any:
        """Return `values` as (*knobs, length) with axes of size 1 where it does not vary.

        Plain arrays follow numpy's broadcasting against (*knobs, length). Labeled arrays are
        matched by dimension: those named like a knob (or like its coordinate), and one more, the
        points. With length = 0 there is no axis of points, as for a readout: the result is
        (*knobs, 1). Of a Product, the weights are aligned.
        """
        if isinstance(values, Product):
            return self._align_product(name, values, length)
        if hasattr(values, "dims"):
            data = self._by_name(name, values, points=int(length != 0))
        else:
            data = _numbers(name, values)
            data = data[..., None] if length == 0 else np.atleast_1d(data)
        want = (*self.shape, length or data.shape[-1])
        try:
            np.broadcast_shapes(data.shape, want)
            fits = data.ndim <= len(want) and np.broadcast_shapes(data.shape, want) == want
        except ValueError:
            fits = False
        if not fits:
            axes = " x ".join(f"{n} ({s})" for n, s in zip(self.names, self.shape, strict=True))
            got = data.shape[:-1] if length == 0 else data.shape
            raise ValueError(
                f"{name!r} must broadcast to {want if length != 0 else self.shape}, the knobs "
                f"{axes}{' and then the points' if length != 0 else ''}; got shape {got}"
            )
        return data.reshape((1,) * (len(want) - data.ndim) + data.shape)

    def _align_product(self, name: str, values: Product, length: int | None) -> Product:
        """Return it with weights (*knobs, R * K) and shapes (K, P) if it has `length` points."""
        if length == 0:
            raise ValueError(f"{name!r} is a product; a readout is one number")
        shapes = _numbers(f"shapes of {name}", values.shapes)
        if shapes.ndim != 2 or 0 in shapes.shape:
            raise ValueError(f"{name!r} needs shapes (K, P); got shape {shapes.shape}")
        weights, label = values.weights, f"weights of {name}"
        pieces = len(set(map(str, getattr(weights, "dims", ()))) - set(self.dims)) == 2
        aligned = self.align_matrix(label, weights)[0] if pieces else self.align(label, weights)
        product = Product(aligned, shapes)
        count = product.weights.shape[-1]
        if count % len(shapes) or length not in (None, product.shape[-1]):
            wanted = "" if length is None else f", and R * P = {length}"
            raise ValueError(
                f"{name!r} needs weights (*knobs, R * K) for its shapes (K, P) = {shapes.shape}"
                f"{wanted}; got {count} weights"
            )
        return product

    def align_matrix(self, name: str, values: Any) -> tuple[np.ndarray, tuple[int, int]]:
        """Return `values`, which broadcast to (*knobs, R, C), as (*knobs, R * C), and (R, C).

        A labeled array has two dimensions beside the knobs: first the rows, then the columns.
        """
        data = self._by_name(name, values, points=2) if hasattr(values, "dims") else values
        data = _numbers(name, data)
        if data.ndim < 2 or 0 in data.shape:
            raise ValueError(f"{name!r} needs rows and columns, (R, C); got shape {data.shape}")
        rows, columns = data.shape[-2:]
        flat = data.reshape(*data.shape[:-2], rows * columns)
        return self.align(name, flat, rows * columns), (rows, columns)

    def _by_name(self, name: str, values: Any, points: int) -> np.ndarray:
        """Return (*knobs, and at most `points` dimensions more, 1 in place of a missing one)."""
        others = [d for d in values.dims if str(d) not in self.dims]
        if len(others) > points:
            allowed = {0: "none is", 1: "one is", 2: "two are"}[points]
            raise ValueError(
                f"{name!r} has the dimensions {', '.join(map(str, values.dims))}; beside the knobs "
                f"({', '.join(self.dims)}) {allowed} allowed"
            )
        there = [d for d in self.dims if d in values.dims]
        data = _numbers(name, values.transpose(*there, *others).values)
        shape = [values.sizes[d] if d in there else 1 for d in self.dims]
        missing = [1] * (max(points, 1) - len(others))
        return data.reshape(*shape, *missing, *(values.sizes[d] for d in others))


def check_list(name: str, values: Any) -> list:
    """Return the values as a list of plain ones; ValueError for one number or text."""
    if isinstance(values, str | Mapping) or np.ndim(values) != 1:
        raise ValueError(f"{name} must be a list or a range; got {values!r}")
    return np.asarray(values).tolist()


def check_names(kind: str, named: Any) -> None:
    """ValueError unless it is a mapping whose names are texts."""
    if not isinstance(named, Mapping):
        raise ValueError(f"{kind} must be a dict of name -> values; got {type(named).__name__}")
    if odd := [name for name in named if not isinstance(name, str)]:
        raise ValueError(f"{kind} must have texts as names; got {odd[0]!r}")


def _check_knob(name: str, values: Any) -> None:
    plain = check_list(name, values)
    if len(plain) < 2:
        raise ValueError(f"{name} needs at least 2 values; got {len(plain)}")
    if any(value in plain[:i] for i, value in enumerate(plain)):
        raise ValueError(f"{name} names a value twice: {plain}")
    if any(isinstance(value, float) and not np.isfinite(value) for value in plain):
        raise ValueError(f"{name} must hold finite numbers or texts; got {plain}")


def _numbers(name: str, values: Any) -> np.ndarray:
    """The values as float64, once it is sure that float32, the page's numbers, can hold them."""
    data = np.asarray(values)
    if data.dtype.kind not in "biufO":  # O: None is a gap, as NaN is
        raise ValueError(f"{name!r} must be real numbers; got an array of {data.dtype}")
    data = data.astype(np.float64)
    if (np.abs(data) > LARGEST).any():
        raise ValueError(
            f"{name!r} must hold numbers up to {LARGEST:.2g}; got infinite or larger ones; NaN is "
            "a gap"
        )
    return data


def collapse(data: np.ndarray) -> np.ndarray:
    """Return `data` (*knobs, P) with size 1 along every knob that changes nothing."""
    for axis in range(data.ndim - 1):
        first = data.take([0], axis=axis)
        if np.array_equal(data, np.broadcast_to(first, data.shape), equal_nan=True):
            data = first
    return data


class Packer:
    """Collects arrays into one float32 buffer and hands out the block of each."""

    def __init__(self) -> None:
        self._parts: list[np.ndarray] = []
        self._size = 0

    def add(self, data: np.ndarray | Product) -> Block:
        """Store `data` (*knobs, P), once along knobs that change nothing, and return its block."""
        if isinstance(data, Product):
            rows, columns = np.shape(data.shapes)
            shapes = self.add(np.reshape(data.shapes, -1))
            where = {"offset": shapes["offset"], "rows": rows, "columns": columns}
            return {**self.add(data.weights), "shapes": where}
        data = np.ascontiguousarray(collapse(data), dtype=np.float32)
        steps = [
            s // data.itemsize if n > 1 else 0
            for s, n in zip(data.strides, data.shape, strict=True)
        ]
        block = {"offset": self._size, "strides": steps[:-1], "length": data.shape[-1]}
        self._parts.append(data.ravel())
        self._size += data.size
        return block

    def bytes(self) -> bytes:
        """Return all that was added, little-endian float32."""
        return np.concatenate([np.empty(0), *self._parts]).astype("<f4").tobytes()


def read(data: bytes, block: Block, index: Sequence[int]) -> np.ndarray:
    """Return the run of `block` at `index`, as the page reads it: the inverse of `Packer.add`."""
    start = block["offset"] + sum(s * i for s, i in zip(block["strides"], index, strict=True))
    run = _numbers_at(data, start, block["length"])
    if "shapes" not in block:
        return run
    offset, rows, columns = (block["shapes"][part] for part in ("offset", "rows", "columns"))
    return Product(run, _numbers_at(data, offset, rows * columns).reshape(rows, columns)).values()


def _numbers_at(data: bytes, start: int, count: int) -> np.ndarray:
    return np.frombuffer(data, dtype="<f4", count=count, offset=4 * start)
