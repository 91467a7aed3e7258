"""The questions of a quiz stand in their sections: in the built files, before and after drawing."""

import book
import pytest
from bookext import notebooks, quizzes
from bs4 import BeautifulSoup

from reglab.figures import Quiz

CHAPTERS = [path.stem for path in book.NOTEBOOKS]
PHONE, DESKTOP = 390, 1280
TYPESET = 30  # pixels: formulas of a figure are set a second time, and one may need another line


def quiz_of(chapter: str) -> notebooks.BookFigure:
    path = book.ROOT / "chapters" / f"{chapter}.ipynb"
    return next(f for f in notebooks.figures(notebooks.load(path)) if f.questions)


# ---- Without a browser


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_question_is_the_last_thing_below_its_title(site, chapter):
    page = book.parsed(site / f"chapters/{chapter}.html")
    asked = [(k, q) for k, q in enumerate(quiz_of(chapter).questions, start=1) if q["after"]]
    assert [place["id"] for place in page.select(".quiz-place")] == [f"check-{k}" for k, _ in asked]
    for k, question in asked:
        place = page.find(id=f"check-{k}")
        title = place.parent.find(["h2", "h3"]).get_text()
        assert quizzes._words(title) == quizzes._words(question["after"])
        below = [part for part in place.find_next_siblings() if not part.get("data-after")]
        assert {part.name for part in below} <= {"section"}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_contents_and_descriptions_list_no_questions(site, chapter):
    page = book.parsed(site / f"chapters/{chapter}.html")
    listed = page.select_one(".page-toc").get_text() + str(page.select('meta[name="description"]'))
    for question in quiz_of(chapter).questions:
        assert question["question"] not in listed


def question(**more):
    choices = [
        {"text": "`a` < $b$", "correct": True, "why": "So it is."},
        {"text": "no", "correct": False, "why": "It is not."},
    ]
    return {"question": "Is it?", "choices": choices, "multiple": False, **more}


def spread(title: str) -> BeautifulSoup:
    figure = notebooks.BookFigure(
        "m", "anywidget", "figure-q", "Q", "A quiz.", 1, None, False,
        (question(after="“A” title"), question()),
    )  # fmt: skip
    inner = "<section><h3>Inner</h3><p>y</p></section>"
    html = f"<article><section><h2>{title}</h2><p>x</p>{inner}</section>"
    page = BeautifulSoup(f"{html}{quizzes.places(figure)}</article>", "html.parser")
    quizzes.spread_questions(page)
    return page


def test_a_question_stands_before_the_next_title_and_holds_text_not_markup():
    page = spread('"A" title<a href="#a">#</a>')
    (place,) = page.select(".quiz-place")
    assert [part.name for part in place.parent.find_all(recursive=False)] == [
        *["h2", "p", "div", "section"]
    ]
    assert place.select_one("legend").get_text() == "Check. Is it?"
    assert place.select_one("label code").get_text() == "a"
    assert place.select_one(".math").get_text() == "\\(b\\)"
    assert "<" in place.select_one("label").get_text()
    assert "So it is." in place.select_one("noscript details").get_text()
    assert "It is not." not in place.get_text()


def test_a_title_that_is_not_there_is_reported(monkeypatch):
    said = []
    monkeypatch.setattr(quizzes.log, "warning", lambda text, *words: said.append(text % words))
    spread("Another title")
    assert said == ["a question comes after '“A” title', which is no title"]


def test_the_quiz_keeps_height_for_its_own_questions_and_the_links():
    figure = quiz_of(CHAPTERS[0])
    assert quizzes.kept_height(figure) < figure.min_height
    assert figure.min_height == Quiz("overfitting").min_height


# ---- In a browser


def heights(page) -> list[float]:
    """Of all questions, on a phone and in a wide window."""
    found = []
    for width in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("for (const each of document.getAnimations()) each.finish()")  # the sidebar
        assert page.locator(".quiz-place").first.bounding_box()["y"] > 900  # below the first screen
        found += page.locator(".quiz-place").evaluate_all(
            "all => all.map((el) => el.getBoundingClientRect().height)"
        )
    return found


@pytest.mark.parametrize("chapter", CHAPTERS[::6])
def test_nothing_jumps_when_questions_begin_to_work(page, address, chapter):
    data = "**/_static/figures/chapters-*"
    page.route(data, lambda route: route.abort())
    page.goto(f"{address}chapters/{chapter}.html", wait_until="networkidle")
    assert page.locator(".quiz-open").count() == 0
    before = heights(page)
    page.unroute(data)
    page.reload(wait_until="networkidle")
    page.locator(".quiz-open").wait_for(state="attached")
    tolerance = TYPESET if quiz_of(chapter).formulas else 0.5
    assert heights(page) == pytest.approx(before, abs=tolerance)


def test_without_scripts_questions_can_be_read_and_answers_unfold(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}chapters/{CHAPTERS[0]}.html")
    place = page.locator(".quiz-place").first
    asked = quiz_of(CHAPTERS[0]).questions[0]
    assert asked["question"] in place.inner_text()
    assert place.get_by_role("button").count() == 0  # it could do nothing
    reason = place.locator("details p")
    assert not reason.is_visible()
    place.locator("summary").click()
    assert reason.is_visible()
    assert next(c["why"] for c in asked["choices"] if c["correct"]) in reason.inner_text()
    context.close()


def test_search_shows_no_questions_in_its_excerpts(page, address, site):
    page.goto(f"{address}search.html?q=overfitting")
    html = (site / f"chapters/{CHAPTERS[0]}.html").read_text(encoding="utf-8")
    text = page.evaluate("html => Search.htmlToText(html)", html)
    assert "random labels" in text
    for asked in quiz_of(CHAPTERS[0]).questions:
        assert asked["question"] not in text
