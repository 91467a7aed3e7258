"""Chapters read well outside the website: plain Markdown, and what its links show is right.

bookext.plain turns the links into citations, numbers and terms of the website, which writes names,
years and numbers itself. Here those in the notebook are compared with references.bib, with their
order in the notebook, and with the built page. As in test_notebooks.py, each rule takes any
notebook, so that it can be seen to fail on a bad one.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import book
import pytest
from bookext import notebooks, plain
from bs4 import BeautifulSoup
from pybtex.database import Entry, parse_file

Notebook = dict[str, Any]
Rule = Callable[[Notebook], Iterator[str]]
CHAPTERS = book.ROOT / "chapters"
TEMPLATES = sorted((book.ROOT / "tools" / "template" / "chapters").glob("*.ipynb"))
LINK = re.compile(r"\[([^\[\]]+)\]\(([^()\s]+)\)")
MYST = [
    (r"\{[a-z][\w:+.-]*\}`", "a role"),
    (r"^[ >]*(:{3,}|`{3,}|~{3,})\s*\{", "a directive"),
    (r"^\$\$ *\([\w-]+\)", "the label of an equation"),
    (r"^\([\w-]+\)=", "a target"),
]


def markdown(notebook: Notebook) -> str:
    """Return all Markdown of a notebook, cell below cell."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return "\n\n".join(notebooks.text(cell["source"]) for cell in cells)


def links(notebook: Notebook) -> list[tuple[str, str]]:
    """Return (text, target) of the links outside code."""
    return LINK.findall("".join(plain.CODE.split(markdown(notebook))[::2]))


@cache
def bibliography() -> dict[str, Entry]:
    return dict(parse_file(str(book.ROOT / "references.bib")).entries)


def author_and_year(entry: Entry) -> tuple[str, str]:
    """Return how the website names a source: "Baldi and Sadowski", "2013"."""
    people = entry.persons.get("author") or entry.persons["editor"]
    names = [
        " ".join(map(str, person.rich_prelast_names + person.rich_last_names)) for person in people
    ]
    shown = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return shown, entry.fields["year"]


@cache
def terms() -> dict[str, str]:
    """Return {anchor on the page: name} for each entry of the glossary."""
    text = (book.ROOT / "reference" / "glossary.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\{glossary\}\n(.*?)^```", text, re.M | re.S)
    names = re.findall(r"^(?=\S)(.+)$", "\n".join(blocks), re.M)
    ascii_names = [unicodedata.normalize("NFKD", n).encode("ascii", "ignore") for n in names]
    anchors = ["term-" + re.sub(r"[^\w.]+", "-", name.decode()).strip("-") for name in ascii_names]
    return dict(zip(anchors, names, strict=True))


def no_role_and_no_directive(notebook: Notebook) -> Iterator[str]:
    for pattern, what in MYST:
        for found in re.finditer(pattern, markdown(notebook), re.M):
            yield f"{what} that only the website understands: {found[0]}"
    for cell in notebook["cells"]:
        if "figure" in cell["metadata"].get("mystnb", {}):
            yield "a caption in a cell's metadata; write it into the cell below the figure"


def citations_name_their_source(notebook: Notebook) -> Iterator[str]:
    for text, target in links(notebook):
        page, _, key = target.partition("#")
        if not page.endswith("references.md"):
            continue
        if key not in bibliography():
            yield f"{key} is not in references.bib"
            continue
        names, year = author_and_year(bibliography()[key])
        if text not in (f"{names} ({year})", f"{names}, {year}"):
            yield f"[{text}] is [{names} ({year})], or ([{names}, {year}]) in brackets"


def terms_are_in_the_glossary(notebook: Notebook) -> Iterator[str]:
    for _, target in links(notebook):
        page, _, anchor = target.partition("#")
        if page.endswith("glossary.md") and anchor and anchor not in terms():
            yield f"the glossary has no entry {anchor}"


def every_link_is_understood(notebook: Notebook) -> Iterator[str]:
    for text, target in LINK.findall(plain.to_myst(markdown(notebook))):
        if re.search(r"(references|glossary)\.md#|^#(fig|eq)-", target):
            yield f"bookext.plain does not know this form: [{text}]({target})"


def links_lead_to_files(notebook: Notebook) -> Iterator[str]:
    for _, target in links(notebook):
        path = target.partition("#")[0]
        if "://" not in path and not (CHAPTERS / path).exists():
            yield f"no file {path} beside the chapters"


def captions_are_numbered_in_order(notebook: Notebook) -> Iterator[str]:
    above, count = {}, 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and '<a id="fig-' in notebooks.text(cell["source"]):
            count += 1
            caption = plain.CAPTION.match(notebooks.text(cell["source"]))
            if caption is None or above.get("cell_type") != "code":
                yield "a caption does not begin the cell below the code of its figure"
            elif int(caption[2]) != count:
                yield f"{caption[1]} is figure {count}, not {caption[2]}"
        above = cell


def equations_are_numbered_in_order(notebook: Notebook) -> Iterator[str]:
    text = markdown(notebook)
    found = plain.EQUATION.findall(text)
    tags = [plain.TAG.findall(formula) for _, formula in found]
    if tags != [[str(k)] for k in range(1, len(found) + 1)]:
        yield f"numbers of equations: {tags}; each has one \\tag, from 1 on"
    if text.count('<a id="eq-') != len(found) or len(plain.TAG.findall(text)) != len(found):
        yield 'an anchor <a id="eq-..."></a> without an equation below it, or a \\tag without one'


def numbers(notebook: Notebook) -> dict[str, str]:
    """Return {anchor: what a link to this figure or equation shows}."""
    text = markdown(notebook)
    figures = re.findall(r'<a id="(fig-[\w-]+)"', text)
    equations = re.findall(r'<a id="(eq-[\w-]+)"', text)
    shown = {name: f"Figure {k}" for k, name in enumerate(figures, 1)}
    return shown | {name: f"({k})" for k, name in enumerate(equations, 1)}


def references_show_the_right_number(notebook: Notebook) -> Iterator[str]:
    shown = numbers(notebook)
    for text, target in links(notebook):
        if target.startswith(("#fig-", "#eq-")) and text != shown.get(target[1:]):
            yield f"[{text}]({target}) should be [{shown.get(target[1:], 'nothing')}]({target})"


def the_first_cell_says_how_to_install(notebook: Notebook) -> Iterator[str]:
    if plain.INSTALL not in notebooks.text(notebook["cells"][0]["source"]):
        yield f"the first cell should end in: {plain.INSTALL}"


RULES: list[Rule] = [
    no_role_and_no_directive,
    citations_name_their_source,
    terms_are_in_the_glossary,
    every_link_is_understood,
    links_lead_to_files,
    captions_are_numbered_in_order,
    equations_are_numbered_in_order,
    references_show_the_right_number,
    the_first_cell_says_how_to_install,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", [*book.NOTEBOOKS, *TEMPLATES], ids=lambda path: path.stem)
def test_notebook(path, rule):
    assert not list(rule(notebooks.load(path)))


# The other pages: they have directives, and the glossary is one, but these roles have a plain form.
PAGES = [book.ROOT / "index.md", *sorted((book.ROOT / "reference").glob("*.md"))]
OF_PAGES = [
    citations_name_their_source,
    terms_are_in_the_glossary,
    every_link_is_understood,
    equations_are_numbered_in_order,
]


@pytest.mark.parametrize(
    "path", [path for path in PAGES if path.stem != "glossary"], ids=lambda path: path.stem
)
def test_the_other_pages_have_plain_links_too(path):
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"\{(?:cite:[tp]|term|doc|eq|numref|math)\}`", text)
    assert not [complaint for rule in OF_PAGES for complaint in rule(notebook(text))]


def sources(texts: list[str]) -> list[tuple[str, str]]:
    """Return (names, year) of each source in citations of either form, sorted."""
    form = r"([^\s\d\[\],;(][^\d\[\](]*?),? [\[(]?(\d{4})"
    return sorted(found for text in texts for found in re.findall(form, text))


@pytest.mark.parametrize("path", book.NOTEBOOKS, ids=lambda path: path.stem)
def test_the_page_shows_the_same_numbers_and_sources(path, site):
    html = (site / "chapters" / f"{path.stem}.html").read_text(encoding="utf-8")
    page, notebook = BeautifulSoup(html, "html.parser").article, notebooks.load(path)
    cited = [text for text, target in links(notebook) if "references.md#" in target]
    on_page = [place.get_text() for place in page.select(".bibtex-citation")]
    assert sources(on_page) == sources(cited)
    shown = numbers(notebook)
    for name, number in shown.items():
        anchor = f"equation-{name}" if name.startswith("eq-") else name
        own = page.find(id=anchor).select_one(".eqno, .caption-number").get_text()
        there = {link.get_text() for link in page.select(f'a[href="#{anchor}"]:not(.headerlink)')}
        digits = re.findall(r"\d+", number)
        assert all(re.findall(r"\d+", each)[1:] == digits for each in (own, *there))


def notebook(*sources: str, **metadata: Any) -> Notebook:
    """Return a notebook of Markdown cells below a cell of code with `metadata`."""
    code = {"cell_type": "code", "source": "plot()", "metadata": metadata}
    cells = [{"cell_type": "markdown", "source": source, "metadata": {}} for source in sources]
    return {"cells": [code, *cells], "metadata": {}}


BIB, GLOSSARY = "../reference/references.md", "../reference/glossary.md"
FORMULA = '<a id="eq-a"></a>\n\n$$\nx = 1 \\tag{1}\n$$'
CAPTION = '<a id="fig-a"></a>**Figure 1.** Two curves.'
BAD = [
    (no_role_and_no_directive, notebook("See {numref}`fig-a`.")),
    (no_role_and_no_directive, notebook("```{note}\nWords.\n```")),
    (no_role_and_no_directive, notebook("::::{dropdown} Words\n::::")),
    (no_role_and_no_directive, notebook("$$\nx\n$$ (eq-a)")),
    (no_role_and_no_directive, notebook("(here)=\n# Title")),
    (no_role_and_no_directive, notebook("", mystnb={"figure": {"name": "fig-a"}})),
    (citations_name_their_source, notebook(f"[Wager (2013)]({BIB}#wager2013dropout)")),
    (citations_name_their_source, notebook(f"[Wager et al. (2012)]({BIB}#wager2013dropout)")),
    (citations_name_their_source, notebook(f"[Nobody (1900)]({BIB}#nobody1900)")),
    (terms_are_in_the_glossary, notebook(f"[decay]({GLOSSARY}#term-decaying)")),
    (every_link_is_understood, notebook(f"[Wager et al., 2013]({BIB}#wager2013dropout) say")),
    (every_link_is_understood, notebook(f"[decay]({GLOSSARY}#weight-decay)")),
    (links_lead_to_files, notebook("[there](00-nowhere.ipynb)")),
    (links_lead_to_files, notebook("[decay](reference/glossary.md#term-weight-decay)")),
    (captions_are_numbered_in_order, notebook(CAPTION.replace("1", "2"))),
    (captions_are_numbered_in_order, notebook("Words.\n\n" + CAPTION)),
    (captions_are_numbered_in_order, notebook("Words.", CAPTION)),
    (equations_are_numbered_in_order, notebook(FORMULA.replace("1}", "2}"))),
    (equations_are_numbered_in_order, notebook(FORMULA.replace(" \\tag{1}", ""))),
    (equations_are_numbered_in_order, notebook(FORMULA, '<a id="eq-b"></a> Words.')),
    (equations_are_numbered_in_order, notebook("$$\nx \\tag{1}\n$$")),
    (references_show_the_right_number, notebook(FORMULA, "By [(2)](#eq-a).")),
    (references_show_the_right_number, notebook(CAPTION, "See [Figure 2](#fig-a).")),
    (references_show_the_right_number, notebook("See [Figure 1](#fig-a).")),
    (the_first_cell_says_how_to_install, notebook("# Title")),
]


@pytest.mark.parametrize("rule, bad", BAD, ids=lambda value: getattr(value, "__name__", ""))
def test_each_rule_sees_what_it_forbids(rule, bad):
    assert list(rule(bad))


def test_a_good_notebook_breaks_no_rule():
    words = (
        f"By [(1)](#eq-a), [weight decay]({GLOSSARY}#term-weight-decay) and [Figure 1](#fig-a) as"
        f" in [Wager et al. (2013)]({BIB}#wager2013dropout) ([Baldi and Sadowski, 2013]"
        f"({BIB}#baldi2013understanding); [Wager et al., 2013]({BIB}#wager2013dropout)), see"
        f" [the first chapter]({book.NOTEBOOKS[0].name}) and [Python](https://www.python.org)."
    )
    good = notebook(f"{CAPTION}\n\n{FORMULA}\n\n```python\nx = 1\n```", words)
    good["cells"].insert(0, {"cell_type": "markdown", "source": plain.INSTALL, "metadata": {}})
    assert not [complaint for rule in RULES for complaint in rule(good)]
