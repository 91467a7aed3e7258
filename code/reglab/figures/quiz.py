"""Quiz: questions with choices, each answered with the reason why it is right or wrong.

The questions of a chapter are data, chapters/<slug>/quiz.json: {"title": ..., "questions": [...]}.
    question    {"question": text, "choices": [two or more], "multiple": true or left out,
                 "after": title of a section of the chapter, or left out}
    choice      {"text": text, "correct": true or false, "why": text}
One choice is correct; with "multiple", one or more are, and all of them have to be ticked.
In a notebook all questions stand in one figure. On the website each stands at the end of the text
below the title "after", and the figure keeps those without it, links and the score. A question
needs nothing that comes later; questions have the order of their sections, the others come last.
Texts may hold `code` between backticks and mathematics between dollars. The page typesets the
latter where MathJax is at hand; elsewhere (JupyterLab) it stays as written, so prefer Unicode.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import traitlets

from reglab.figures.book_figure import BookFigure, bundle, sheet

CHAPTERS = Path(__file__).parents[1] / "chapters"


class Quiz(BookFigure):
    """Multiple-choice questions that explain themselves; works with no kernel.

    Args:
        questions: the slug of a packaged quiz, such as "overfitting", or a list of questions in
            the form above.
        title: heading; by default the packaged title, or "Check yourself".
    Raises: ValueError that says which question or choice is incomplete, and what it needs.
    """

    _esm = bundle("page.js", "quiz.js")
    _css = sheet("figure.css", "quiz.css")

    questions = traitlets.List().tag(sync=True)
    packaged = traitlets.Unicode("").tag(sync=True)  # slug, or ""

    def __init__(self, questions: str | Sequence[Mapping[str, Any]], *, title: str = ""):
        super().__init__(**_traits(questions, title))

    @classmethod
    def renewed(cls, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return a stored state as BookFigure does, with the questions of today if packaged."""
        renewed = super().renewed(state)
        packaged = renewed["packaged"]
        return renewed | (_traits(packaged, renewed["title"]) if packaged else {})

    def describe(self) -> str:
        """Return the title and every question with its choices, one a line, without answers."""
        lines = [f"Quiz: {self.title}"]
        for number, question in enumerate(self.questions, start=1):
            lines.append(f"{number}. {question['question']}")
            lines += [f"   ( ) {choice['text']}" for choice in question["choices"]]
        return "\n".join(lines)


def _traits(questions: str | Sequence[Mapping[str, Any]], title: str) -> dict[str, Any]:
    packaged = questions if isinstance(questions, str) else ""
    content = _load(packaged) if packaged else {"questions": questions}
    checked = check_questions(content["questions"])
    return {
        "title": title or content.get("title", "Check yourself"),
        "alt": f"A quiz of {_questions(len(checked))} with feedback.",
        "questions": checked,
        "packaged": packaged,
        "min_height": height(checked),
    }


def _load(slug: str) -> dict[str, Any]:
    files = {path.parent.name: path for path in sorted(CHAPTERS.glob("*/quiz.json"))}
    if slug not in files:
        raise ValueError(f"quiz must be one of {', '.join(files)}; got {slug!r}")
    return json.loads(files[slug].read_text(encoding="utf-8"))


def check_questions(questions: Any) -> list[dict[str, Any]]:
    """Return `questions` with nothing left out; ValueError says what is missing, and where."""
    if not isinstance(questions, Sequence) or isinstance(questions, str) or not questions:
        raise ValueError(f"a quiz needs a list of questions; got {questions!r}")
    return [_question(f"question {i}", q) for i, q in enumerate(questions, start=1)]


def _question(where: str, question: Any) -> dict[str, Any]:
    _keys(where, question, {"question", "choices"}, {"multiple", "after"})
    choices, multiple = question["choices"], question.get("multiple", False)
    if not isinstance(multiple, bool):
        raise ValueError(f"{where}: multiple must be true or false; got {multiple!r}")
    if not isinstance(choices, list) or len(choices) < 2:
        raise ValueError(f"{where} needs a list of two or more choices; got {choices!r}")
    checked = [_choice(f"{where}, choice {i}", c) for i, c in enumerate(choices, start=1)]
    texts = [choice["text"] for choice in checked]
    if twice := [text for i, text in enumerate(texts) if text in texts[:i]]:
        raise ValueError(f"{where} has the choice {twice[0]!r} twice")
    right = sum(choice["correct"] for choice in checked)
    if right == 0 or (right > 1 and not multiple):
        need = "at least one correct choice" if multiple else "exactly one correct choice"
        hint = "" if right == 0 else '; or set "multiple": true'
        raise ValueError(f"{where} needs {need}; got {right}{hint}")
    after = _text(where, "after", question["after"]) if "after" in question else ""
    text = _text(where, "question", question["question"])
    return {"question": text, "after": after, "choices": checked, "multiple": multiple}


def _choice(where: str, choice: Any) -> dict[str, Any]:
    _keys(where, choice, {"text", "correct", "why"}, set())
    if not isinstance(choice["correct"], bool):
        raise ValueError(f"{where}: correct must be true or false; got {choice['correct']!r}")
    texts = {key: _text(where, key, choice[key]) for key in ("text", "why")}
    return {**texts, "correct": choice["correct"]}


def _keys(where: str, value: Any, needed: set[str], optional: set[str]) -> None:
    if not isinstance(value, Mapping):
        raise ValueError(
            f"{where} must be a dict with {' and '.join(sorted(needed))}; got {value!r}"
        )
    wrong = [f"{key!r} is missing" for key in sorted(needed - set(value))]
    wrong += [f"{key!r} is not known" for key in sorted(set(value) - needed - optional)]
    if wrong:
        raise ValueError(
            f"{where}: {', '.join(wrong)}; it takes {', '.join(sorted(needed | optional))}"
        )


def _text(where: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}: {key} must be a text that says something; got {value!r}")
    return value


def height(questions: Sequence[Mapping[str, Any]]) -> int:
    """Return the height in pixels of a quiz of `questions` on a wide page."""
    return 60 + sum(map(_height, questions))


def _height(question: Mapping[str, Any]) -> int:
    """Lines hold about 80 letters; see quiz.css."""
    lines = [question["question"], *(choice["text"] for choice in question["choices"])]
    return 80 + 10 * len(lines) + sum(21 * -(-len(line) // 80) for line in lines)


def _questions(count: int) -> str:
    return "1 question" if count == 1 else f"{count} questions"
