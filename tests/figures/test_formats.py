"""Written numbers: examples, and the same text in Python and in the page."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reglab.figures.formats import knob_label, read_number, spelled, write_number, write_readout

EXAMPLES = {
    0.0312: "0.0312",
    4.8: "4.80",
    12.345: "12.3",
    0.0: "0",
    -2.5: "−2.50",
    1234.0: "1230",
    9999.0: "10,000",
    24_512.0: "24,500",
    999_900.0: "1.00 × 10⁶",
    0.0001: "0.000100",
    1.2e-5: "1.20 × 10⁻⁵",
    9.996: "10.0",
    math.inf: "∞",
    -math.inf: "−∞",
}


@pytest.mark.parametrize("value", EXAMPLES)
def test_examples(js, value):
    assert write_number(value) == js("writeNumber", value) == EXAMPLES[value]


@pytest.mark.parametrize(("value", "text"), [(0.125, "0.13"), (-2.5, "−2.5"), (4.5, "4.5")])
def test_halves_are_rounded_away_from_zero(js, value, text):
    assert write_number(value, 2) == js("writeNumber", value, 2) == text
    assert write_number(2.5, 1) == js("writeNumber", 2.5, 1) == "3"


def test_nothing_measured_is_a_dash(js):
    assert write_number(math.nan) == js("writeNumber", math.nan) == "–"


def test_python_and_page_write_the_same(js):
    @given(st.floats(), st.integers(1, 6), st.booleans())
    def agree(value, digits, pad):
        assert write_number(value, digits, pad) == js("writeNumber", value, digits, pad)

    agree()


@given(st.floats(-1e300, 1e300, allow_subnormal=False), st.integers(1, 6))
def test_the_text_is_the_value_to_so_many_digits(value, digits):
    text = write_number(value, digits).replace(",", "").replace("−", "-")
    mantissa, _, power = text.partition(" × 10")
    exponent = int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)
    assert math.isclose(float(f"{mantissa}e{exponent}"), value, rel_tol=0.51 * 10 ** (1 - digits))


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (3, "3"),
        (-3, "−3"),
        (10_000, "10,000"),
        (0.1, "0.1"),
        (0.30000000000000004, "0.3"),
        (np.float32(0.2), "0.2"),
        (np.int64(64), "64"),
        (1e-5, "1 × 10⁻⁵"),
        (2.0, "2"),
        (True, "True"),
        ("dropout", "dropout"),
    ],
)
def test_knob_labels(value, label):
    assert knob_label(value) == label


@pytest.mark.parametrize("value", [0.0, 1, -3, 0.0312, 12_500, 1.2e-5, -4.5, 1e9, 45.0])
def test_a_knob_s_number_is_read_back(js, value):
    label = knob_label(value)
    assert read_number(label) == js("readNumber", label) == value


@pytest.mark.parametrize("text", ["none", "", "40 % wrong", "batch 2"])
def test_a_text_is_read_as_no_number(js, text):
    assert math.isnan(read_number(text))
    assert js("readNumber", text) is None


@pytest.mark.parametrize(("value", "whole", "text"), [(7, True, "7"), (7, False, "7.00")])
def test_counts_are_written_without_decimals(js, value, whole, text):
    assert write_readout(value, whole) == js("writeReadout", value, whole) == text


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("eps = 0", "ε = 0"),
        ("1, beta₂ = 0.999", "1, β₂ = 0.999"),
        ("lam", "λ"),
        ("rate eta, η", "rate η, η"),
        ("steps, lambda, meta", "steps, lambda, meta"),
    ],
)
def test_greek_letters_stand_for_their_names(text, spelling):
    assert spelled([{"name": text, "slot": 1}]) == [{"name": spelling, "slot": 1}]
