"""What the tests of figures share: the figures' own JavaScript, run in V8 without a browser."""

import json
from pathlib import Path

import pytest
from matplotlib import style
from py_mini_racer import MiniRacer

import reglab.figures
from reglab.figures import house_figure

JS = Path(reglab.figures.__file__).parent / "js"


@pytest.fixture(scope="session")
def js():
    """Return f(name, *arguments): the value of a function of scale.js; its NaN arrive as None."""
    v8 = MiniRacer()
    v8.eval((JS / "scale.js").read_text(encoding="utf-8").replace("export function", "function"))

    def call(name, *arguments):
        # json.dumps writes NaN and Infinity, which is no JSON but the JavaScript that is needed.
        source = ", ".join(json.dumps(value) for value in arguments)
        return json.loads(v8.eval(f"JSON.stringify({name}({source}))"))

    call.eval = lambda source: json.loads(v8.eval(f"JSON.stringify({source})"))
    return call


@pytest.fixture
def axis():
    with style.context("reglab.figures.house"):
        yield house_figure().subplots()
