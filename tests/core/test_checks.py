"""Checks accept what they promise, and each error names the value, what is allowed, the fix."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reglab.core import (
    check_choice,
    check_count,
    check_flag,
    check_list,
    check_momentum,
    check_nonnegative,
    check_positive,
    check_probability,
    check_shape,
)

NAN, INF = float("nan"), float("inf")
NOT_NUMBERS = [True, "0.5", None, 1j, [0.5], torch.tensor(0.5), np.array([0.5]), np.True_]


@pytest.mark.parametrize("kind", [np.float16, np.float32])
@pytest.mark.parametrize("check", [check_positive, check_probability])
def test_numbers_of_fewer_bits_are_accepted_without_a_warning(check, kind):
    assert check("lr", kind(0.5)) == 0.5


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.longdouble])
def test_infinity_of_fewer_bits_is_infinity(kind):
    with pytest.raises(ValueError, match="lr must be a finite number > 0; got .*inf"):
        check_positive("lr", kind("inf"))


@pytest.mark.parametrize("value", [torch.tensor(0.5), np.array(0.5)])
@pytest.mark.parametrize("check", [check_positive, check_probability])
def test_one_number_in_a_tensor_is_named_as_such(check, value):
    with pytest.raises(ValueError, match=r"got .*0.5.*\); use \.item\(\) of it$"):
        check("lr", value)


@pytest.mark.parametrize("value", [True, False, np.True_])
def test_a_flag_is_returned(value):
    assert check_flag("intercept", value) is bool(value)


@pytest.mark.parametrize("value", ["no", 1, None])
def test_a_flag_is_never_guessed(value):
    with pytest.raises(ValueError, match=f"intercept must be True or False; got {value!r}"):
        check_flag("intercept", value)


@pytest.mark.parametrize(
    "values", [[1, 2], (1, 2), range(1, 3), np.array([1, 2]), {1: 0, 2: 0}.keys()]
)
def test_a_list_is_anything_in_order(values):
    assert check_list("sizes", values) == [1, 2]


def test_a_generator_becomes_a_list_once():
    assert check_list("sizes", (i for i in (1, 1))) == [1, 1]


@pytest.mark.parametrize("value", [5, "ab", {1: 2}, None, np.array(5), torch.tensor(5)])
def test_one_value_is_no_list(value):
    with pytest.raises(ValueError, match="sizes must be a list or a range; got "):
        check_list("sizes", value)


def test_a_number_that_should_be_a_list_is_told_how():
    with pytest.raises(ValueError, match=r"got 5; use \[5\]$"):
        check_list("sizes", 5)


def test_a_value_twice():
    with pytest.raises(ValueError, match=r"lams names a value twice: \[1, 2, 1.0\]"):
        check_list("lams", [1, 2, 1.0], twice=False)


@given(value=st.floats(0, 1))
def test_probability_returns_the_value_as_a_float(value):
    assert check_probability("p", value) == value


@pytest.mark.parametrize("value", [0, 1, np.float32(0.5), np.float64(0.5), Fraction(1, 2)])
def test_probability_accepts_every_kind_of_real(value):
    accepted = check_probability("p", value)
    assert type(accepted) is float and accepted == value


@pytest.mark.parametrize("value", [-1e-9, 1 + 1e-9, 101, -5, NAN, INF, -INF, *NOT_NUMBERS])
def test_probability_rejects(value):
    with pytest.raises(ValueError, match=r"rate is a probability, in \[0, 1\]; got "):
        check_probability("rate", value)


def test_probability_guesses_percentages_only():
    with pytest.raises(ValueError, match=r"got 20; did you mean 0\.2\?$"):
        check_probability("p", 20)
    with pytest.raises(ValueError, match=r"got 100; did you mean 1\.0\?$"):
        check_probability("p", 100)
    for value in (-20, 101, NAN, "20"):
        with pytest.raises(ValueError) as error:
            check_probability("p", value)
        assert "mean" not in str(error.value)


def test_zero_is_nonnegative_but_not_positive():
    assert check_positive("lr", 1e-300) == 1e-300
    assert type(check_positive("lr", 2)) is float
    assert check_nonnegative("lam", 0) == 0.0
    with pytest.raises(ValueError, match=r"lr must be a finite number > 0; got 0$"):
        check_positive("lr", 0)
    with pytest.raises(ValueError, match=r"lam must be a finite number >= 0; got -1$"):
        check_nonnegative("lam", -1)


def test_momentum_is_below_one():
    assert check_momentum(0) == 0.0
    with pytest.raises(ValueError, match=r"momentum must be in \[0, 1\); got 1.5"):
        check_momentum(1.5)
    with pytest.raises(ValueError, match="momentum must be a finite number >= 0; got nan"):
        check_momentum(float("nan"))


@pytest.mark.parametrize("check", [check_positive, check_nonnegative])
@pytest.mark.parametrize("value", [-1e-9, NAN, INF, -INF, 10**400, *NOT_NUMBERS])
def test_positive_and_nonnegative_reject(value, check):
    with pytest.raises(ValueError, match="lr must be a finite number"):
        check("lr", value)


def test_count_accepts_whole_numbers_of_any_kind():
    for value in (3, np.int64(3), np.uint8(3)):
        accepted = check_count("n", value)
        assert type(accepted) is int and accepted == 3
    assert check_count("n", 0, minimum=0) == 0
    assert check_count("n", 1) == 1


@pytest.mark.parametrize("value", [0, -1, 3.0, NAN, *NOT_NUMBERS])
def test_count_rejects(value):
    with pytest.raises(ValueError, match="n must be a whole number >= 1; got "):
        check_count("n", value)


def test_count_names_the_minimum():
    with pytest.raises(ValueError, match="^n must be a whole number >= 5; got 4$"):
        check_count("n", 4, minimum=5)


def test_choice_lists_what_is_allowed():
    assert check_choice("design", "fixed", (c for c in ("random", "fixed"))) == "fixed"
    with pytest.raises(ValueError, match="^design must be one of random, fixed; got 'grid'$"):
        check_choice("design", "grid", ["random", "fixed"])


@pytest.mark.parametrize("make", [torch.zeros, np.zeros], ids=["torch", "numpy"])
def test_shape_returns_the_value_itself(make):
    value = make((2, 3))
    for want in [(2, 3), (None, 3), (2, None), (None, None)]:
        assert check_shape("x", value, want) is value
    assert check_shape("x", make(()), ()).shape == ()


@pytest.mark.parametrize("want", [(2,), (2, 3, 1), (3, 2), (None, 2), (None,), ()])
def test_shape_rejects(want):
    with pytest.raises(ValueError, match=r"^x must have shape \(.*\); got \(2, 3\)$"):
        check_shape("x", torch.zeros(2, 3), want)


def test_shape_error_shows_free_sizes():
    with pytest.raises(ValueError, match=r"shape \(any, 4\); got \(2, 3\)$"):
        check_shape("x", torch.zeros(2, 3), (None, 4))


def test_shape_needs_something_with_a_shape():
    with pytest.raises(ValueError, match="^x must be a tensor or an array; got list$"):
        check_shape("x", [[1.0, 2.0]], (1, 2))
