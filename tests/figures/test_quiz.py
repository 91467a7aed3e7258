"""Quiz: packaged questions are complete and know their sections; incomplete ones are named."""

import copy
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from reglab.figures import Quiz
from reglab.figures.quiz import CHAPTERS, check_questions

NOTEBOOKS = Path(__file__).parents[2] / "chapters"
LONG = 250  # words of a section that may have two questions
packaged = pytest.mark.parametrize(
    "slug", sorted(file.parent.name for file in CHAPTERS.glob("*/quiz.json"))
)


def sections(slug: str) -> dict[str, int]:
    """Return the titles of a chapter's sections, in order, and the words of text below each."""
    (path,) = NOTEBOOKS.glob(f"*-{slug.replace('_', '-')}.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    text = re.sub(r"```.*?```|\$\$.*?\$\$|\]\([^)]*\)", "", "\n\n".join(texts), flags=re.S)
    parts = re.split(r"^##+ (.+)$", text, flags=re.M)
    return {
        title: len(words.split()) for title, words in zip(parts[1::2], parts[2::2], strict=True)
    }


GOOD = [
    {
        "question": "What is p?",
        "choices": [
            {"text": "dropping", "correct": True, "why": "Here it is."},
            {"text": "keeping", "correct": False, "why": "In some papers."},
        ],
    }
]


@packaged
def test_packaged_quizzes_are_complete(slug):
    quiz, content = Quiz(slug), json.loads((CHAPTERS / slug / "quiz.json").read_text("utf-8"))
    assert quiz.title == content["title"]
    assert quiz.packaged == slug


@packaged
def test_questions_come_after_sections_of_their_chapter_in_the_same_order(slug):
    titles = list(sections(slug))
    placed = [question["after"] for question in Quiz(slug).questions]
    spanning = placed.count("")
    assert "" not in placed[: len(placed) - spanning]  # these come last
    assert set(filter(None, placed)) <= set(titles)
    order = [titles.index(title) for title in placed if title]
    assert order == sorted(order)


@packaged
def test_only_a_long_section_has_two_questions(slug):
    words, counts = sections(slug), Counter(q["after"] for q in Quiz(slug).questions)
    many = {title: count for title, count in counts.items() if title and count > 1}
    assert all(count == 2 and words[title] >= LONG for title, count in many.items()), many


@packaged
def test_the_right_choice_has_no_usual_place(slug):
    questions = Quiz(slug).questions
    right = [[c["correct"] for c in question["choices"]].index(True) for question in questions]
    assert max(Counter(right).values()) <= max(1, len(questions) / 2)


def test_the_text_gives_the_questions_and_no_answer():
    text = Quiz(GOOD, title="Names").describe()
    assert text == "Quiz: Names\n1. What is p?\n   ( ) dropping\n   ( ) keeping"


def test_there_is_a_title_and_an_alt_text():
    assert Quiz(GOOD).title == "Check yourself"
    assert Quiz(GOOD).alt == "A quiz of 1 question with feedback."
    assert Quiz(GOOD * 2).alt == "A quiz of 2 questions with feedback."


def test_the_page_always_knows_whether_several_are_right_and_where_the_question_belongs():
    assert check_questions(GOOD)[0]["multiple"] is False
    assert check_questions(GOOD)[0]["after"] == ""
    assert check_questions(change(after="A mask"))[0]["after"] == "A mask"


def test_a_stored_quiz_gets_the_questions_of_today():
    today = Quiz("overfitting").get_state()
    assert Quiz.renewed({**today, "questions": [], "min_height": 1, "_css": "old"}) == today
    own = {**Quiz(GOOD).get_state(), "_css": "old"}
    assert Quiz.renewed(own)["questions"] == check_questions(GOOD)


def test_no_picture_is_needed():
    assert "image/png" not in Quiz(GOOD)._repr_mimebundle_()[0]


def test_several_may_be_right_when_the_question_says_so():
    many = copy.deepcopy(GOOD)
    many[0]["choices"][1]["correct"] = True
    with pytest.raises(ValueError, match='exactly one correct choice; got 2; or set "multiple": t'):
        Quiz(many)
    many[0]["multiple"] = True
    assert Quiz(many).questions[0]["multiple"] is True


def change(**parts):
    broken = copy.deepcopy(GOOD)
    for key, value in parts.items():
        target = broken[0]["choices"][1] if key in ("text", "correct", "why") else broken[0]
        target.pop(key, None)
        if value is not None:
            target[key] = value
    return broken


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        ([], "a quiz needs a list of questions"),
        ({"question": "?"}, "a quiz needs a list of questions"),
        (["What?"], "question 1 must be a dict with choices and question; got 'What"),
        (change(question=None), "question 1: 'question' is missing"),
        (change(question=" "), "question 1: question must be a text that says something; got ' '"),
        (change(choices=GOOD[0]["choices"][:1]), "question 1 needs a list of two or more choices"),
        (change(multiple="yes"), "question 1: multiple must be true or false; got 'yes'"),
        (change(after=" "), "question 1: after must be a text that says something; got ' '"),
        (change(after=None) + change(after=2), "question 2: after must be a text"),
        (change(hint="x"), "question 1: 'hint' is not known; it takes after, choices, multiple, q"),
        (change(why=None), "question 1, choice 2: 'why' is missing"),
        (change(why=""), "question 1, choice 2: why must be a text"),
        (change(text=3), "question 1, choice 2: text must be a text"),
        (change(correct=None), "question 1, choice 2: 'correct' is missing"),
        (change(correct=1), "question 1, choice 2: correct must be true or false; got 1"),
        (GOOD + change(why=None), "question 2, choice 2: 'why' is missing"),
    ],
)
def test_what_is_incomplete_is_named(questions, message):
    with pytest.raises(ValueError, match=message):
        Quiz(questions)


def test_one_choice_must_be_right():
    wrong = copy.deepcopy(GOOD)
    wrong[0]["choices"][0]["correct"] = False
    with pytest.raises(ValueError, match="exactly one correct choice; got 0$"):
        Quiz(wrong)
    wrong[0]["multiple"] = True
    with pytest.raises(ValueError, match="at least one correct choice; got 0$"):
        Quiz(wrong)


def test_an_unknown_quiz_lists_those_there_are():
    with pytest.raises(ValueError, match="quiz must be one of .*overfitting.*; got 'overfiting'"):
        Quiz("overfiting")
