"""Answers of any kind are read or refused in words; inputs are written the same everywhere."""

from decimal import Decimal

import numpy as np
import pytest
import torch

from reglab.exercises.answers import (
    Malformed,
    Wrong,
    expect,
    expect_near,
    kind,
    labels_like,
    near,
    number,
    show,
    show_both,
    two_numbers,
    whole_number,
)
from reglab.exercises.exercise import Rng


@pytest.mark.parametrize(
    "value", [3, 3.0, np.int32(3), np.float32(3), np.array(3.0), np.array([3]), [3.0], Decimal(3)]
)
def test_numbers(value):
    assert number(value) == 3.0 and type(number(value)) is float


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "None. Is the return missing?"),
        (True, "a value of type bool"),
        (np.True_, "a value of type bool"),
        ("3", "a value of type str"),
        ([3, 4], "a list of length 2"),
        ([[3], [4, 5]], "a list of length 2"),
        (np.array([3.0, 4.0]), r"an array of shape \(2,\) and dtype float64"),
        (np.array("3"), "an array of shape"),
        (3j, "a value of type complex"),
        (Decimal("nan"), "returned nan"),
        (torch.tensor(3.0), "a value of type Tensor"),
        (float("nan"), "returned nan"),
        (-np.inf, "returned -inf"),
        (..., "a value of type ellipsis"),
    ],
)
def test_no_numbers(value, said):
    with pytest.raises(Malformed, match=said):
        number(value)


def test_whole_numbers():
    assert [whole_number(value) for value in (3, 3.0, np.int8(3), np.array(3.0))] == [3] * 4
    assert type(whole_number(3.0)) is int
    with pytest.raises(Malformed, match="a whole number was expected; it returned 3.5"):
        whole_number(3.5)
    with pytest.raises(Malformed, match="a value of type bool"):
        whole_number(True)


def test_two_numbers():
    for pair in ((1, 2.0), [1, 2], np.array([1.0, 2.0]), (np.float32(1), np.array(2))):
        assert two_numbers(pair) == (1.0, 2.0)
    for other in (1.0, (1,), (1, 2, 3), np.ones((2, 2)), "12", {1, 2}, (1, None), (1, np.nan)):
        with pytest.raises(Malformed):
            two_numbers(other)


def test_labels():
    y = np.array([0, 1, 2])
    for good in (y, y.tolist(), y.astype(np.uint8), np.ma.masked_array(y)):
        assert type(labels_like(y, good)) is np.ndarray and (labels_like(y, good) == y).all()
    for bad in (
        [0, 1],
        [0, 1, 2.5],
        y[:2],
        y[:, None],
        y.astype(float),
        y.astype(object),
        y > 0,
        None,
    ):
        with pytest.raises(Malformed, match=r"integer array of shape \(3,\) was expected"):
            labels_like(y, bad)


def test_kind_runs_no_code_of_the_value():
    class Hostile:
        def __repr__(self):
            raise SystemExit

        __len__ = __eq__ = __array__ = __repr__
        __hash__ = None

    assert kind(Hostile()) == "a value of type Hostile"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2, "2"),
        (np.int64(2), "2"),
        (2.0, "2.0"),
        (np.float64(0.29), "0.29"),
        (1 / 3, "0.3333"),
        (-0.5, "-0.5"),
        (1e-17, "0.0"),
        (-1e-17, "0.0"),
        (1e20, "1e+20"),
        (float("nan"), "nan"),
        (np.array([0, 1]), "np.array([0, 1])"),
        (np.array([[0.5], [2.0]]), "np.array([[0.5], [2.0]])"),
        (np.zeros((10, 4)), "array of shape (10, 4) that begins with 0.0, 0.0, 0.0, 0.0"),
        (Rng(3), "np.random.default_rng(3)"),
        (True, "True"),
        (False, "False"),
    ],
)
def test_show(value, text):
    assert show(value) == text


@pytest.mark.parametrize(
    ("a", "b", "texts"),
    [
        (0.25, 0.5, ("0.25", "0.5")),
        (0.033891, 0.033893, ("0.033891", "0.033893")),
        (1e-12, 0.0, ("1e-12", "0.0")),
        (np.array([0.0, 1e-18]), np.zeros(2), ("np.array([0.0, 1e-18])", "np.array([0.0, 0.0])")),
        (1 / 3, 1 / 3, ("0.3333", "0.3333")),
        (1e-30, 0.0, ("0.0", "0.0")),  # no digits tell a rounding error apart
        (np.arange(20.0), np.arange(20.0) + 1e-6 * (np.arange(20) == 0),
         ("array of shape (20,) that begins with 0.0, 1.0, 2.0, 3.0",
          "array of shape (20,) that begins with 1e-06, 1.0, 2.0, 3.0")),
    ],
)  # fmt: skip
def test_two_values_that_differ_look_different(a, b, texts):
    assert show_both(a, b) == texts


def test_expect_near_tells_two_values_apart():
    expect_near(1.0, 1.0 + 1e-7, "never")
    with pytest.raises(Wrong, match=r"^it is 1.00001; it should be 1.0$") as caught:
        expect_near(1.00001, 1.0, "it is {}; it should be {}", "round less")
    assert caught.value.hint == "round less"


def test_near():
    assert near(1.0, 1.0 + 1e-7) and near(0.0, 1e-10) and near((1, 2), (1, 2))
    assert not near(1.0, 1.0 + 1e-5) and not near(0.0, 1e-8) and not near((1, 2), (1, 3))


def test_expect():
    expect(True, "never")
    with pytest.raises(Wrong, match="^this$") as caught:
        expect(False, "this", "do that")
    assert caught.value.hint == "do that"
