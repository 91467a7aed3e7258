"""Factorial effects: parity with least squares on the full model, by hand, and what is refused."""

from itertools import product

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from reglab.core import numpy_stream
from reglab.evidence import additive_prediction, contrast, factorial, interval, paired_interval


def design(k, n=10, seed=0):
    data = numpy_stream(seed, "factorial").normal(size=(*[2] * k, n))
    return xr.DataArray(data, dims=[*"abcd"[:k], "seed"], coords={"seed": range(n)})


def least_squares(y, factors):
    """The coefficient of the product of columns -1/2, +1/2, per seed, in the full model."""
    k = y.ndim - 1
    levels = np.array(list(product((-0.5, 0.5), repeat=k)))
    subsets = list(product((False, True), repeat=k))
    columns = np.stack([levels[:, list(s)].prod(1) for s in subsets], 1)
    fitted = np.linalg.lstsq(columns, y.values.reshape(2**k, -1), rcond=None)[0]
    return fitted[subsets.index(tuple(name in factors for name in y.dims[:-1]))]


@pytest.mark.parametrize("factors", ["a", "d", "ab", "bd", "abc", "abcd"])
def test_contrasts_are_the_coefficients_of_least_squares(factors):
    y = design(4)
    assert_allclose(contrast(y, [*factors]), least_squares(y, factors), atol=1e-12)


def test_one_factor_is_the_paired_comparison():
    y = design(1)
    row = factorial(y, order=1).loc["a"]
    want = paired_interval(y.isel(a=1, drop=True), y.isel(a=0, drop=True))
    assert_allclose(row[["mean", "low", "high"]].astype(float), want)


def test_the_table_has_every_effect_with_its_interval():
    y = design(3)
    table = factorial(y, order=3, level=0.9)
    assert list(table.index) == ["a", "b", "c", "a × b", "a × c", "b × c", "a × b × c"]
    assert table.order.tolist() == [1, 1, 1, 2, 2, 2, 3]
    for name, row in table.iterrows():
        want = interval(contrast(y, name.split(" × ")), 0.9)
        assert_allclose(row[["mean", "low", "high"]].astype(float), want)


def test_the_default_order_is_pairs_at_95_percent():
    y = design(3)
    assert factorial(y).equals(factorial(y, order=2, level=0.95))
    assert len(factorial(y)) == 6


def test_known_effects_are_found():
    a, b, c = np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij")
    cell = 50 - 20 * a - 10 * b + 3 * c + 8 * a * b
    y = xr.DataArray(np.repeat(cell[..., None], 4, -1), dims=["a", "b", "c", "seed"])
    table = factorial(y)
    assert table["mean"].to_dict() == {
        "a": -16, "b": -6, "c": 3, "a × b": 8, "a × c": 0, "b × c": 0,
    }  # fmt: skip


def test_the_place_of_the_seeds_does_not_matter():
    y = design(2)
    assert factorial(y.transpose("a", "seed", "b")).equals(factorial(y))


def test_seeds_may_have_another_name():
    y = design(2)
    renamed = factorial(y.rename(seed="run"), dim="run")
    assert renamed.equals(factorial(y))


def test_additive_prediction_by_hand():
    y = design(3)
    none = y[0, 0, 0]
    want = none + (y[1, 0, 0] - none) + (y[0, 0, 1] - none)
    assert_allclose(additive_prediction(y)[1, 0, 1], want)


def test_additive_prediction_is_exact_for_none_and_for_one():
    y = design(3)
    predicted = additive_prediction(y)
    assert predicted.dims == y.dims
    for place in [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]:
        assert_allclose(predicted[place], y[place], atol=1e-12)


def test_pairs_miss_the_additive_prediction_by_their_interaction():
    y = design(2)
    apart = (y - additive_prediction(y))[1, 1]
    assert_allclose(apart, contrast(y, ["a", "b"]), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda y: contrast(y, []), "different names; got \\[\\]"),
        (lambda y: contrast(y, ["a", "a"]), "different names"),
        (lambda y: contrast(y, "a"), "list of different names"),
        (lambda y: contrast(y, ["seed"]), "one of a, b; got 'seed'"),
        (lambda y: factorial(y, order=3), "order must be 1 to 2"),
        (lambda y: factorial(y, order=0), "order must be 1 to 2"),
        (lambda y: factorial(y, dim="run"), "over factors and 'run'"),
        (lambda y: factorial(y.isel(a=0, b=0)), "over factors and 'seed'"),
        (lambda y: factorial(y.isel(a=[0, 1, 1])), "'a' has 3 values"),
        (lambda y: additive_prediction(y.isel(b=[0])), "'b' has 1 values"),
    ],
)
def test_bad_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call(design(2))
