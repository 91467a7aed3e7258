"""Formats: tensors become arrays wherever they stand, and float32 is told from wrong numbers."""

import numpy as np
import pytest
import torch

from reglab.exercises.formats import as_array, in_float32, is_rounded, plain

THIRD = np.float64(np.float32(1 / 3))


def test_tensors_become_arrays_wherever_they_stand():
    weight = torch.ones(2, requires_grad=True)
    assert type(plain(weight)) is np.ndarray
    first, (second,), named = plain((weight, [weight], {"w": weight}))
    assert all(type(value) is np.ndarray for value in (first, second, named["w"]))
    assert plain("text") == "text" and plain(None) is None


def test_nested_lists_are_arrays_and_ragged_ones_are_not():
    assert as_array([[1, 2], [3, 4]]).shape == (2, 2)
    assert as_array([[1], [2, 3]]) is None and as_array(3.0) is None


@pytest.mark.parametrize(
    "answer", [float(THIRD), np.array([THIRD, 0.5]), (float(THIRD), 0.5), {"a": np.array([THIRD])}]
)
def test_numbers_that_float32_can_hold(answer):
    assert in_float32(answer)


@pytest.mark.parametrize("answer", [1 / 3, (0.5, 1 / 3), np.array([1e300]), 3, ["a"], None])
def test_other_answers_are_not_float32(answer):
    assert not in_float32(answer)


def test_the_rounding_of_an_answer_and_of_its_inputs_is_allowed():
    assert is_rounded(float(THIRD), 1 / 3, ())
    assert is_rounded(1e-5, 0.0, (np.array([100.0]),))  # what 100 - 100 may come to
    assert is_rounded((0.5, np.array([THIRD])), (0.5, np.array([1 / 3])), ())


def test_more_than_the_rounding_is_wrong():
    assert not is_rounded(1 / 3 + 1e-4, 1 / 3, ())
    assert not is_rounded(1e-3, 0.0, (np.array([100.0]),))
    assert not is_rounded(np.array([0.5]), np.array([0.5, 0.5]), ())
