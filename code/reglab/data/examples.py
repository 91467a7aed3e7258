"""Examples and splits: the two containers that every data function returns.

Symbols     N examples, I inputs, K classes, T tokens.
"""

import math
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from reglab.core import check_count


@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs and targets that belong together, row by row.

    Shapes: x (N, I) float, or (N, T) int64 token ids; y (N,) int64 classes or float targets, (N, K)
    soft targets, or (N, T) int64, a class for each token.
    Raises: ValueError if x or y is not a tensor, or they differ in length.
    """

    x: Tensor
    y: Tensor

    def __post_init__(self) -> None:
        for name, value in (("x", self.x), ("y", self.y)):
            if not isinstance(value, Tensor):
                kind = type(value).__name__
                raise ValueError(
                    f"{name} must be a tensor; got {kind}; use torch.as_tensor({name})"
                )
        if self.x.ndim < 1 or self.y.ndim < 1 or len(self.x) != len(self.y):
            x, y = tuple(self.x.shape), tuple(self.y.shape)
            raise ValueError(f"x and y need one row per example each; got shapes {x} and {y}")

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        return f"Examples(x={_short(self.x)}, y={_short(self.y)})"

    def to(
        self, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> "Examples":
        """Move to `device`; `dtype` converts x and y, but not integers: token ids and classes."""
        dtypes = [dtype if t.is_floating_point() else None for t in (self.x, self.y)]
        return Examples(self.x.to(device, dtypes[0]), self.y.to(device, dtypes[1]))

    def take(self, index: Tensor) -> "Examples":
        """Return a copy of the rows in `index` (positions, in that order, or a boolean mask)."""
        index = torch.as_tensor(index, device=self.x.device)
        return Examples(self.x[index], self.y[index])


@dataclass(frozen=True, eq=False)
class Splits:
    """Training, validation and test examples of one problem; no example is in two of them.

    Fit on `train`, choose settings on `val`, report on `test`. A part may be empty.
    `classes` is K, or None when the targets are real numbers. With classes, a part may hold soft
    targets instead, y (N, K): each row the probabilities of the classes. `train` is the part that
    does so, for example with a teacher's answers; then `val` and `test` still hold classes.

    Overlap is checked on what identifies an example: x for classes (a copied input is a leak
    even when its label was flipped), the pair (x, y) for real targets (one design point may be
    observed twice, with fresh noise). Inputs of one number coincide by chance now and then, so
    there 1 % may be shared. Not checked: values on an accelerator (they were when they left the
    CPU), half precision, where rounding makes different points equal, and token ids, since short
    sequences come twice by chance, more often than any limit of ours could know.
    Raises: ValueError if parts overlap, differ in the shape of an example, or hold NaN, an
    infinite number, a class outside 0 .. K - 1, or soft targets that are no probabilities.
    """

    train: Examples
    val: Examples
    test: Examples
    classes: int | None = None

    def __post_init__(self) -> None:
        parts = self.parts()
        for name, part in parts.items():
            if not isinstance(part, Examples):
                raise ValueError(f"{name} must be Examples; got {type(part).__name__}")
            _check_finite(name, part)
        if self.classes is not None:
            check_count("classes", self.classes)
        shapes = {name: tuple(part.x.shape[1:]) for name, part in parts.items()}
        if len(set(shapes.values())) > 1:
            raise ValueError(f"all parts need inputs of one shape; got {shapes}")
        for name, part in parts.items():
            _check_classes(name, part.y, self.classes)
        rows = {name: _rows(part, self.classes) for name, part in parts.items()}
        by_chance = 0.01 if math.prod(self.train.x.shape[1:]) == 1 else 0.0
        for one, other in combinations(parts, 2):
            shared, fewest = len(rows[one] & rows[other]), min(len(rows[one]), len(rows[other]))
            if shared > math.ceil(by_chance * fewest):
                raise ValueError(
                    f"{one} and {other} share {shared} example(s); draw disjoint parts with split()"
                )

    def parts(self) -> dict[str, Examples]:
        """The three parts by name, e.g. for a loop over curves."""
        return {"train": self.train, "val": self.val, "test": self.test}

    def to(
        self, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> "Splits":
        """Move all parts, as Examples.to does."""
        train, val, test = (part.to(device, dtype) for part in self.parts().values())
        return Splits(train, val, test, self.classes)


def _short(t: Tensor) -> str:
    return f"{str(t.dtype).removeprefix('torch.')}{tuple(t.shape)}"


def _check_finite(name: str, part: Examples) -> None:
    for kind, values in (("x", part.x), ("y", part.y)):
        if values.device.type != "cpu" or values.sum().isfinite():
            continue  # one pass: a finite sum has finite terms
        if not values.isfinite().all():
            raise ValueError(
                f"{name}.{kind} holds NaN or infinite numbers; remove or fill these examples"
            )


def _check_classes(name: str, y: Tensor, classes: int | None) -> None:
    if classes is None or len(y) == 0:
        return
    if y.ndim == 2 and y.is_floating_point():
        return _check_soft(name, y, classes)
    if y.dtype != torch.int64:
        raise ValueError(f"the classes of {name} must be int64; got {y.dtype}; use y.long()")
    if y.device.type != "cpu":
        return  # reading a value there would wait for the device
    low, high = int(y.min()), int(y.max())
    if low < 0 or high >= classes:
        raise ValueError(f"{name} holds classes {low} .. {high}; allowed are 0 .. {classes - 1}")


def _check_soft(name: str, y: Tensor, classes: int) -> None:
    if y.shape[1] != classes:
        raise ValueError(
            f"soft targets of {name} must be (N, {classes}); got {tuple(y.shape)}; a class for "
            "each token is int64: use y.long()"
        )
    if y.device.type != "cpu":
        return
    off = float((y.detach().double().sum(1) - 1).abs().max())
    if not off < 0.01 or float(y.min()) < 0:  # in half precision a sum is that far from 1
        raise ValueError(
            f"each row of the soft targets of {name} must be probabilities that sum to 1; got "
            f"{[round(v, 4) for v in y[0].tolist()]}...; use z.softmax(1)"
        )


def _rows(part: Examples, classes: int | None) -> set[bytes]:
    """What identifies each example, as bytes; nothing where it cannot be told."""
    exact = part.x.dtype in (torch.float32, torch.float64)
    if part.x.device.type != "cpu" or not exact or len(part) == 0:
        return set()
    key = part.x.reshape(len(part), -1)
    if classes is None:
        key = torch.cat([key, part.y.reshape(len(part), -1).to(key.dtype)], dim=1)
    key = (key.detach() + 0.0).contiguous().numpy()  # + 0.0 turns -0.0 into 0.0, of other bytes
    return set(key.view(f"V{key.shape[1] * key.itemsize}").ravel().tolist())
