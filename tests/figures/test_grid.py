"""Arrays over a grid: alignment by shape and by name, packing, and reading back."""

import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from reglab.figures.grid import Grid, Packer, collapse, read
from reglab.figures.product import Product

KNOBS = {"degree": [1, 2, 3], "noise": [0.0, 0.1]}  # K = (3, 2)


@pytest.mark.parametrize("shape", [(5,), (1, 5), (2, 5), (3, 1, 5), (3, 2, 5), (1, 1, 5)])
def test_plain_arrays_broadcast_as_in_numpy(shape):
    values = np.random.default_rng(0).normal(size=shape)
    got = np.broadcast_to(Grid(KNOBS).align("fit", values, 5), (3, 2, 5))
    assert_array_equal(got, np.broadcast_to(values, (3, 2, 5)))


@pytest.mark.parametrize("shape", [(), (2,), (3, 1), (3, 2)])
def test_readouts_broadcast_to_the_knobs(shape):
    values = np.random.default_rng(0).normal(size=shape)
    got = Grid(KNOBS).align("error", values, 0)
    assert got.shape[-1] == 1
    assert_array_equal(np.broadcast_to(got[..., 0], (3, 2)), np.broadcast_to(values, (3, 2)))


@pytest.mark.parametrize("dims", [("d", "sigma", "x"), ("x", "sigma", "d"), ("sigma", "x"), ("x",)])
def test_labeled_arrays_find_their_knobs_by_name(dims):
    size = {"d": 3, "sigma": 2, "x": 5}
    full = xr.DataArray(np.arange(30.0).reshape(3, 2, 5), dims=["d", "sigma", "x"])
    values = full.isel({d: 0 for d in size if d not in dims}).transpose(*dims)
    coords = full.assign_coords({d: range(n) for d, n in size.items()})
    grid = Grid({"degree": coords.d, "noise σ": coords.sigma})
    want = full.isel({d: [0] for d in size if d not in dims}).values
    assert_array_equal(grid.align("fit", values, 5), want)


def test_labeled_readouts_need_no_points():
    values = xr.DataArray(np.arange(6.0).reshape(2, 3), dims=["noise", "degree"])
    assert_array_equal(Grid(KNOBS).align("error", values, 0)[..., 0], values.values.T)


@pytest.mark.parametrize("shape", [(4,), (2, 3, 5), (3, 2, 4), (7, 3, 2, 5), (3, 5)])
def test_a_shape_that_does_not_fit_is_named(shape):
    with pytest.raises(ValueError, match=r"'fit' must broadcast to \(3, 2, 5\), .*degree \(3\) x "):
        Grid(KNOBS).align("fit", np.zeros(shape), 5)


def test_a_readout_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"'error' must broadcast to \(3, 2\).* got shape \(3,\)"):
        Grid(KNOBS).align("error", np.zeros(3), 0)


def test_a_matrix_has_rows_and_columns_beside_the_knobs():
    grid, values = Grid(KNOBS), np.arange(6.0).reshape(2, 3)
    data, shape = grid.align_matrix("mask", values)
    assert shape == (2, 3)
    assert_array_equal(data.ravel(), np.arange(6))
    knob, size = grid.dims[0], grid.shape[0]
    full = np.arange(size * 6.0).reshape(2, size, 3)
    labeled = xr.DataArray(full, dims=["row", knob, "column"])
    data, shape = grid.align_matrix("mask", labeled)
    assert shape == (2, 3) and data.shape == (size, *[1] * (len(grid.shape) - 1), 6)
    assert_array_equal(data.reshape(size, 2, 3), full.transpose(1, 0, 2))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros(3), r"'m' needs rows and columns, \(R, C\); got shape \(3,\)"),
        (np.zeros((0, 3)), "needs rows and columns"),
        (np.zeros((9, 2, 2)), r"'m' must broadcast to"),
        (xr.DataArray(np.zeros((2, 2, 2)), dims=["r", "c", "z"]), "two are allowed"),
    ],
)
def test_a_matrix_that_does_not_fit_is_named(values, message):
    with pytest.raises(ValueError, match=message):
        Grid(KNOBS).align_matrix("m", values)


def test_two_unknown_dimensions_are_an_error():
    values = xr.DataArray(np.zeros((5, 4)), dims=["x", "seed"])
    with pytest.raises(ValueError, match="the dimensions x, seed; beside the knobs .* one is"):
        Grid(KNOBS).align("fit", values, 5)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({}, "1 to 4 knobs; got 0"),
        ({c: [1, 2] for c in "abcde"}, "1 to 4 knobs; got 5: a, b, c, d, e"),
        ({"a": [1]}, "knob 'a' needs at least 2 values; got 1"),
    ],
)
def test_wrong_knobs(knobs, message):
    with pytest.raises(ValueError, match=message):
        Grid(knobs)


def test_collapse_keeps_only_what_changes():
    data = np.broadcast_to(np.arange(3.0)[:, None, None], (3, 2, 5))
    assert collapse(data).shape == (3, 1, 5)
    assert collapse(np.full((3, 2, 5), np.nan)).shape == (1, 1, 5)  # no dot anywhere is stored once
    changed = data.copy()
    changed[2, 1, 4] = 7
    assert collapse(changed).shape == (3, 2, 5)


numbers = st.floats(width=32, allow_nan=True)
shapes = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4))


@given(st.lists(shapes.flatmap(lambda s: arrays(np.float32, s, elements=numbers)), max_size=4))
def test_what_is_packed_is_read_back(parts):
    packer = Packer()
    blocks = [packer.add(part) for part in parts]
    for part, block in zip(parts, blocks, strict=True):
        for index in np.ndindex(part.shape[:-1]):
            assert_array_equal(read(packer.bytes(), block, index), part[index])


def test_the_page_reads_the_same_numbers(js):
    packer = Packer()
    parts = [np.random.default_rng(i).normal(size=(3, 2, 4)) for i in range(2)]
    parts[1][:, 1] = parts[1][:, 0]  # its second knob changes nothing
    blocks = [packer.add(part) for part in parts]
    blocks.append(packer.add(Product(parts[0], [[1.0, 2, 3], [0, -1, 0.5]])))  # 2 lines of 3
    data = list(packer.bytes())
    # The view starts off a multiple of 4 bytes, as one into a message from a kernel may.
    floats = f"toFloats(new DataView(new Uint8Array([0, ...{data}]).buffer, 1))"
    for block in blocks:
        for index in np.ndindex(3, 2):
            got = js.eval(f"[...readBlock({floats}, {json.dumps(block)}, {list(index)})]")
            assert_allclose(got, read(packer.bytes(), block, index), rtol=1e-6)
    assert len(got) == 6  # ... of the product
