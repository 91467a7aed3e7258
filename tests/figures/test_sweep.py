"""Sweep: its state, its position, its text, and live updates."""

import json

import numpy as np
import pytest
import xarray as xr

from reglab.figures import Sweep
from reglab.figures.grid import read

X = np.linspace(-1, 1, 5)
FIT = np.random.default_rng(0).normal(size=(3, 2, 5))


SECOND = {"x": [0, 1], "lines": {"fit": [0, 1]}}


def sweep(**changes):
    parts = {
        "title": "It fits",
        "knobs": {"degree": [1, 3, 5], "noise σ": [0.0, 0.1]},
        "x": X,
        "lines": {"truth": X, "fit": FIT},
        "dots": {"data": (X, FIT)},
        "readouts": {"error": FIT.mean(-1)},
        "alt": "A curve.",
    }
    return Sweep(**parts | changes)


def test_state_is_json_and_one_buffer():
    state = sweep().get_state()
    data = state.pop("data")
    state.pop("layout")  # the widget's own
    json.dumps(state)
    assert isinstance(data, bytes)
    assert state["knobs"][1] == {"name": "noise σ", "labels": ["0", "0.1"]}


def test_it_starts_where_it_is_told():
    assert sweep().position == {"degree": 1, "noise σ": 0.0}
    figure = sweep(start={"noise σ": 0.1, "degree": 5})
    assert figure.index == figure.start == [2, 1]
    figure.move({"degree": 3})
    assert figure.position == {"degree": 3, "noise σ": 0.1}
    assert figure.start == [2, 1]  # where "Reset" leads


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({"degre": 3}, "no knob 'degre'; the knobs are degree, noise σ"),
        ({"degree": 4}, r"knob 'degree' has no value 4; it has \[1, 3, 5\]"),
    ],
)
def test_a_wrong_start_is_named(start, message):
    with pytest.raises(ValueError, match=message):
        sweep(start=start)


@pytest.mark.parametrize("index", [[3, 0], [0, -1], [0], [0, 0, 0]])
def test_the_index_stays_on_the_grid(index):
    figure = sweep()
    with pytest.raises(ValueError, match=r"below \(3, 2\); got"):
        figure.index = index
    assert figure.index == [0, 0]


def test_the_text_is_one_line_without_a_measured_number():
    text = sweep(start={"degree": 3}).describe()
    assert text == (
        "Sweep: It fits [degree (3) x noise σ (2); truth, fit, data; at degree = 3, noise σ = 0]"
    )


def test_knobs_may_be_texts_and_coordinates():
    grid = xr.Dataset(
        {"fit": (("p", "method", "x"), FIT)},
        coords={"p": [0.1, 0.2, 0.3], "method": ["none", "dropout"], "x": X},
    )
    figure = sweep(
        knobs={"rate p": grid.p, "method": grid.method},
        x=grid.x,
        lines={"fit": grid.fit.transpose("x", "method", "p")},
        dots={},
        readouts={"error": grid.fit.mean("x").T},
        start={"method": "dropout", "rate p": 0.2},
    )
    assert figure.position == {"rate p": 0.2, "method": "dropout"}
    assert figure.knobs[1]["labels"] == ["none", "dropout"]
    line = read(figure.data, figure.panels[0]["lines"][0]["y"], figure.index)
    np.testing.assert_allclose(line, FIT[1, 1], rtol=1e-6)
    value = read(figure.data, figure.readouts[0]["value"], figure.index)
    np.testing.assert_allclose(value, FIT[1, 1].mean(), rtol=1e-6)


def test_a_kernel_sees_the_slider_and_answers_with_data():
    figure = sweep()
    figure.observe(lambda change: figure.update(lines={"fit": X * sum(change["new"])}), "index")
    figure.set_state({"index": [2, 1]})  # as the page does
    lines = figure.panels[0]["lines"]
    assert [line["name"] for line in lines] == ["fit"]
    np.testing.assert_allclose(read(figure.data, lines[0]["y"], [2, 1]), 3 * X, rtol=1e-6)
    assert figure.panels[0]["dots"] and figure.readouts  # what was not replaced stays


def test_an_update_that_fails_changes_nothing():
    figure = sweep()
    before = figure.panels, figure.data
    with pytest.raises(ValueError, match="must broadcast"):
        figure.update(lines={"fit": np.zeros(4)})
    assert (figure.panels, figure.data) == before
    figure.update(readouts={"new": 1.0})
    assert [line["name"] for line in figure.panels[0]["lines"]] == ["truth", "fit"]


def test_what_was_replaced_stays_replaced():
    figure = sweep()
    figure.update(lines={"new": X})
    figure.update(readouts={"new": 1.0})
    assert [line["name"] for line in figure.panels[0]["lines"]] == ["new"]


def test_data_and_layout_travel_in_one_message(monkeypatch):
    figure, sent = sweep(), []
    monkeypatch.setattr(figure, "send_state", lambda key=None: sent.append(set(key)))
    figure.update(lines={"fit": X})
    assert sent == [{"panels", "readouts", "data"}]


def test_a_typical_figure_is_small():
    """15 x 5 x 4 positions of a fit of 200 points, its 100 data and 4 numbers: under 300 KB."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(5, 4, 100))
    figure = Sweep(
        title="t",
        alt="a",
        knobs={"degree": range(15), "n": range(5), "noise": range(4)},
        x=np.arange(200),
        lines={"truth": np.ones(200), "fit": rng.normal(size=(15, 5, 4, 200))},
        dots={"data": (data[:, :1], data)},
        readouts={str(i): rng.normal(size=(15, 5, 4)) for i in range(4)},
    )
    numbers = 200 + 200 + 15 * 5 * 4 * 200 + 500 + 2000 + 4 * 300
    assert len(figure.data) == 4 * numbers < 300_000
    assert len(figure._esm) + len(figure._css) < 65_000


def pair(**changes):
    masks = np.arange(24.0).reshape(3, 2, 2, 2) > 5
    parts = {
        "cells": {"kept": masks},
        "x": None,
        "lines": {},
        "dots": {},
        "beside": {"x": ["a", "b"], "bars": {"fit": FIT[..., :2]}, "ylabel": "units"},
    }
    return sweep(**parts | changes)


def test_a_second_chart_stands_beside_the_first():
    figure = pair()
    first, second = figure.panels
    assert [one["name"] for one in first["cells"]] == ["kept"] and not first["bars"]
    assert [one["name"] for one in second["bars"]] == ["fit"] and not second["cells"]
    assert (second["ylabel"], second["xnames"]) == ("units", ["a", "b"])
    assert figure.describe().endswith("(2); kept, fit; at degree = 1, noise σ = 0]")


def test_both_charts_are_updated():
    figure = pair()
    figure.update(cells={"dropped": np.eye(2)}, beside={"ylabel": "cells"}, readouts={"n": 3.0})
    assert figure.panels[0]["cells"][0]["name"] == "dropped"
    assert figure.panels[1]["ylabel"] == "cells" and figure.panels[1]["bars"]
    assert [one["name"] for one in figure.readouts] == ["n"]
    with pytest.raises(ValueError, match="no chart beside the first one to update"):
        sweep().update(beside={"ylabel": "cells"})


@pytest.mark.parametrize("changes", [{"bar": 1}, {"beside": {"bar": 1, "x": X}}])
def test_an_unknown_part_is_named(changes):
    with pytest.raises(ValueError, match="a chart has no bar; it has x, y, lines, bands"):
        sweep(**changes)


def test_a_preset_moves_the_named_knobs_from_the_start():
    figure = sweep(start={"noise σ": 0.1}, presets={"Take degree 5.": {"degree": 5}})
    assert figure.presets == [{"name": "Take degree 5.", "index": [2, 1]}]


def test_the_small_chart_shows_the_readout_of_choice():
    assert sweep(linked="error").linked == sweep().linked == 0
    assert sweep(linked=False).linked == -1


@pytest.mark.parametrize("call", [sweep, lambda **parts: sweep().update(**parts)])
def test_a_sweep_without_readouts_is_refused(call):
    with pytest.raises(ValueError, match="a sweep needs readouts, .* give readouts="):
        call(readouts={})


def test_a_second_chart_stands_beside_or_below():
    assert not sweep().stacked and not sweep(beside=SECOND).stacked
    figure = sweep(below=SECOND)
    assert figure.stacked and figure.panels == sweep(beside=SECOND).panels
    with pytest.raises(ValueError, match="stands beside the first or below it, not both"):
        sweep(beside=SECOND, below=SECOND)


def test_the_chart_below_can_be_updated():
    figure = sweep(below=SECOND)
    figure.update(below={"ylabel": "new"})
    assert [panel["ylabel"] for panel in figure.panels] == [sweep().panels[0]["ylabel"], "new"]
    with pytest.raises(ValueError, match="a chart has no beside"):
        figure.update(beside={"ylabel": "new"})


def test_a_stored_state_is_renewed_and_its_data_stay():
    state = {"title": "old", "linked": -1, "knobs": [], "panels": [], "readouts": [], "_esm": "old"}
    state["panels"] = sweep().panels
    now = Sweep.renewed(state)
    assert (now["_esm"], now["_css"]) == (Sweep._esm, Sweep._css)
    assert (now["title"], now["linked"], now["presets"]) == ("old", -1, [])
    assert "data" not in now


def test_a_stored_chart_gets_the_marks_of_today():
    panel = {name: part for name, part in sweep().panels[0].items() if name != "curves"}
    now = Sweep.renewed({"knobs": [], "panels": [panel], "readouts": []})
    assert now["panels"] == [panel | {"curves": []}]
