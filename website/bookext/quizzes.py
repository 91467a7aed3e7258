"""The questions of a chapter's quiz, each at the end of the section that it asks about.

A question with `"after": "A title"` gets a place below the text under that title. Until
static/quiz-places.js puts the working question there it stands as text, as high as that, so that
nothing jumps; readers without scripts unfold the answer.
"""

import re
from html import escape

from bs4 import BeautifulSoup
from sphinx.util import logging

from bookext.notebooks import BookFigure, Question
from reglab.figures import quiz

log = logging.getLogger(__name__)
LINK = 30  # pixels of a link to a question that is not answered yet


def rich(text: str) -> str:
    """Return `text` as HTML, with its `code` and $mathematics$; quiz.js does the same."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(
        r"\$([^$]+)\$", r'<span class="math notranslate nohighlight">\\(\1\\)</span>', text
    )


def unanswered(name: str, question: Question) -> str:
    """Return a question as quiz.js draws it; `name` is that of its group of buttons."""
    kind = "checkbox" if question["multiple"] else "radio"
    choices = "".join(
        f'<label class="reglab-choice"><input type="{kind}" name="{name}">'
        f"<span>{rich(choice['text'])}</span></label>"
        for choice in question["choices"]
    )
    several = '<span class="reglab-place">More than one may be right.</span>'
    return (
        '<fieldset class="reglab-question"><legend><span class="reglab-place">Check. </span>'
        f'<span class="reglab-asked">{rich(question["question"])}</span>'
        f"{several if question['multiple'] else ''}</legend>{choices}"
        '<button type="button" class="reglab-button reglab-unseen">Check</button></fieldset>'
    )


def answer(question: Question) -> str:
    """Return the right choices with their reasons, to unfold without scripts."""
    reasons = "".join(
        f"<p><em>{rich(choice['text'])}</em> {rich(choice['why'])}</p>"
        for choice in question["choices"]
        if choice["correct"]
    )
    return f"<details><summary>Answer</summary>{reasons}</details>"


def spanning(figure: BookFigure) -> list[Question]:
    """Return the questions that belong to no single section, and stay in the quiz."""
    return [question for question in figure.questions if not question.get("after")]


def places(figure: BookFigure) -> str:
    """Return a place for each question of the quiz that belongs to a section."""
    return "".join(
        f'<div class="quiz-place reglab" id="check-{k}" data-after="{escape(question["after"])}">'
        f"{unanswered(f'check-{k}', question)}<noscript>{answer(question)}</noscript></div>"
        for k, question in enumerate(figure.questions, start=1)
        if question.get("after")
    )


def still(figure: BookFigure) -> str:
    """Return what stays in the quiz, for readers without scripts."""
    texts = [unanswered("", question) + answer(question) for question in spanning(figure)]
    return f'<div class="reglab">{"".join(texts)}</div>'


def kept_height(figure: BookFigure) -> int:
    """Return the height in pixels of what stays in the quiz: questions, and links to others."""
    return quiz.height(spanning(figure)) + LINK * len(figure.questions)


def spread_questions(page: BeautifulSoup) -> None:
    """Move each place to the end of the text below its title, before the next title."""
    headings = {_words(title.get_text()): title for title in page.select("article :is(h2, h3)")}
    for place in page.select(".quiz-place"):
        title = headings.get(_words(place["data-after"]))
        if title is None:
            log.warning("a question comes after %r, which is no title", place["data-after"])
            continue
        below = title.find_next_sibling("section")
        if below is None:
            title.parent.append(place.extract())
        else:
            below.insert_before(place.extract())


def _words(title: str) -> str:
    return " ".join(re.findall(r"\w+", title))  # the page has other quotation marks
