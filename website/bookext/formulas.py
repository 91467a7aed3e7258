"""Formulas set at build time: pages need no MathJax script, and nothing moves while one reads.

MathJax runs in V8 (the package mini-racer) with the files of website/static/vendor; a page gets the
HTML, the style of the characters it uses, MathML for screen readers, and loads MathJax's fonts. A
formula with an error is a warning that names it, where the browser would show it in yellow.

Set in the browser, formulas first stand there as TeX, which is longer: lines break again when they
are set (a layout shift of 0.17, where Lighthouse's limit is 0.1), and each page loads 0.7 MB more.
"""

import atexit
import json
import re
from functools import cache

from bs4 import BeautifulSoup
from bs4.element import PageElement, PreformattedString, Stylesheet
from py_mini_racer import MiniRacer
from sphinx.util import logging

from bookext.assets import WEBSITE

log = logging.getLogger(__name__)
MATHJAX = "vendor/mathjax"
FILES = [
    *["loader.js", "core.js", "adaptors/liteDOM.js", "input/tex.js"],
    *(f"input/tex/extensions/{name}.js" for name in
      ["boldsymbol", "braket", "enclose", "cancel", "color", "mathtools"]),
    *["output/chtml.js", "output/chtml/fonts/tex.js", "a11y/assistive-mml.js"],
]  # fmt: skip
# In the line, displayed, or an AMS environment on its own.
TEX = re.compile(r"\\\((.*)\\\)|\\\[(.*)\\\]|(\\begin\{.*)", re.S)
Formula = tuple[str, bool]  # TeX; is it displayed?


@cache
def engine() -> MiniRacer:
    """Return a V8 that has loaded MathJax; it is started once, with the first formula."""
    v8 = MiniRacer()
    atexit.register(v8.close)  # an open one would keep Python from ending
    v8.eval("var global = globalThis; var MathJax = {loader: {load: [], paths: {mathjax: '.'}}}; 0")
    folder = WEBSITE / "static" / MATHJAX
    for path in [*(folder / name for name in FILES), WEBSITE / "bookext" / "typeset.js"]:
        v8.eval(path.read_text(encoding="utf-8") + "\n;0")
    return v8


def set_all(formulas: list[Formula], fonts: str) -> tuple[list[str | dict], str]:
    """Return the HTML of each formula, or {"error": ...}, and the style of all of them."""
    call = f"setAll({json.dumps(formulas)}, {json.dumps(fonts)})"
    result = json.loads(engine().eval(call))
    return result["formulas"], re.sub(r"\s+", " ", result["style"])


def find(page: BeautifulSoup) -> list[tuple[PageElement, Formula]]:
    """Return the places in a page that hold TeX, each with its formula."""
    return [
        (text, ((found[1] or found[2] or found[3]).strip(), found[1] is None))
        for holder in page.select(".math")
        for text in holder.find_all(string=TEX, recursive=False)
        if (found := TEX.search(text))
    ]


def set_formulas(page: BeautifulSoup, name: str) -> None:
    """Replace the TeX of a page by set formulas; warn of those that cannot be set."""
    places = find(page)
    if not places:
        return
    formulas = list(dict.fromkeys(formula for _, formula in places))
    root = page.html.get("data-content_root", "./")
    html, style = set_all(formulas, f"{root}_static/{MATHJAX}/output/chtml/fonts/woff-v2")
    done = dict(zip(formulas, html, strict=True))
    for text, formula in places:
        result = done[formula]
        if isinstance(result, str):
            text.replace_with(PreformattedString(result))
        else:
            log.warning("formula in %s: %s: %s", name, result["error"], formula[0], type="bookext")
    tag = page.new_tag("style")
    tag.append(Stylesheet(style))
    page.head.append(tag)
