"""Stored figures get the present script; all else of a notebook stays as it was."""

import json

import nbformat
import pytest
import renew_figures
from execute import STATE, VIEW
from nbformat.v4 import new_code_cell, new_notebook, new_output

from reglab.figures import Quiz, Sweep

CHAPTERS = sorted(renew_figures.Path(__file__).parents[2].glob("chapters/*.ipynb"))


def stored(figure):
    """A notebook with the state of `figure`, as ipywidgets saves it."""
    state = figure.get_state() | {"_anywidget_id": f"{type(figure).__module__}.Sweep"}
    state = {name: state[name] for name in sorted(state) if name not in ("data", "layout")}
    saved = {"model_module": "anywidget", "state": state, "buffers": [{"data": "AAAA"}]}
    other = {"model_module": "@jupyter/base", "state": {"width": None}}
    widgets = {STATE: {"state": {"a": saved, "b": other}}}
    cell = new_code_cell("1", id="cell-1")
    return new_notebook(cells=[cell], metadata={"widgets": widgets})


@pytest.fixture
def notebook():
    return stored(
        Sweep(title="It rises", alt="A line.", knobs={"k": [1, 2, 3]}, x=[0, 1],
              lines={"line": [0, 1]}, readouts={"end": 1.0})
    )  # fmt: skip


def state_of(notebook):
    return notebook.metadata["widgets"][STATE]["state"]["a"]["state"]


def test_a_figure_of_today_is_not_touched(notebook):
    assert renew_figures.renew(notebook) == 0


def test_an_old_script_is_replaced_and_new_traits_are_there(notebook):
    before = json.loads(json.dumps(notebook))
    old = state_of(notebook)
    old.update(_esm="old", _css="old", min_height=1)
    del old["presets"], old["linked"]
    assert renew_figures.renew(notebook) == 1
    assert json.loads(json.dumps(notebook)) == before


def test_a_quiz_gets_the_questions_and_the_text_of_today(tmp_path):
    today = Quiz("overfitting")
    kept = today.get_state() | {"_anywidget_id": "reglab.figures.quiz.Quiz", "questions": []}
    kept = {name: kept[name] for name in sorted(kept) if name not in ("data", "layout")}
    data = {VIEW: {"model_id": "a"}, "text/plain": "old"}
    cell = new_code_cell("1", id="cell-1", outputs=[new_output("display_data", data)])
    widgets = {STATE: {"state": {"a": {"model_module": "anywidget", "state": kept}}}}
    path = tmp_path / "01-one.ipynb"
    nbformat.write(new_notebook(cells=[cell], metadata={"widgets": widgets}), path)
    assert renew_figures.renew_file(path) == 1
    after = nbformat.read(path, as_version=4)
    assert state_of(after)["questions"] == today.questions
    assert after.cells[0].outputs[0].data["text/plain"] == today.describe()


def test_a_sweep_and_its_text_get_the_letters_of_today(notebook, tmp_path):
    state_of(notebook)["knobs"][0]["name"] = "eps"
    data = {VIEW: {"model_id": "a"}, "text/plain": "Sweep: It rises [eps (3); at eps = 1]"}
    notebook.cells[0].outputs = [new_output("display_data", data)]
    path = tmp_path / "01-one.ipynb"
    nbformat.write(notebook, path)
    assert renew_figures.renew_file(path) == 1
    after = nbformat.read(path, as_version=4)
    assert state_of(after)["knobs"][0]["name"] == "ε"
    assert after.cells[0].outputs[0].data["text/plain"] == "Sweep: It rises [ε (3); at ε = 1]"


def test_names_stay_in_order_so_that_the_difference_is_small(notebook):
    del state_of(notebook)["presets"]
    renew_figures.renew(notebook)
    assert list(state_of(notebook)) == sorted(state_of(notebook))


def test_a_file_without_old_figures_is_not_written(notebook, tmp_path):
    path = tmp_path / "01-one.ipynb"
    path.write_text(nbformat.writes(notebook).replace(" ", "  ", 1))
    before = path.read_text()
    assert renew_figures.renew_file(path) == 0
    assert path.read_text() == before


def test_an_old_file_is_written(notebook, tmp_path):
    path = tmp_path / "01-one.ipynb"
    state_of(notebook)["_esm"] = "old"
    nbformat.write(notebook, path)
    assert renew_figures.renew_file(path) == 1
    assert state_of(nbformat.read(path, as_version=4))["_esm"] == Sweep._esm


def test_an_unknown_chapter_is_named(capsys):
    assert renew_figures.main(["99-nothing"]) == 2
    assert "no chapter 99-nothing" in capsys.readouterr().err


def test_both_kinds_of_figures_are_known():
    assert set(renew_figures.KINDS.values()) == {Sweep, Quiz}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_stored_figures_have_the_present_script(path):
    """If not, or if a quiz.json has changed: `make renew`, which runs no chapter."""
    assert renew_figures.renew(nbformat.read(path, as_version=4)) == 0
