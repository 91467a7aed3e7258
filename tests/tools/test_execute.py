"""A chapter that is run twice is stored twice the same, and one that fails is not stored."""

import json
import re

import execute
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

FIGURE = """import anywidget, ipywidgets, traitlets
class Figure(anywidget.AnyWidget):
    _esm = "export default { render() {} }"
    value = traitlets.Int(0).tag(sync=True)
    def __repr__(self): return "Figure"
"""
CELLS = [
    FIGURE,
    "hidden = ipywidgets.IntSlider(description='never shown')",
    "ipywidgets.HBox([ipywidgets.IntSlider(3, description='inside'), Figure(value=5)])",
    "import time; display(Figure(value=7)); print('one', flush=True); time.sleep(1); print('two')",
    "import os; print(os.path.basename(os.getcwd()), os.environ['REGLAB_PROGRESS'])",
]


def write(path, *sources):
    cells = [new_markdown_cell("# A chapter")] + [new_code_cell(source) for source in sources]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    nbformat.write(new_notebook(cells=cells), path)
    return path


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """The text of one chapter after its first and its second run, and its path."""
    folder = tmp_path_factory.mktemp("chapters")
    path = write(folder / "01-widgets.ipynb", *CELLS)
    texts = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execute, "CHAPTERS", folder)
        patch.setattr(execute.find, "__defaults__", (folder,))
        for _ in range(2):
            assert execute.main(["01-widgets"]) == 0
            texts.append(path.read_text())
    return *texts, path


@pytest.fixture
def notebook(twice):
    return nbformat.reads(twice[0], as_version=4)


def test_the_second_run_changes_nothing_but_its_duration(twice):
    first, second = (re.sub(r'"run_seconds": [\d.]+', "", text) for text in twice[:2])
    assert first == second


def test_the_run_is_noted(notebook):
    noted = notebook.metadata.reglab
    assert 0 < noted.run_seconds < 60
    assert set(noted.versions) == {"python", *execute.COMPUTED_WITH}


def test_cells_ran_in_order_in_the_chapters_own_folder(notebook, twice):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [1, 2, 3, 4, 5]
    assert code[-1].outputs[0].text == f"{twice[2].parent.name} 0\n"
    assert [output.text for output in code[3].outputs if "text" in output] == ["one\ntwo\n"]


def test_every_shown_widget_has_its_state_and_no_other(notebook):
    state = notebook.metadata.widgets[execute.STATE].state
    assert set(execute.views(notebook)) <= set(state)
    assert sorted(m.state.value for m in state.values() if "value" in m.state) == [3, 5, 7]
    text = json.dumps(state)
    assert set(re.findall(r"IPY_MODEL_(\w+)", text)) <= set(state)
    assert "never shown" not in text


def test_no_trace_of_the_moment_or_the_editor(twice):
    assert not re.search(r'"(execution|ExecuteTime|collapsed|version": "3)"', twice[0])
    assert list(twice[2].parent.iterdir()) == [twice[2]]


def test_tidying_drops_what_editors_leave(notebook):
    notebook.cells[1].metadata.update(scrolled=True, collapsed=False, tags=["hide-input"])
    notebook.metadata.kernelspec = {"name": "my-env", "display_name": "Mine"}
    tidied = execute.tidy(notebook, "01-widgets")
    assert tidied.cells[1].metadata == {"tags": ["hide-input"]}
    assert tidied.metadata.kernelspec == execute.KERNEL


def test_stale_widgets_go_when_their_output_goes(notebook):
    for cell in notebook.cells:
        cell.outputs = []
    assert "widgets" not in execute.tidy(notebook, "01-widgets").metadata


def test_a_failing_cell_is_shown_and_nothing_is_stored(tmp_path, monkeypatch, capsys):
    path = write(tmp_path / "02-fails.ipynb", "print(1)", "1 / 0")
    before = path.read_text()
    monkeypatch.setattr(execute.find, "__defaults__", (tmp_path,))
    assert execute.main([]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert path.read_text() == before and list(tmp_path.iterdir()) == [path]


def test_chapters_are_found_by_name_or_all_in_order(tmp_path):
    paths = [write(tmp_path / f"{name}.ipynb") for name in ("01-a", "02-b")]
    assert execute.find([], tmp_path) == paths
    assert execute.find(["02-b.ipynb", "01-a"], tmp_path) == paths[::-1]
    with pytest.raises(ValueError, match="no chapter 03-c; there are: 01-a, 02-b"):
        execute.find(["03-c"], tmp_path)


def test_an_unknown_chapter_is_an_error_with_a_list(capsys):
    assert execute.main(["99-nothing"]) == 2
    assert "no chapter 99-nothing" in capsys.readouterr().err
