"""Quiz in widget-host.js on a page of its own: verdicts, reasons, scores, text and formulas."""

import json
import re

import pytest
from bookext.assets import MATHJAX, MATHJAX_PARTS, WEBSITE
from figure_page import opener

from reglab.figures import Quiz


@pytest.fixture
def show(tmp_path, page):
    return opener(tmp_path, page)


def choice(text, correct):
    return {"text": text, "correct": correct, "why": f"because {text}"}


ASKED = [
    {"question": "One?", "choices": [choice("yes", True), choice("no", False)]},
    {
        "question": "Two of `<b>three</b>`, with $a^2$?",
        "choices": [choice("red", True), choice("green", True), choice("blue", False)],
        "multiple": True,
    },
]


def test_a_quiz_explains_and_counts_first_tries(show):
    page = show(Quiz(ASKED))
    one, two = page.get_by_role("group", name=re.compile("Question")).all()
    said = one.locator(".reglab-feedback")
    one.get_by_role("button").press("Enter")
    assert said.inner_text() == "Choose an answer first."
    one.get_by_label("yes").focus()
    page.keyboard.press("ArrowDown")  # chooses "no", and must not give the answer away
    assert said.inner_text() == ""
    one.get_by_role("button").press("Enter")
    assert said.inner_text().split() == ["✗", "Not", "right.", "because", "no"]
    one.get_by_label("yes").check()
    assert said.inner_text() == ""
    one.get_by_role("button").click()
    assert said.inner_text().split() == ["✓", "Right.", "because", "yes"]

    score = page.locator(".reglab-score")
    assert score.inner_text() == ""
    two.get_by_label("red").check()
    two.get_by_label("green").check()
    two.get_by_role("button").click()
    assert "✓ Right." in two.inner_text() and "because red" in two.inner_text()
    assert score.inner_text() == "You answered 1 of 2 right at the first try."

    page.get_by_role("button", name="Start again").click()
    assert score.inner_text() == said.inner_text() == ""
    assert page.locator("input:checked").count() == 0
    assert page.evaluate("document.activeElement.type") == "radio"


@pytest.mark.parametrize(
    "ticked, verdict, reasons",
    [
        (["red"], "Right so far", ["red"]),
        (["red", "blue"], "✗ Not right.", ["blue"]),
        (["red", "green", "blue"], "✗ Not right.", ["blue"]),
    ],
)
def test_several_right_choices_have_to_be_found(show, ticked, verdict, reasons):
    page = show(Quiz(ASKED[1:]))
    for name in ticked:
        page.get_by_label(name).check()
    page.get_by_role("button", name="Check").click()
    said = page.locator(".reglab-feedback").inner_text()
    assert said.startswith(verdict)
    assert re.findall("because (.*)", said) == reasons
    assert (
        page.locator(".reglab-score").inner_text() == "You answered 0 of 1 right at the first try."
    )


def test_text_in_a_quiz_is_text(show):
    page = show(Quiz(ASKED))
    assert page.locator("fieldset b").count() == 0
    assert page.locator("legend code").inner_text() == "<b>three</b>"
    assert page.locator(".reglab-math").inner_text() == "a^2"


def test_formulas_are_handed_to_mathjax_where_there_is_one(show):
    script = "MathJax = { typesetPromise: async (all) => { window.set = all.length } }"
    page = show(Quiz(ASKED), script=script)
    page.wait_for_function("window.set === 1")
    formula = page.locator(".reglab-math.mathjax_process")
    assert formula.inner_text() == r"\(a^2\)"


def test_a_formula_that_mathjax_cannot_set_leaves_the_others_set(show):
    """MathJax looks for the file of \\href, which the site does not have, and gives up."""
    load = json.dumps({"loader": {"load": MATHJAX_PARTS}})
    url = (WEBSITE / "static" / MATHJAX).as_uri()
    script = f"MathJax = {load}; const tag = document.createElement('script'); tag.src = '{url}';"
    asked = [ASKED[1] | {"question": r"Is $\href{there}{a}$ or $a^2$ set? And $b^2$?"}]
    page = show(Quiz(asked), script=script + "document.head.append(tag)")
    page.locator(".reglab-math mjx-container").nth(1).wait_for()
    assert page.locator(".reglab-math").first.inner_text() == r"\(\href{there}{a}\)"


def test_a_quiz_fits_a_phone(show):
    page = show(Quiz("overfitting"), width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
