"""BookFigure: one text for nbval, a picture for elsewhere, a script in one piece."""

import base64
import re
import subprocess
import sys
from pathlib import Path

import pytest
from py_mini_racer import MiniRacer

import reglab.figures
from reglab.figures import BookFigure, Quiz, Sweep, house_figure
from reglab.figures.book_figure import bundle, png
from reglab.figures.sweep import SCRIPTS

VIEW = "application/vnd.jupyter.widget-view+json"
JS = Path(reglab.figures.__file__).parent / "js"


class Plain(BookFigure):
    _esm = "export default { render() {} }"


class Drawn(Plain):
    def still(self):
        figure = house_figure(1, 1)
        figure.subplots().plot([0, 1])
        return figure


def test_the_output_is_a_view_and_a_text_that_never_changes():
    one, two = (Plain(title="A", alt="b")._repr_mimebundle_()[0] for _ in range(2))
    assert one["text/plain"] == two["text/plain"] == "Plain: A"
    assert one[VIEW]["model_id"] != two[VIEW]["model_id"]
    assert "image/png" not in one


def test_the_picture_is_a_png_and_the_same_each_time():
    one, two = (Drawn(title="A", alt="b")._repr_mimebundle_()[0]["image/png"] for _ in range(2))
    assert base64.b64decode(one).startswith(b"\x89PNG")
    assert one == two


def test_the_picture_has_the_house_style_and_leaves_no_trace():
    from matplotlib import rcParams

    before = dict(rcParams)
    figure = Drawn(title="A", alt="b")
    figure._repr_mimebundle_()
    assert dict(rcParams) == before


def test_png_says_nothing_about_the_machine():
    data = base64.b64decode(png(house_figure(1, 1)))
    assert b"Software" not in data and b"matplotlib" not in data


@pytest.mark.parametrize("alt", ["", "  "])
def test_alt_text_is_needed(alt):
    with pytest.raises(ValueError, match="alt must say what the figure shows"):
        Plain(title="A", alt=alt)


def test_alt_text_cannot_be_left_out():
    with pytest.raises(ValueError, match="alt must say what the figure shows"):
        Plain(title="A")


@pytest.mark.parametrize("kind", [Sweep, Quiz])
def test_a_bundle_is_one_module_without_imports(kind):
    assert not re.search(r"^\s*import\b", kind._esm, flags=re.M)
    assert re.findall(r"^export .*", kind._esm, flags=re.M) == ["export default { render };"]
    v8 = MiniRacer()
    v8.eval(kind._esm.replace("export default", "figure ="))  # a name declared twice is an error
    assert v8.eval("typeof figure.render") == "function"


def test_a_bundle_leaves_out_comments_and_nothing_else():
    source = (JS / "scale.js").read_text(encoding="utf-8").splitlines()  # it imports nothing
    code = [line for line in source if not line.lstrip().startswith(("//", "/**", "*"))]
    assert bundle("scale.js").splitlines() == code
    assert len(code) < len(source)


def test_a_bundle_holds_what_its_modules_import():
    """In the order in which they need each other: each imports from those before it."""
    for names in (list(SCRIPTS), ["page.js", "quiz.js"]):
        for k, name in enumerate(names):
            source = (JS / name).read_text(encoding="utf-8")
            assert set(re.findall(r'from "\./(.*)"', source)) <= set(names[:k])
    assert "function makeScale" in bundle("scale.js", "sweep.js")


def test_the_room_needs_no_torch():
    code = "import sys, reglab.figures; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
