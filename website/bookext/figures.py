"""Interactive figures on a page: a slot for each, scripts and data in a file of their own.

The slot keeps the figure's height free, so nothing jumps when it is drawn; widget-host.js draws
into it. The data do not stand in the page, as myst-nb would have it: half a megabyte of them would
hold up the text.
"""

import json
import re
import zlib
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

from bookext import gallery, notebooks, quizzes
from bookext.notebooks import BookFigure

log = logging.getLogger(__name__)
VIEW_SCRIPT = re.compile(rf'<script type="{re.escape(notebooks.VIEW)}">(.*?)</script>', re.S)
DATA = "figures"  # below _static
HOST = "widget-host.js"


def slot(figure: BookFigure, image: str) -> str:
    """Return the place where widget-host.js draws `figure`, with its still for other readers.

    A quiz brings the places of its questions, which spread_questions moves to their sections.
    """
    kept = quizzes.kept_height(figure) if figure.questions else figure.min_height
    more = f' style="min-height:{kept}px"' if kept else ""
    more += " data-formulas" if figure.formulas else ""  # then the page keeps MathJax
    still = image or f"<p>{escape(figure.alt)}</p>"
    if figure.questions:
        still += quizzes.still(figure)
    else:
        still += "<p>This figure moves when JavaScript is on.</p>"
    return (
        f'<div class="figure-slot" id="{figure.anchor}" data-model="{figure.model_id}"{more}>'
        f"<noscript>{still}</noscript></div>{quizzes.places(figure)}"
    )


def place_slots(body: str, pagename: str, root: str, figures: list[BookFigure]) -> str:
    """Return the page's text with a slot in the place of each widget."""
    slots = {}
    for figure in figures:
        if figure.kind != "anywidget":
            log.warning("%s shows a widget that only a kernel can draw: %s", pagename, figure.kind)
        src = root + gallery.still_name(pagename, figure)
        slots[figure.model_id] = slot(figure, gallery.img(figure, src) if figure.still else "")
    return VIEW_SCRIPT.sub(lambda m: slots[json.loads(m.group(1))["model_id"]], body)


def models_script(models: dict[str, Any]) -> str:
    """Return the script that sets window.bookFigures; code and style, alike in many, stand once."""
    states = [model["state"] for model in models.values() if model]
    written = [state.get(part) for state in states for part in ("_esm", "_css")]
    texts = [json.dumps(text) for text in dict.fromkeys(written) if text]
    content = json.dumps(models)
    for i, text in enumerate(texts):
        content = content.replace(text, f"shared[{i}]")
    return f"(shared => {{ window.bookFigures = {content}; }})([{', '.join(texts)}]);\n"


def write_models(app: Sphinx, pagename: str, models: dict[str, Any]) -> str:
    """Write the models of a page's figures as a script; return its address below _static.

    A script, not JSON: pages opened as files may not fetch JSON. The address ends in a checksum,
    so that no browser keeps old data.
    """
    name = f"{DATA}/{pagename.replace('/', '-')}.js"
    path = Path(app.outdir, "_static", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = models_script(models)
    path.write_text(content, encoding="utf-8")
    return f"{name}?v={zlib.crc32(content.encode()):08x}"


def place_figures(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give the page its slots, data and host (event html-page-context, after myst-nb)."""
    if notebooks.VIEW not in context.get("body", ""):
        return
    notebook = notebooks.load(app.env.doc2path(pagename))
    figures, states = notebooks.figures(notebook), notebooks.widget_states(notebook)
    context["body"] = place_slots(context["body"], pagename, context["content_root"], figures)
    scripts = context["script_files"]  # Sphinx's own list: changed in place
    scripts[:] = [script for script in scripts if not _is_state(script)]
    models = {figure.model_id: states.get(figure.model_id) for figure in figures}
    load_models(app, pagename, context, models)


def load_models(
    app: Sphinx, pagename: str, context: dict[str, Any], models: dict[str, Any]
) -> None:
    """Have a page draw `models` into its slots."""
    data = f"{context['content_root']}_static/{write_models(app, pagename, models)}"
    app.add_js_file(HOST, loading_method="defer", **{"data-models": data})


def _is_state(script: Any) -> bool:
    return getattr(script, "attributes", {}).get("type") == notebooks.STATE


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", place_figures, priority=600)
