"""Answers in other formats: lists, PyTorch tensors, and the rounding of float32.

Why         A reader of a course on PyTorch returns tensors, and torch computes in float32. What is
            right in float32 is a right answer: it is replaced by the exact one, so that no property
            of an exercise needs a second, wider tolerance.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

# What float32 may be off by: 100 roundings of the answer, and 10 of the largest number around.
RELATIVE, OF_LARGEST = 1e-5, 1e-6


def plain(value: Any) -> Any:
    """Return `value` with the tensors in it as arrays, in tuples, lists and dicts too."""
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy()
    if type(value) in (tuple, list):
        return type(value)(map(plain, value))
    return {key: plain(item) for key, item in value.items()} if type(value) is dict else value


def as_array(value: Any) -> NDArray | None:
    """Return the array that `value` is, or that its nested lists are; None if it is neither."""
    if type(value) in (list, tuple):
        try:
            value = np.array(value)
        except ValueError:  # rows of different length
            return None
    return value if isinstance(value, np.ndarray) else None


def in_float32(answer: Any) -> bool:
    """Say whether the answer holds numbers with decimals, and float32 can hold all of them."""
    with np.errstate(over="ignore"):  # what is too large becomes inf, and so differs
        each = [np.array_equal(a, a.astype(np.float32)) for a in _numbers(answer)]
    return bool(each) and all(each)


def is_rounded(answer: Any, exact: Any, inputs: tuple) -> bool:
    """Say whether `answer` is `exact` up to the rounding of float32 on its way from the inputs."""
    ours, theirs = list(_numbers(answer)), list(_numbers(exact))
    if [a.shape for a in ours] != [a.shape for a in theirs]:
        return False
    largest = max(np.abs(a).max(initial=0.0) for a in [*theirs, *_numbers(inputs)])
    return all(
        np.allclose(a, b, rtol=RELATIVE, atol=OF_LARGEST * largest)
        for a, b in zip(ours, theirs, strict=True)
    )


def _numbers(value: Any) -> Iterator[NDArray]:
    """The floats and arrays of floats in `value`, as arrays."""
    if isinstance(value, tuple | list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, dict):
        yield from _numbers(list(value.values()))
    elif isinstance(value, float | np.ndarray) and np.asarray(value).dtype.kind == "f":
        yield np.asarray(value)
