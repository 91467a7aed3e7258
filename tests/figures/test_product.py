"""Lines stored as a product: what is drawn, what is stored, and clear errors."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from reglab.figures import Product
from reglab.figures.grid import Grid, Packer, read
from reglab.figures.sweep_layout import Panel, pack

GRID = Grid({"a": [1, 2, 3], "b": [1, 2]})
X = np.linspace(-1, 1, 50)
SHAPES = np.stack([X**0, X, X**2])
WEIGHTS = np.random.default_rng(0).normal(size=(3, 2, 3))


def packed(**parts):
    (panel,), _, data = pack(GRID, [Panel(**{"x": X} | parts)], {})
    return panel, data


@pytest.mark.parametrize("kind", ["lines", "bars"])
def test_a_product_draws_what_its_values_would(kind):
    short, data = packed(**{kind: {"fit": Product(WEIGHTS, SHAPES)}})
    full, all_data = packed(**{kind: {"fit": WEIGHTS @ SHAPES}})
    blocks = [one[kind][0]["y"] for one in (short, full)]
    for at in np.ndindex(GRID.shape):
        assert_allclose(read(data, blocks[0], at), read(all_data, blocks[1], at), atol=1e-6)
    assert short["ylim"] == pytest.approx(full["ylim"])


def test_only_the_factors_are_stored():
    packer = Packer()
    packer.add(GRID.align("fit", Product(WEIGHTS, SHAPES), 50))
    assert len(packer.bytes()) == 4 * (WEIGHTS.size + SHAPES.size)
    packer.add(GRID.align("mean", Product(WEIGHTS[:1, :1], SHAPES), 50))
    assert len(packer.bytes()) == 4 * (WEIGHTS.size + 2 * SHAPES.size + 3)


TWO = np.concatenate([WEIGHTS, -WEIGHTS], axis=-1)


@pytest.mark.parametrize(
    "weights",
    [TWO, xr.DataArray(TWO.reshape(3, 2, 2, 3), dims=["a", "b", "set", "order"])],
)
def test_many_lines_over_the_same_x_are_one_curve_with_gaps(weights):
    panel, data = packed(curves={"fits": (X, Product(weights, SHAPES))})
    xs, ys = (read(data, panel["curves"][0][axis], (2, 1)) for axis in "xy")
    assert_allclose(xs, np.tile([*X, np.nan], 2), atol=1e-6)
    line = WEIGHTS[2, 1] @ SHAPES
    assert_allclose(ys[np.isfinite(xs)], [*line, *-line], atol=1e-6)


def test_a_curve_may_also_give_all_its_x():
    panel, data = packed(curves={"fits": (np.tile(X, 2), Product(TWO, SHAPES))})
    xs, ys = (read(data, panel["curves"][0][axis], (0, 0)) for axis in "xy")
    assert_allclose(xs, np.tile(X, 2), atol=1e-6)
    assert len(ys) == 100


def test_bands_and_dots_may_be_products():
    band = Product(WEIGHTS, SHAPES), Product(WEIGHTS + np.eye(3)[0], SHAPES)
    panel, data = packed(lines={"fit": X}, bands={"fit": band}, dots={"d": (X, band[0])})
    low, high = (read(data, panel["bands"][0][end], (0, 0)) for end in ("low", "high"))
    assert_allclose(high - low, 1, atol=1e-6)
    assert_allclose(read(data, panel["dots"][0]["y"], (0, 0)), low)
    with pytest.raises(ValueError, match="band of 'fit' needs low <= high everywhere"):
        packed(lines={"fit": X}, bands={"fit": band[::-1]})


def test_labeled_weights_find_their_knobs():
    labeled = xr.DataArray(WEIGHTS.transpose(2, 1, 0), dims=["order", "b", "a"])
    assert_allclose(GRID.align("fit", Product(labeled, SHAPES), 50).values(), WEIGHTS @ SHAPES)


@pytest.mark.parametrize(
    ("weights", "shapes", "message"),
    [
        (WEIGHTS, X, r"'fit' needs shapes \(K, P\); got shape \(50,\)"),
        (WEIGHTS, SHAPES[:0], r"'fit' needs shapes \(K, P\)"),
        (WEIGHTS, SHAPES[:, :9], r"shapes \(K, P\) = \(3, 9\), and R \* P = 50; got 3 weights"),
        (WEIGHTS[..., :2], SHAPES, r"weights \(\*knobs, R \* K\) .* got 2 weights"),
        (WEIGHTS[:2], SHAPES, r"'weights of fit' must broadcast to \(3, 2, 3\)"),
        ([1j, 0, 0], SHAPES, "'weights of fit' must be real numbers"),
    ],
)
def test_factors_that_do_not_fit_are_named(weights, shapes, message):
    with pytest.raises(ValueError, match=message):
        packed(lines={"fit": Product(weights, shapes)})


def test_a_readout_is_no_product():
    with pytest.raises(ValueError, match="a readout is one number"):
        GRID.align("error", Product(WEIGHTS, SHAPES), 0)
