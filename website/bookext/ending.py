"""What next: a closing section below the last chapter, whose next page is no chapter any more."""

from typing import Any

from sphinx.application import Sphinx

from bookext import notebooks

# Where readers go from here, in the order of how many will: page and what it is good for.
WAYS = {
    "reference/questions": ("Questions", "start from what happens in your own training"),
    "reference/claims": ("Claims", "see every measurement of the book, the narrowest first"),
    "reference/api": ("Library", "use each technique in your own code"),
    "reference/figures": ("Figures", "move all interactive figures once more"),
}


def section(root: str, ways: dict[str, tuple[str, str]]) -> str:
    """Return the closing section; `root` leads from the page to the top of the site."""
    items = [
        f'<li><a href="{root}{page}.html">{name}</a>: {use}.</li>'
        for page, (name, use) in ways.items()
    ]
    return (
        '<section class="what-next" id="what-next"><h2>What next</h2>'
        f"<p>This was the last chapter. From here you can</p><ul>{''.join(items)}</ul></section>"
    )


def close_book(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Append the section to the last chapter (event html-page-context)."""
    if pagename in notebooks.names(app.env)[-1:]:
        found = {page: way for page, way in WAYS.items() if page in app.env.found_docs}
        context["body"] += section(context["content_root"], found)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", close_book)
