"""Quiz: packaged questions are complete, and incomplete ones are named."""

import copy
import json

import pytest

from reglab.figures import Quiz
from reglab.figures.quiz import CHAPTERS, check_questions

GOOD = [
    {
        "question": "What is p?",
        "choices": [
            {"text": "dropping", "correct": True, "why": "Here it is."},
            {"text": "keeping", "correct": False, "why": "In some papers."},
        ],
    }
]


@pytest.mark.parametrize("file", sorted(CHAPTERS.glob("*/quiz.json")), ids=lambda p: p.parent.name)
def test_packaged_quizzes_are_complete(file):
    quiz = Quiz(file.parent.name)
    assert quiz.title == json.loads(file.read_text(encoding="utf-8"))["title"]
    assert len(quiz.questions) >= 3


def test_the_text_gives_the_questions_and_no_answer():
    text = Quiz(GOOD, title="Names").describe()
    assert text == "Quiz: Names\n1. What is p?\n   ( ) dropping\n   ( ) keeping"


def test_there_is_a_title_and_an_alt_text():
    assert Quiz(GOOD).title == "Check yourself"
    assert Quiz(GOOD).alt == "A quiz of 1 question with feedback."
    assert Quiz(GOOD * 2).alt == "A quiz of 2 questions with feedback."


def test_the_page_always_knows_whether_several_are_right():
    assert check_questions(GOOD)[0]["multiple"] is False


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
        (change(hint="x"), "question 1: 'hint' is not known; it takes choices, multiple, question"),
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
