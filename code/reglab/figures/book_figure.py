"""BookFigure: what every interactive figure of the book shares.

A BookFigure is an anywidget, hence an ipywidget: its script, its style and its data are its state.
Jupyter saves that state in the notebook, so the page of the website needs no kernel; in a live
notebook the same state is shared with Python. Where neither runs (GitHub, an untrusted notebook,
print) the output falls back to a PNG, and to one deterministic line of text.
"""

import base64
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from matplotlib import style
from matplotlib.figure import Figure

from reglab.figures.style import SHEET

JS = Path(__file__).parent / "js"
COMMENT = re.compile(r"^ *(//.*|/\*\*(?s:.*?)\*/)\n", flags=re.M)


def bundle(*names: str) -> str:
    """Return the ES modules js/`names` as one module: a widget's script cannot import a file.

    Imports between them are dropped, and so is `export` from all but the last, so no two may
    declare the same top-level name. Comments on lines of their own stay behind: each stored figure
    has a script of its own.
    """
    texts = [(JS / name).read_text(encoding="utf-8") for name in names]
    *parts, last = [COMMENT.sub("", text) for text in texts]
    parts = [
        re.sub(r"^export (?=(async )?(function|const|class)\b)", "", p, flags=re.M) for p in parts
    ]
    return "\n".join(re.sub(r"^import [^;]*;\n", "", p, flags=re.M) for p in [*parts, last])


def sheet(*names: str) -> str:
    """Return the style sheets js/`names` as one."""
    return "\n".join((JS / name).read_text(encoding="utf-8") for name in names)


class BookFigure(anywidget.AnyWidget):
    """A figure that draws itself in the page; subclasses give `_esm` and `_css`, and `describe`.

    Traits: `title` says the finding; `alt` says what the figure shows to someone who cannot see
    it; `min_height` is the height in pixels to keep free before the script has run.
    """

    _esm: str
    _css: str

    title = traitlets.Unicode("").tag(sync=True)
    alt = traitlets.Unicode("").tag(sync=True)
    min_height = traitlets.Int(0).tag(sync=True)

    def __init__(self, **traits: Any):
        super().__init__(**traits)
        if "alt" not in traits:
            self.alt = " "  # refused below, which a default alone would not be

    @traitlets.validate("title", "alt")
    def _text_is_said(self, proposal: dict[str, Any]) -> str:
        if not proposal["value"].strip():
            name = proposal["trait"].name
            raise ValueError(f"{name} must say what the figure shows; got an empty text")
        return proposal["value"]

    @classmethod
    def renewed(cls, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return a state that a notebook stores, with the script, style and defaults of today."""
        defaults = {name: cls.class_traits()[name].default() for name in cls.class_own_traits()}
        missing = {n: v for n, v in defaults.items() if n not in state and not isinstance(v, bytes)}
        return {**state, **missing, "_esm": cls._esm, "_css": cls._css}  # bytes are stored apart

    def describe(self) -> str:
        """Return the text/plain of the output, the same on every machine: nbval compares it."""
        return f"{type(self).__name__}: {self.title}"

    def still(self) -> Figure | None:
        """Return the picture for places that run no script, or None where text is enough."""
        return None

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        assert bundle is not None  # only without ipywidgets
        data, metadata = bundle
        data["text/plain"] = self.describe()
        with style.context(SHEET):  # also holds while drawing: ticks and texts read it late
            figure = self.still()
            if figure is not None:
                data["image/png"] = png(figure)
        return data, metadata


def png(figure: Figure, dpi: int = 110) -> str:
    """Return `figure` as PNG in base64, without the date and version that would change each run."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
    return base64.b64encode(file.getvalue()).decode("ascii")
