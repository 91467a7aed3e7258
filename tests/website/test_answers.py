"""What a reader answers: predictions open after a guess, a quiz is scored, and both are kept."""

import axe
import book
import pytest
from bookext import notebooks

NOTEBOOK = book.NOTEBOOKS[0]
CHAPTER = f"chapters/{NOTEBOOK.stem}.html"
QUIZ = next(f for f in notebooks.figures(notebooks.load(NOTEBOOK)) if not f.still)


@pytest.fixture
def box(page, address):
    page.goto(address + CHAPTER)
    return page.locator(".predict").first


def is_open(box) -> bool:
    return box.locator("details").evaluate("fold => fold.open")


def test_every_prediction_of_every_chapter_asks_for_a_guess(site):
    for notebook in book.NOTEBOOKS:
        asked = sum(
            notebooks.text(cell["source"]).count("<summary><b>Predict")
            for cell in notebooks.load(notebook)["cells"]
            if cell["cell_type"] == "markdown"
        )
        built = (site / f"chapters/{notebook.stem}.html").read_text(encoding="utf-8")
        assert built.count('class="prediction"') == asked > 0


def test_the_answer_stays_closed_until_there_is_a_guess(box, page):
    box.locator("summary").click()
    assert not is_open(box)
    assert page.evaluate("document.activeElement.matches('.guess-form input')")
    box.get_by_role("button", name="Compare").click()
    assert not is_open(box)
    assert box.get_by_role("status").inner_text().startswith("Guess first")


def test_a_guess_opens_the_answer_by_keyboard_and_stands_beside_it(box, page):
    box.locator("summary").focus()
    page.keyboard.press("Enter")  # leads to the field
    page.keyboard.type("degree 14 ")
    page.keyboard.press("Enter")
    assert is_open(box)
    assert box.locator(".guess q").inner_text() == "degree 14"
    assert page.evaluate("document.activeElement.className") == "guess"
    assert not box.locator("form").is_visible()


def test_the_field_is_named_and_described_by_the_question(box):
    field = box.get_by_label("Your guess")
    question = field.get_attribute("aria-describedby")
    assert box.locator(f"#{question}").inner_text().startswith("Predict")


def test_a_guess_is_kept_until_the_reader_guesses_again(box, page):
    box.get_by_label("Your guess").fill("the second")
    box.get_by_role("button", name="Compare").click()
    page.reload()
    assert page.locator(".predict form:visible").count() == page.locator(".predict").count() - 1
    box.locator("summary").click()
    assert is_open(box)
    assert "the second" in box.locator(".guess").inner_text()
    box.get_by_role("button", name="Guess again").click()
    assert not is_open(box)
    assert box.get_by_label("Your guess").input_value() == "the second"
    page.reload()
    assert page.locator(".predict form:visible").count() == page.locator(".predict").count()


def violations(page, parts: list[list[str]]) -> list[dict]:
    """What axe-core objects to in these parts of the page, in either theme."""
    axe.load(page)
    found = []
    for scheme in ("light", "dark"):
        axe.show_theme(page, scheme)
        run = f"axe.run({{ include: {parts} }}, {{ resultTypes: ['violations'] }})"
        found += page.evaluate(run)["violations"]
    return found


def test_boxes_with_a_guess_and_without_are_accessible(box, page):
    box.get_by_label("Your guess").fill("one")
    box.get_by_role("button", name="Compare").click()
    page.locator(".predict").nth(1).locator("summary").click()  # asks for a guess
    assert violations(page, [[".predict"]]) == []


def test_without_scripts_a_prediction_unfolds(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + CHAPTER)
    box = page.locator(".predict").first
    box.locator("summary").click()
    assert box.locator("details > p").first.is_visible()
    assert box.locator("form").count() == 0
    context.close()


def test_where_storage_is_refused_answers_hold_for_the_open_page(browser, address):
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused') } })"
    )
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address + CHAPTER)
    box = page.locator(".predict").first
    box.get_by_label("Your guess").fill("one")
    box.get_by_role("button", name="Compare").click()
    assert is_open(box)
    assert not [each for each in problems if "predict" in each or "kept" in each]
    context.close()


@pytest.fixture
def quiz(page, address):
    """The first chapter's questions, in their sections and in the quiz at its end."""
    page.goto(f"{address}{CHAPTER}")
    return drawn(page)


def drawn(page):
    page.locator(".quiz-open").wait_for(state="attached")
    return page.locator("fieldset")


def answer(question, choice: int) -> str:
    question.locator("input").nth(choice).check()
    question.get_by_role("button", name="Check").click()
    return question.locator(".reglab-feedback").inner_text()


RIGHT = [[c["correct"] for c in question["choices"]].index(True) for question in QUIZ.questions]


def test_answers_of_a_quiz_are_kept_and_its_score_counts_first_tries(quiz, page):
    answer(quiz.first, 1 - min(RIGHT[0], 1))  # wrong at first, then right
    last = answer(quiz.first, RIGHT[0])
    for k in range(1, len(RIGHT)):
        answer(quiz.nth(k), RIGHT[k])
    score = page.locator(".reglab-score")
    said = f"You answered {len(RIGHT) - 1} of {len(RIGHT)} right at the first try."
    assert score.inner_text() == said
    assert not page.locator(".quiz-open").is_visible()
    page.reload()
    assert drawn(page).first.locator(".reglab-feedback").inner_text() == last
    assert score.inner_text() == said


def test_kept_answers_are_not_read_out_when_the_page_opens(quiz, page):
    answer(quiz.first, 0)
    page.add_init_script(
        """const wait = window.setTimeout;
        window.setTimeout = (then, ms, ...more) =>
          ms === 1000 ? (window.later = then) : wait(then, ms, ...more);"""
    )
    page.reload()
    said = drawn(page).locator("[role=status]").first
    assert said.get_attribute("aria-live") == "off"
    page.evaluate("later()")
    assert said.get_attribute("aria-live") is None


def test_start_again_forgets_the_answers_in_all_sections_and_stays_there(quiz, page):
    for k in range(len(RIGHT)):
        answer(quiz.nth(k), 0)
    page.get_by_role("button", name="Start again").click()
    links = page.locator(".quiz-open a")
    assert links.count() == len(RIGHT)
    assert page.evaluate("document.activeElement.matches('.quiz-open a')")
    assert links.first.evaluate("el => el.getBoundingClientRect().top < innerHeight")
    for _ in range(2):  # and they stay forgotten
        assert page.locator("fieldset input:checked").count() == 0
        assert set(quiz.locator(".reglab-feedback").all_inner_texts()) == {""}
        page.reload()
        drawn(page)


def test_what_is_not_answered_yet_is_linked(quiz, page):
    links = page.locator(".quiz-open a")
    names = links.all_inner_texts()
    titles = [question["after"] for question in QUIZ.questions if question["after"]]
    assert names[: len(titles)] == titles
    assert "first try" not in page.locator(".quiz-open p").inner_text()
    answer(quiz.nth(1), RIGHT[1])
    assert links.all_inner_texts() == [names[0], *names[2:]]
    assert page.locator(".quiz-open p").inner_text().startswith("1 of 1 right at the first try")
    links.nth(1).click()
    page.wait_for_function("document.querySelector('#check-3').getBoundingClientRect().top < 200")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#check-3') !== null")


def test_the_keyboard_meets_questions_in_the_order_of_the_page(quiz, page):
    page.evaluate("document.querySelectorAll('fieldset input:first-of-type')[0].focus()")
    tops = page.locator("fieldset, .quiz-open a").evaluate_all(
        "all => all.map((el) => el.getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    first = page.locator("fieldset input").first
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")  # from the choices, which are one stop, to "Check"
    page.keyboard.press("Enter")
    assert quiz.first.locator(".reglab-feedback").inner_text()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_questions_with_an_answer_and_without_are_accessible(quiz, page):
    answer(quiz.nth(0), RIGHT[0])
    answer(quiz.nth(1), 1 - min(RIGHT[1], 1))
    assert violations(page, [[".quiz-place"], [".quiz-open"]]) == []
