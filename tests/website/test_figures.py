"""Every interactive figure on the built pages: moved by mouse and by keys, read without scripts."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import book
import pytest
from bookext import notebooks

CHAPTERS = {path.stem: notebooks.figures(notebooks.load(path)) for path in book.NOTEBOOKS}
MOVING = [name for name, figures in CHAPTERS.items() if any(figure.still for figure in figures)]
QUIZZES = [name for name, figures in CHAPTERS.items() if any(not f.still for f in figures)]


# What a question says as soon as its formulas are set; and what it says to each choice.
READ = """async (question) => {
  const unset = ".reglab-math:not(:has(mjx-container))";
  while (question.querySelector(unset)) await new Promise(requestAnimationFrame);
  return question.innerText;
}"""
ANSWERS = f"""async (question) => {{
  const said = [];
  for (const choice of question.querySelectorAll("input")) {{
    choice.click();
    question.querySelector("button").click();
    said.push(await ({READ})(question));
  }}
  return said;
}}"""


class Shown(NamedTuple):
    """A figure on its page: what the notebook stores, and where it stands in the browser."""

    figure: notebooks.BookFigure
    slot: Any


@pytest.fixture(scope="module", params=CHAPTERS)
def shown(request: Any, context: Any, address: str) -> Iterator[list[Shown]]:
    """The figures of a chapter, drawn, on its page without tweens; its tests share the page."""
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{address}chapters/{request.param}.html")
    figures = CHAPTERS[request.param]
    drawn = "ids => ids.every((id) => document.getElementById(id).dataset.state)"
    page.wait_for_function(drawn, arg=[figure.anchor for figure in figures])
    yield [Shown(figure, page.locator(f"#{figure.anchor}")) for figure in figures]
    page.close()


def moving(shown: list[Shown]) -> list[Any]:
    return [slot for figure, slot in shown if figure.still]


def picture(slot: Any) -> str:
    """The charts and the numbers beside them; without tweens they are drawn at once."""
    return slot.evaluate(
        """(slot) => {
          const parts = slot.querySelectorAll(".reglab-charts svg, td");
          return [...parts].map((el) => el.outerHTML).join("");
        }"""
    )


def test_figures_are_drawn_in_the_room_kept_for_them(shown):
    for figure, slot in shown:
        assert slot.get_attribute("data-state") == "drawn", slot.inner_text()
        assert slot.locator("svg, canvas, fieldset, form, input, button").count() > 0
        kept = figure.min_height
        assert kept > 0, f"{figure.anchor}: it does not say how much room it needs (min_height)"
        high = slot.bounding_box()["height"]
        assert high <= 1.3 * kept, f"{figure.anchor}: text below it will jump"


@pytest.mark.parametrize("shown", MOVING, indirect=True)
def test_each_slider_moves_the_picture_by_mouse_and_by_keys(shown):
    for slot in moving(shown):
        for slider in slot.locator('input[type="range"]').all():
            check_slider(slot, slider)


def check_slider(slot: Any, slider: Any) -> None:
    page = slot.page
    name = f"{slot.get_attribute('id')}, {slider.get_attribute('aria-valuetext')}"
    slider.scroll_into_view_if_needed()
    before = picture(slot)
    box = slider.bounding_box()
    at_left = float(slider.input_value()) < float(slider.get_attribute("max")) / 2
    x = box["x"] + box["width"] * (0.98 if at_left else 0.02)
    page.mouse.click(x, box["y"] + box["height"] / 2)
    by_mouse = picture(slot)
    assert by_mouse != before, f"{name}: the mouse moves nothing"
    slider.focus()
    # Neighboring positions may show the same: the way back to the start must not.
    for _ in range(int(float(slider.get_attribute("max")))):
        page.keyboard.press("ArrowLeft" if at_left else "ArrowRight")
        if (by_keys := picture(slot)) != by_mouse:
            break
    assert by_keys != by_mouse, f"{name}: the keys move nothing"
    assert slider.get_attribute("aria-valuetext") or slider.get_attribute("aria-valuenow")


@pytest.mark.parametrize("shown", MOVING, indirect=True)
def test_each_row_of_buttons_moves_the_picture_by_mouse_and_by_keys(shown):
    for slot in moving(shown):
        for group in slot.get_by_role("radiogroup").all():
            check_row(slot, group)


def check_row(slot: Any, group: Any) -> None:
    text = "one => document.getElementById(one.getAttribute('aria-labelledby')).textContent"
    name = f"{slot.get_attribute('id')}, {group.evaluate(text)}"
    group.scroll_into_view_if_needed()
    pictures = press_all(group, slot)
    if len(pictures) == 1:  # at a strength of 0, no choice of a method changes anything
        for slider in slot.locator('input[type="range"]').all():
            slider.press("End")
        for chosen in slot.locator(".reglab-list").all():
            chosen.press("End")
        for other in slot.get_by_role("radiogroup").all():
            other.locator("label").last.click()
        pictures = press_all(group, slot)
    assert len(pictures) > 1, f"{name}: the mouse moves nothing"
    group.get_by_role("radio").last.press("ArrowRight")  # from the last to the first
    assert group.get_by_role("radio").first.is_checked(), f"{name}: the keys move nothing"
    slot.page.mouse.move(0, 0)


@pytest.mark.parametrize("shown", MOVING, indirect=True)
def test_each_list_moves_the_picture(shown):
    for slot in moving(shown):
        for chosen in slot.locator(".reglab-list").all():
            seen = set()
            for k in range(chosen.locator("option").count()):
                chosen.select_option(index=k)
                seen.add(picture(slot))
            assert len(seen) > 1, f"{slot.get_attribute('id')}: a list moves nothing"


def press_all(group: Any, slot: Any) -> set[str]:
    """Click each button of a row, and return the pictures that were seen."""
    seen = set()
    for label in group.locator("label").all():
        box = label.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        slot.page.mouse.click(x, y)
        assert label.locator("input").is_checked()
        seen.add(picture(slot))
    return seen


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_page_itself_has_the_stills_and_their_alt_texts(site, chapter):
    page = book.parsed(site / f"chapters/{chapter}.html")
    for figure in CHAPTERS[chapter]:
        slot = page.find(id=figure.anchor)
        if figure.still:
            (image,) = slot.select("img")
            assert image["alt"] == figure.alt
            assert (site / "chapters" / image["src"]).is_file()
        else:
            assert " ".join(figure.alt.split()) in " ".join(slot.get_text().split())


@pytest.mark.parametrize("chapter", MOVING[:1])
def test_without_scripts_stills_and_texts_are_seen(browser, address, chapter):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}chapters/{chapter}.html")
    for figure in CHAPTERS[chapter]:
        slot = page.locator(f"#{figure.anchor}")
        if figure.still:
            slot.locator("img").scroll_into_view_if_needed()
            assert slot.locator("img").bounding_box()["width"] > 200
        else:
            assert figure.alt in slot.inner_text()
    context.close()


@pytest.mark.parametrize("shown", QUIZZES, indirect=True)
def test_a_quiz_answers_every_choice_of_every_question(shown):
    """The first question by keyboard alone; each choice is answered, and the answers differ."""
    page = shown[0].slot.page
    page.locator(".quiz-open").wait_for(state="attached")  # questions stand in their sections
    by_keys, *by_clicks = page.query_selector_all("fieldset")
    check_answers(by_keys.evaluate(READ), list(answered_by_keys(by_keys)))
    for question in by_clicks:
        check_answers(question.evaluate(READ), question.evaluate(ANSWERS))


def check_answers(unanswered: str, answers: list[str]) -> None:
    assert "$" not in unanswered and "\\(" not in unanswered  # formulas are set
    assert unanswered not in answers
    assert len(set(answers)) == len(answers) > 1


def answered_by_keys(question: Any) -> Iterator[str]:
    """What the question says to each choice."""
    keyboard = question.owner_frame().page.keyboard
    for choice in question.query_selector_all("input"):
        choice.focus()
        keyboard.press("Space")
        question.query_selector("button").focus()
        keyboard.press("Enter")
        yield question.evaluate(READ)


def test_a_gallery_picture_leads_to_its_figure(page, address):
    page.goto(f"{address}reference/figures.html")
    links = page.locator(".figure-gallery a")
    stills = [figure for figures in CHAPTERS.values() for figure in figures if figure.still]
    assert links.count() == len(stills)
    if stills:
        links.first.click()
        page.wait_for_url("**/chapters/*.html#*")
        anchor = page.url.split("#")[1]
        assert page.locator(f"#{anchor}.figure-slot").is_visible()
