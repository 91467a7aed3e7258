"""widget-host.js alone, on small pages of our own: what a figure may rely on without a kernel."""

import base64
import struct
from pathlib import Path

import book
import pytest
from bookext import figures

HOST = book.ROOT / "website" / "static" / "widget-host.js"

COUNTER = """
export default {
  initialize({ model }) { model.set("started", (model.get("started") ?? 0) + 1); },
  render({ model, el }) {
    const button = document.createElement("button");
    const show = () => { button.textContent = `${model.get("title")} ${model.get("count")}`; };
    button.addEventListener("click", () => {
      model.set("count", model.get("count") + 1);
      model.save_changes();
    });
    model.on("change:count", show);
    show();
    el.append(button);
    el.model = model;
  },
};
"""
FLOATS = """
export default { render({ model, el }) {
  const view = model.get("chart").data;
  el.textContent = [...new Float32Array(view.buffer)].join(" ");
} };
"""


def anywidget(script: str, buffers: list = (), **values) -> dict:
    state = {"_esm": script, "title": "Figure", "count": 0, **values}
    return {"model_module": "anywidget", "state": state, "buffers": list(buffers)}


@pytest.fixture
def show(tmp_path: Path, page):
    """Open a page with these models in these slots; returns the page once all slots are settled."""

    def open_(models: dict[str, dict], slots: list[str], data: str = "models.js"):
        places = "".join(
            f'<div class="figure-slot" data-model="{id}"><noscript><p>still</p></noscript></div>'
            for id in slots
        )
        (tmp_path / "models.js").write_text(figures.models_script(models))
        host = f'<script defer src="{HOST.as_uri()}" data-models="{data}"></script>'
        (tmp_path / "page.html").write_text(f"<!doctype html><head>{host}</head><body>{places}")
        page.goto((tmp_path / "page.html").as_uri())
        page.wait_for_function(
            "[...document.querySelectorAll('.figure-slot')].every((slot) => slot.dataset.state)"
        )
        return page

    return open_


def test_a_figure_draws_itself_and_reacts(show):
    page = show({"a": anywidget(COUNTER, title="Clicks")}, ["a"])
    button = page.locator("button")
    assert button.inner_text() == "Clicks 0"
    button.click()
    assert button.inner_text() == "Clicks 1"


def test_a_script_that_figures_share_is_written_once(show, tmp_path):
    page = show({"a": anywidget(COUNTER), "b": anywidget(COUNTER, title="Other")}, ["a", "b"])
    assert page.locator("button").all_inner_texts() == ["Figure 0", "Other 0"]
    assert (tmp_path / "models.js").read_text().count("initialize(") == 1


def test_two_views_share_one_model_started_once(show):
    page = show({"a": anywidget(COUNTER)}, ["a", "a"])
    page.locator("button").first.click()
    assert page.locator("button").all_inner_texts() == ["Figure 1", "Figure 1"]
    assert page.evaluate("document.querySelector('.figure-slot > div').model.get('started')") == 1


def test_two_figures_of_one_kind_do_not_share_values(show):
    page = show({"a": anywidget(COUNTER), "b": anywidget(COUNTER, count=7)}, ["a", "b"])
    page.locator("button").first.click()
    assert page.locator("button").all_inner_texts() == ["Figure 1", "Figure 7"]


def test_arrays_arrive_as_bytes_at_their_place(show):
    data = base64.b64encode(struct.pack("<3f", 1, 2.5, -4)).decode()
    buffers = [{"path": ["chart", "data"], "data": data, "encoding": "base64"}]
    page = show({"a": anywidget(FLOATS, buffers, chart={})}, ["a"])
    assert page.locator(".figure-slot").inner_text() == "1 2.5 -4"


def test_a_style_is_added_once_for_all_figures_of_a_kind(show):
    css = "button { color: rgb(1, 2, 3) }"
    page = show({"a": anywidget(COUNTER, _css=css), "b": anywidget(COUNTER, _css=css)}, ["a", "b"])
    assert page.locator("style").count() == 1
    assert page.locator("button").first.evaluate("b => getComputedStyle(b).color") == "rgb(1, 2, 3)"


def test_listeners_come_and_go_as_anywidget_says(show):
    page = show({"a": anywidget(COUNTER)}, ["a"])
    heard = page.evaluate(
        """() => {
          const model = document.querySelector(".figure-slot > div").model, heard = [];
          const any = () => heard.push("any"), x = (value) => heard.push(`x ${value}`);
          const once = () => { heard.push("once"); model.off("change:x", once); };
          model.on("change:x change:y", once);
          model.on("change:x", x);
          model.on("change", any);
          model.set("x", 1);
          model.set("x", 1); // no change, no word
          model.set({ x: 2, y: 3 });
          model.off("change:x", x);
          model.off("change:y");
          model.set({ x: 5, y: 6 });
          model.off();
          model.set("x", 7);
          return heard;
        }"""
    )
    first = ["once", "x 1", "any"]
    both = ["x 2", "any", "once", "any"]
    assert heard == [*first, *both, "any", "any"]


@pytest.mark.parametrize(
    "model, words",
    [
        ({"model_module": "@jupyter-widgets/controls", "state": {}}, "jupyter-widgets/controls"),
        (None, "without state"),
        (anywidget("export default { render() { throw new Error('broken drawing') } };"), "broken"),
        (anywidget("this is no JavaScript"), "could not start"),
    ],
)
def test_what_cannot_be_drawn_says_so_beside_its_still(show, model, words):
    models = {"good": anywidget(COUNTER)} | ({"bad": model} if model else {})
    page = show(models, ["bad", "good"])
    bad = page.locator(".figure-slot").first
    assert words in bad.inner_text()
    assert "still" in bad.inner_text()
    assert bad.get_attribute("data-state") == "failed"
    assert page.locator("button").inner_text() == "Figure 0"  # the next figure is not touched


def test_data_that_do_not_arrive_leave_the_stills_and_a_word(show):
    page = show({"a": anywidget(COUNTER)}, ["a", "a"], data="nowhere.js")
    for slot in page.locator(".figure-slot").all():
        assert "did not arrive" in slot.inner_text()
        assert "still" in slot.inner_text()
        assert slot.get_attribute("data-state") == "failed"


def test_data_come_after_the_page(show, page):
    page.add_init_script(
        """window.addEventListener("load", () => {
          window.dataAtLoad = "bookFigures" in window;
        });"""
    )
    assert show({"a": anywidget(COUNTER)}, ["a"]).evaluate("window.dataAtLoad") is False
