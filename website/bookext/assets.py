"""Our style, scripts and MathJax: where they lie, and which pages load them.

jupyter-book puts every *.js below a top-level `_static` into every page, so there is none: the
files lie in website/static and are named here.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

WEBSITE = Path(__file__).resolve().parents[1]
SCRIPTS = ["keep.js", "a11y.js", "code-switch.js", "predict.js", "quiz-memory.js"]

# For formulas that figures write (formulas.py sets those of the text): MathJax without the context
# menu, which makes the bundle tex-chtml.js 430 KB larger. assistive-mml adds MathML for screen
# readers.
MATHJAX = "vendor/mathjax/startup.js"
MATHJAX_PARTS = ["input/tex", "output/chtml", "a11y/assistive-mml"]


def use_local_files(app: Sphinx, config: Config) -> None:
    """Serve website/static, and take MathJax from there."""
    config.html_static_path.append(str(WEBSITE / "static"))
    config.mathjax_path = MATHJAX
    config.mathjax3_config = {"loader": {"load": MATHJAX_PARTS}}
    config.html_search_scorer = str(WEBSITE / "search-scorer.js")
    config.nb_ipywidgets_js = {}  # myst-nb's come from other hosts; figures.py has its own


def setup(app: Sphinx) -> None:
    app.connect("config-inited", use_local_files)
    app.add_css_file("book.css")
    for script in SCRIPTS:
        app.add_js_file(script, loading_method="defer")
