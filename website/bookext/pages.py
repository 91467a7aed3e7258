"""Repairs of every finished page, made once at build time so that the browser has nothing to patch.

The theme and its companions write markup that axe-core objects to, load scripts this book does not
use, and block the first paint. `RepairedPages` stands between the templates and the disk (Sphinx's
own `template_bridge` hook), so each page is repaired exactly once, whatever asked for it.
Each repair below takes the parsed page and changes it in place; each says why it is needed.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.jinja2glue import BuiltinTemplateLoader

from bookext.folds import add_switch, fold_code, fold_first_reports
from bookext.formulas import set_formulas
from bookext.hero import place_title
from bookext.minutes import label_contents
from bookext.pictures import keep_legible
from bookext.predictions import mark_predictions
from bookext.quizzes import spread_questions

# fontawesome.js (1.5 MB) redraws icons that the theme's own web font already shows; thebe, which
# jupyter-book always adds, runs code on a remote server.
UNUSED = re.compile(r"scripts/fontawesome\.js|sphinx-thebe\.(js|css)")
# On most pages they serve search-as-you-type only, which is off.
SEARCH = re.compile(r"(searchtools|language_data|searchindex)\.js")


def is_search(page: BeautifulSoup) -> bool:
    return page.find(id="search-results") is not None


def drop_unused_files(page: BeautifulSoup) -> None:
    """Remove scripts and styles that no page of this book needs."""
    keep_search = is_search(page)
    for tag in page.find_all(["script", "link"]):
        file = tag.get("src") or tag.get("href") or ""
        if UNUSED.search(file) or (SEARCH.search(file) and not keep_search):
            tag.decompose()
    for tag in page.find_all("script", string=re.compile("THEBE_JS_URL")):
        tag.decompose()  # registered twice: "already declared" in the console of every page


# What a page has to hold to need the styles and scripts of two extensions and of quizzes.
NEEDS = {
    "[class*=sd-]": ["sphinx-design.min.css", "design-tabs.js"],
    "div.cell": ["/mystnb."],
    ".quiz-place": ["/figure.css", "/quiz.css"],
}


def drop_idle_files(page: BeautifulSoup) -> None:
    """Load the style of cards, tabs, notebook cells and quizzes only where there are some."""
    for part, files in NEEDS.items():
        if page.body.select_one(part) is None:
            for file in files:
                for tag in page.head.select(f'link[href*="{file}"], script[src*="{file}"]'):
                    tag.decompose()


def drop_idle_mathjax(page: BeautifulSoup) -> None:
    """Load MathJax only for figures that write formulas themselves; those of the text are set."""
    if page.select_one(".figure-slot[data-formulas]") is None:
        for tag in page.head.select("script[src*='vendor/mathjax']"):
            tag.decompose()
        for tag in page.head.find_all("script", string=re.compile("window.MathJax =")):
            tag.decompose()


def paint_first(page: BeautifulSoup) -> None:
    """Let no script hold up the first paint; deferred scripts still run in order.

    documentation_options.js stays: inline scripts write into what it defines.
    """
    # The search page starts searching from an inline script, so there all come first.
    for tag in [] if is_search(page) else page.head.select("script[src]"):
        if "documentation_options.js" not in tag["src"]:
            tag["defer"] = ""
    for tag in page.head.select("link[rel=preload][as=script]"):
        tag.decompose()  # it would compete with the style sheets


def show_excerpts(page: BeautifulSoup) -> None:
    """Show an excerpt of each hit without the page's menus, and none in pages opened as files.

    Sphinx fetches the excerpts, which browsers refuse for files, one console error a hit.
    """
    if is_search(page):
        script = page.new_tag("script")
        script.string = (
            'if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'
        )
        page.head.extend([script, page.new_tag("script", src="_static/search.js")])


def name_controls(page: BeautifulSoup) -> None:
    """Give each control the name it shows (label-content-name-mismatch, summary-name)."""
    for tag in page.select("button.search-button-field, details.hide > summary"):
        del tag["aria-label"]
    for summary in page.select("nav details > summary"):
        link = summary.find_parent("li").find("a")
        summary["aria-label"] = f"Pages under {link.get_text(strip=True)}"
    for icon in page.select("i[class*=fa-], span[class*=fa-]"):
        icon["aria-hidden"] = "true"
        del icon["title"]


def mark_regions(page: BeautifulSoup) -> None:
    """Put the sidebar into a landmark, and drop roles that citations may not carry."""
    for tag in page.select("#pst-primary-sidebar"):
        tag["role"], tag["aria-label"] = "navigation", "Book"
    for tag in page.select("div.citation-list[role], div.citation[role]"):
        del tag["role"]


def fix_signatures(page: BeautifulSoup) -> None:
    """Make boxes of the <dl> that holds the parameters of a long signature: it has no <dt>."""
    for tag in page.select("dt.sig dl, dt.sig dl > dd"):
        tag["class"] = [*tag.get("class", []), f"sig-{tag.name}"]
        tag.name = "div"


def fix_tables(page: BeautifulSoup) -> None:
    """Turn empty header cells (the corner of a data frame) into plain cells."""
    for cell in page.select("th"):
        if not cell.get_text(strip=True) and not cell.find("img"):
            cell.name = "td"


def shorten_contents(page: BeautifulSoup) -> None:
    """Leave single exercises out of the contents beside the page: they took a third of it."""
    for link in page.select(".page-toc a"):
        if re.match(r"Exercise \d", link.get_text(strip=True)):
            link.find_parent("li").decompose()
    for empty in page.select(".page-toc ul"):
        if not empty.find("li"):
            empty.decompose()


def drop_idle_toggle(page: BeautifulSoup) -> None:
    """Remove the button that opens the contents of a page without contents (the home page)."""
    if page.select_one("#pst-secondary-sidebar") is None:
        for button in page.select("button.secondary-toggle"):
            button.decompose()


def tidy_head(page: BeautifulSoup) -> None:
    """Keep one viewport element of the three, and link basic.css without the @import detour."""
    for extra in page.select("meta[name=viewport]")[1:]:
        extra.decompose()
    for link in page.select("link[href*='styles/theme.css']"):
        link["href"] = link["href"].split("styles/theme.css")[0] + "basic.css"


REPAIRS = [
    keep_legible,
    drop_unused_files,
    drop_idle_files,
    drop_idle_mathjax,
    paint_first,
    show_excerpts,
    name_controls,
    mark_regions,
    fix_signatures,
    fix_tables,
    shorten_contents,
    drop_idle_toggle,
    fold_code,
    fold_first_reports,
    mark_predictions,
    spread_questions,
    place_title,
    tidy_head,
]


def repair(html: str, name: str = "", minutes: Mapping[str, int] | None = None) -> str:
    """Return the page with its formulas set and all repairs made.

    `minutes` says, by page name, how long each chapter takes to read.
    """
    page = BeautifulSoup(html, "html.parser")
    set_formulas(page, name)
    for step in REPAIRS:
        step(page)
    if minutes:
        label_contents(page, name, minutes)
    if minutes and name in minutes:
        add_switch(page, minutes[name])
    return str(page)


class RepairedPages(BuiltinTemplateLoader):
    """Sphinx's template loader, followed by `repair` for whole pages."""

    def render(self, template: str, context: dict) -> str:
        html = super().render(template, context)
        whole = "<html" in html[:2000]
        if not whole:
            return html
        return repair(html, context.get("pagename", ""), context.get("minutes", {}))


def drop_stale_pages(app: Sphinx, exception: Exception | None) -> None:
    """Delete pages whose source is gone: Sphinx leaves them, and a search would still find them."""
    if exception or app.builder.format != "html":
        return
    current = {*app.env.found_docs, "genindex", "search"}
    for path in Path(app.outdir).rglob("*.html"):
        name = path.relative_to(app.outdir).with_suffix("").as_posix()
        if name not in current and not name.startswith("_"):
            path.unlink()


def use_repaired_pages(app: Sphinx, config: Config) -> None:
    config.template_bridge = f"{__name__}.RepairedPages"


def setup(app: Sphinx) -> None:
    app.connect("config-inited", use_repaired_pages)
    app.connect("build-finished", drop_stale_pages)
