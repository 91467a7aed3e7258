"""A page with one figure in widget-host.js, from the widget's own state (reglab.figures).

No kernel, no notebook and no built site is needed.
"""

import base64
import json

import book

HOST = (book.ROOT / "website" / "static" / "widget-host.js").as_uri()


def saved(figure):
    """The state as a notebook saves it."""
    state = figure.get_state()
    raw = [key for key, value in state.items() if isinstance(value, bytes)]
    data = [{"path": [k], "data": base64.b64encode(state.pop(k)).decode()} for k in raw]
    return {"model_module": "anywidget", "state": state, "buffers": data}


def opener(folder, page):
    """Return a function that opens a page, kept in `folder`, with `figure` shown `views` times."""

    def open_(figure, views=1, width=800, theme="light", script="", style="", motion="reduce"):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(reduced_motion=motion)
        models = f"window.bookFigures = {json.dumps({'a': saved(figure)})};"
        (folder / "models.js").write_text(models, encoding="utf-8")
        slots = '<div class="figure-slot" data-model="a"><noscript></noscript></div>' * views
        (folder / "page.html").write_text(
            f'<!doctype html><html data-theme="{theme}"><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><style>{style}</style>'
            f'<script>{script}</script><script defer src="{HOST}" data-models="models.js"></script>'
            f"<body>{slots}",
            encoding="utf-8",
        )
        page.goto((folder / "page.html").as_uri())
        page.locator(".figure-slot[data-state=drawn]").nth(views - 1).wait_for(state="attached")
        return page

    return open_
