"""Our style, scripts and MathJax: where they lie, and which pages load them.

jupyter-book puts every *.js below a top-level `_static` into every page, so there is none: the
files lie in website/static and are named here.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from reglab.figures.book_figure import JS

WEBSITE = Path(__file__).resolve().parents[1]
SCRIPTS = [
    *["keep.js", "a11y.js", "code-switch.js", "predict.js"],
    *["quiz-memory.js", "quiz-places.js"],
]
STYLES = ["figure.css", "quiz.css"]  # figures bring these; questions look so before they are drawn

# For formulas that figures write (formulas.py sets those of the text): MathJax without the context
# menu, which makes the bundle tex-chtml.js 430 KB larger. assistive-mml adds MathML for screen
# readers.
MATHJAX = "vendor/mathjax/startup.js"
MATHJAX_PARTS = ["input/tex", "output/chtml", "a11y/assistive-mml"]


def use_local_files(app: Sphinx, config: Config) -> None:
    """Serve website/static, and take MathJax from there."""
    config.html_static_path += [str(WEBSITE / "static"), *(str(JS / name) for name in STYLES)]
    config.mathjax_path = MATHJAX
    config.mathjax3_config = {"loader": {"load": MATHJAX_PARTS}}
    config.html_search_scorer = str(WEBSITE / "search-scorer.js")
    config.nb_ipywidgets_js = {}  # myst-nb's come from other hosts; figures.py has its own


def setup(app: Sphinx) -> None:
    app.connect("config-inited", use_local_files)
    for style in [*STYLES, "book.css"]:
        app.add_css_file(style)
    for script in SCRIPTS:
        app.add_js_file(script, loading_method="defer")
