"""Every interactive figure on the built pages: moved by mouse and by keys, read without scripts."""

from typing import Any

import book
import pytest
from bookext import notebooks

SHOWN = [
    pytest.param(path.stem, figure, id=f"{path.stem}-{figure.anchor}")
    for path in book.NOTEBOOKS
    for figure in notebooks.figures(notebooks.load(path))
]


def open_figure(page: Any, address: str, chapter: str, figure: notebooks.BookFigure) -> Any:
    page.goto(f"{address}chapters/{chapter}.html#{figure.anchor}")
    slot = page.locator(f"#{figure.anchor}")
    slot.wait_for()
    page.wait_for_function("id => document.getElementById(id).dataset.state", arg=figure.anchor)
    return slot


def picture(slot: Any) -> str:
    """The charts and the numbers beside them, once the movement has ended."""
    slot.page.wait_for_timeout(400)
    return slot.evaluate(
        "slot => [...slot.querySelectorAll('.reglab-charts svg, td')]"
        ".map((el) => el.outerHTML).join('')"
    )


@pytest.mark.parametrize("chapter, figure", SHOWN)
def test_a_figure_is_drawn_in_the_room_kept_for_it(page, address, chapter, figure):
    slot = open_figure(page, address, chapter, figure)
    assert slot.get_attribute("data-state") == "drawn", slot.inner_text()
    assert slot.locator("svg, canvas, fieldset, form, input, button").count() > 0
    kept = figure.min_height
    assert kept > 0, "the figure does not say how much room it needs (min_height)"
    assert slot.bounding_box()["height"] <= 1.3 * kept, "text below the figure will jump"


@pytest.mark.parametrize("chapter, figure", SHOWN)
def test_each_slider_moves_the_picture_by_mouse_and_by_keys(page, address, chapter, figure):
    slot = open_figure(page, address, chapter, figure)
    sliders = slot.locator('input[type="range"]')
    for k in range(sliders.count()):
        slider = sliders.nth(k)
        slider.scroll_into_view_if_needed()
        before = picture(slot)
        box = slider.bounding_box()
        at_left = float(slider.input_value()) < float(slider.get_attribute("max")) / 2
        x = box["x"] + box["width"] * (0.98 if at_left else 0.02)
        page.mouse.click(x, box["y"] + box["height"] / 2)
        by_mouse = picture(slot)
        assert by_mouse != before, f"slider {k}: the mouse moves nothing"
        slider.focus()
        # Neighboring positions may show the same: the way back to the start must not.
        for _ in range(int(float(slider.get_attribute("max")))):
            page.keyboard.press("ArrowLeft" if at_left else "ArrowRight")
            if (by_keys := picture(slot)) != by_mouse:
                break
        assert by_keys != by_mouse, f"slider {k}: the keys move nothing"
        assert slider.get_attribute("aria-valuetext") or slider.get_attribute("aria-valuenow")


def press_all(group: Any, slot: Any) -> set[str]:
    """Click each button of a row, and return the pictures that were seen."""
    seen = set()
    for label in group.locator("label").all():
        label.click()
        seen.add(picture(slot))
    return seen


@pytest.mark.parametrize("chapter, figure", SHOWN)
def test_each_row_of_buttons_moves_the_picture_by_mouse_and_by_keys(page, address, chapter, figure):
    slot = open_figure(page, address, chapter, figure)
    for k, group in enumerate(slot.get_by_role("radiogroup").all()):
        group.scroll_into_view_if_needed()
        pictures = press_all(group, slot)
        if len(pictures) == 1:  # at a strength of 0, no choice of a method changes anything
            for slider in slot.locator('input[type="range"]').all():
                slider.press("End")
            pictures = press_all(group, slot)
        assert len(pictures) > 1, f"row {k}: the mouse moves nothing"
        group.get_by_role("radio").last.press("ArrowRight")  # from the last to the first
        assert group.get_by_role("radio").first.is_checked(), f"row {k}: the keys move nothing"


@pytest.mark.parametrize("chapter, figure", SHOWN)
def test_without_scripts_the_still_is_there_with_its_alt_text(browser, address, chapter, figure):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}chapters/{chapter}.html")
    slot = page.locator(f"#{figure.anchor}")
    if figure.still:
        image = slot.locator("img")
        assert image.get_attribute("alt") == figure.alt
        image.scroll_into_view_if_needed()
        assert image.bounding_box()["width"] > 200
    else:
        assert figure.alt in slot.inner_text()
    context.close()


QUIZZES = [shown for shown in SHOWN if not shown.values[1].still]


@pytest.mark.parametrize("chapter, figure", QUIZZES)
def test_a_quiz_answers_every_choice_of_every_question(page, address, chapter, figure):
    """By keyboard alone: each choice is answered, and the answers to a question differ."""
    slot = open_figure(page, address, chapter, figure)
    for question in slot.locator("fieldset").all():
        unanswered, answers = question.inner_text(), set()
        for choice in question.locator("input").all():
            choice.focus()
            page.keyboard.press("Space")
            question.get_by_role("button").press("Enter")
            page.wait_for_timeout(50)
            answers.add(question.inner_text())
        assert unanswered not in answers
        assert len(answers) == question.locator("input").count()


@pytest.mark.parametrize("chapter, figure", QUIZZES)
def test_formulas_in_a_quiz_are_set(page, address, chapter, figure):
    slot = open_figure(page, address, chapter, figure)
    page.wait_for_load_state("networkidle")
    assert "$" not in slot.inner_text()
    assert "\\(" not in slot.inner_text()


def test_a_gallery_picture_leads_to_its_figure(page, address):
    page.goto(f"{address}index.html")
    links = page.locator(".figure-gallery a")
    stills = [figure for _, figure in (shown.values for shown in SHOWN) if figure.still]
    assert links.count() == len(stills)
    if stills:
        links.first.click()
        page.wait_for_url("**/chapters/*.html#*")
        anchor = page.url.split("#")[1]
        assert page.locator(f"#{anchor}.figure-slot").is_visible()
