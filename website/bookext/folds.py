"""Which code a page shows at first: what teaches is open, all else folds below its output.

One rule for all chapters, by what a cell shows: code of pictures, claims and quizzes, imports, and
the line that prints a source are folded; code that prints, or prepares what comes, is open. What an
exercise's report says of the unsolved template is folded as well: it would give hints away.
code-switch.js lets a reader open or hide all of it.
"""

import re

from bs4 import BeautifulSoup, Tag

CLAIMS, REPORT = ".reglab-claims", ".reglab-check"
PICTURE = "img, .figure-slot"


def fold_label(code: str, output: Tag | None) -> str | None:
    """Return what unfolds the code of a cell, or None if it is to be seen at once."""
    lines = [line for line in code.splitlines() if line and not line.startswith((" ", ")", "#"))]
    if lines and all(re.match(r"(import|from) |use_house_style", line) for line in lines):
        return "Imports"
    if output is None or output.select_one(REPORT):
        return None
    if output.select_one(CLAIMS):
        return "Code of these claims"
    if output.select_one(PICTURE):
        return "Code of this figure"
    return "Code that prints this" if "getsource(" in code else None


def fold_code(page: BeautifulSoup) -> None:
    """Fold the code of cells, as `fold_label` has it, below what they show."""
    for cell in page.select("div.cell:not(.tag_hide-cell)"):
        source, output = cell.select_one("div.cell_input"), cell.select_one("div.cell_output")
        if source is None:
            continue
        old = source.find_parent("details")
        label = fold_label(source.get_text(), output)
        if label is None and old is not None:
            label = "Code"
        if label is not None:
            cell.append(_fold(page, label, source.extract(), "code-fold"))
        if old is not None:
            old.decompose()


def fold_first_reports(page: BeautifulSoup) -> None:
    """Fold the report on an exercise's template."""
    for report in page.select(f"div.cell:not(.tag_hide-cell) {REPORT}"):
        output = report.find_parent("div", class_="cell_output")
        place = output.parent
        output.extract()
        place.append(_fold(page, "What the check says of this template", output, "report-fold"))


def _fold(page: BeautifulSoup, label: str, content: Tag, kind: str) -> Tag:
    fold = page.new_tag("details", attrs={"class": kind})
    summary = page.new_tag("summary")
    summary.string = label
    fold.extend([summary, content])
    return fold


def add_switch(page: BeautifulSoup, minutes: int) -> None:
    """Tell how long a chapter takes to read, and let the reader open or hide all of its code."""
    first = page.select_one("article details.code-fold, article div.cell_input")
    heading = page.select_one("article h1")
    if first is None or heading is None:
        return
    buttons = "".join(
        f'<button type="button" data-code="{mode}" aria-pressed="{str(mode == "key").lower()}">'
        f"{words}</button>"
        for mode, words in (("off", "off"), ("key", "key lines"), ("all", "all"))
    )
    line = (
        f'<div class="chapter-facts"><span>{minutes} minutes to read</span>'
        f'<div class="code-switch" role="group" aria-label="Code" hidden>Code: {buttons}</div>'
        "</div>"
    )
    heading.insert_after(BeautifulSoup(line, "html.parser"))
