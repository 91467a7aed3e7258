"""What the reader sees: each property, whether it holds, and where not, an input and a hint.

Both texts are the same on any machine: no time, no address, no color that carries meaning.
"""

from dataclasses import dataclass
from html import escape

INPUTS = ("smallest failing input", "from it, called last with")
MARKS = {"holds": "✓", "fails": "✗", "not checked": "–"}
CARD = (
    "margin:1em 0;padding:.6em 1em;border-radius:.3em;"
    "border:1px solid color-mix(in srgb,currentColor 25%,transparent);"
    "border-left:.3em solid currentColor"
)


@dataclass(frozen=True)
class Result:
    """One property of the reader's function."""

    says: str
    status: str  # holds, fails or not checked
    inputs: str = ""  # the smallest inputs tried on which it fails
    found: str = ""  # what was wrong there
    hint: str = ""
    is_endless: bool = False  # the time ran out
    tried: str = ""  # the inputs of the last call, where the property makes others of `inputs`

    @property
    def holds(self) -> bool:
        """Whether it was checked and holds."""
        return self.status == "holds"

    def details(self) -> list[tuple[str, str]]:
        """What there is to say beyond the status, as (label, text)."""
        inputs = zip(INPUTS, (self.inputs, self.tried), strict=True)
        pairs = [*inputs, ("found", self.found), ("hint", self.hint)]
        return [(label, text) for label, text in pairs if text]


@dataclass(frozen=True)
class Report:
    """The answer of `check`; true when every property holds."""

    name: str
    results: tuple[Result, ...]

    @property
    def holds(self) -> bool:
        """Whether every property holds."""
        return all(result.holds for result in self.results)

    def __bool__(self) -> bool:
        return self.holds

    def title(self) -> str:
        """Say the outcome in one line."""
        good = sum(result.holds for result in self.results)
        count = f"all {good}" if self.holds else f"{good} of {len(self.results)}"
        return f"{self.name}: {count} properties hold"

    def __repr__(self) -> str:
        lines = [self.title()]
        for result in self.results:
            aside = " (not checked)" if result.status == "not checked" else ""
            lines.append(f"  {MARKS[result.status]} {result.says}{aside}")
            lines += [f"      {label}: {text}" for label, text in result.details()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        items = "".join(map(_item, self.results))
        mark = MARKS["holds" if self.holds else "fails"]
        return (
            f'<div class="reglab-check" style="{CARD}"><p style="margin:0"><strong>'
            f'<span aria-hidden="true">{mark}</span> {escape(self.title())}</strong></p>'
            f'<ul style="list-style:none;margin:.5em 0 0;padding:0">{items}</ul></div>'
        )


def _item(result: Result) -> str:
    details = "".join(
        f'<div style="margin:0 0 .2em 1.6em">{label}: {_marked(label, text)}</div>'
        for label, text in result.details()
    )
    word = "" if result.holds else f" <em>({result.status})</em>"
    return (
        f'<li style="margin:.2em 0"><span aria-hidden="true">{MARKS[result.status]}</span> '
        f"{escape(result.says)}{word}{details}</li>"
    )


def _marked(label: str, text: str) -> str:
    return f"<code>{escape(text)}</code>" if label in INPUTS else escape(text)
