"""Display: digits, stability once "≈" numbers are masked, escaping, no outside resources."""

import re
from xml.etree import ElementTree

import pytest

from reglab.evidence import claim, trial
from reglab.evidence.display import measured, numbers

MASK = re.compile(r"≈ ?[-+]?[0-9.,]+(?:[eE][-+]?[0-9]+)?")  # what the book's sanitizer covers


@pytest.mark.parametrize(
    ("value", "half", "text"),
    [
        (4.8349, 0.66, "≈ 4.83"),
        (4.8349, 3.2, "≈ 4.8"),
        (4.8349, 12, "≈ 5"),
        (1234.5, 120.0, "≈ 1230"),
        (-0.0004, 0.66, "≈ 0.00"),
        (-2.5, 0.5, "≈ -2.50"),
        (0.0, 0.0, "≈ 0"),
        (3.0, 0.0, "≈ 3.0"),
        (1.234e-7, 1e-8, "≈ 1.23e-07"),
    ],
)
def test_measured(value, half, text):
    assert measured(value, half) == text
    assert MASK.fullmatch(text)


def test_text_is_what_the_reader_sees(arms):
    want = (
        "Claim holds: Stopping early lowers the error.\n"
        "  effect ≈ 0 percentage points, 95 % interval ≈ 0 to ≈ 0, 12 paired seeds; "
        "claimed: more than 2"
    )
    shown = repr(claim("Stopping early lowers the error.", *arms, more_than=2))
    assert MASK.sub("≈ 0", shown) == MASK.sub("≈ 0", want)


@pytest.mark.parametrize("index", [0, 1])
def test_only_numbers_behind_the_sign_depend_on_the_values(arms, index):
    high, low = arms
    bundles = [claim("s", high + shift, low, more_than=2) for shift in (0.0, 0.0123, 0.5)]
    shown = [list(found._repr_mimebundle_()[0].values())[index] for found in bundles]
    assert len(set(shown)) == 3 and len({MASK.sub("≈", text) for text in shown}) == 1


def test_all_three_numbers_have_the_digits_that_the_half_width_asks_for(honest):
    half = (honest.high - honest.low) / 2
    assert 0.1 < half < 1  # so two decimals
    want = tuple(f"≈ {value:.2f}" for value in (honest.effect, honest.low, honest.high))
    assert numbers(honest) == want


def test_html_is_well_formed_accessible_and_self_contained(honest):
    html = honest._repr_mimebundle_()[0]["text/html"]
    card = ElementTree.fromstring(html)
    assert card.get("id") == honest.anchor and card.get("class") == "reglab-claim reglab-holds"
    words = "".join(card.itertext())
    for part in ("Claim holds:", honest.sentence, "95 % interval", "12 paired seeds",
                 "more than 2", "Effect"):  # fmt: skip
        assert part in words
    assert not re.search(r"https?:|<script|<style|#[0-9a-f]{3}|rgb\(", html)
    assert [mark.text for mark in card.iter("span")] == ["✓"]
    assert next(card.iter("span")).get("aria-hidden") == "true"


def test_html_escapes(arms):
    found = claim("a < b & <script>", *arms, unit="<units>", more_than=0)
    card = ElementTree.fromstring(found._repr_mimebundle_()[0]["text/html"])
    assert "a < b & <script>" in "".join(card.itertext()) and "<units>" in "".join(card.itertext())


def test_trials_and_means_are_named_so(arms):
    shown = trial("s", arms[0], unit="percent")._repr_mimebundle_()[0]
    assert shown["text/plain"].startswith("Trial holds: s\n  mean ≈ ")
    assert "id=" not in shown["text/html"] and ">Mean<" in shown["text/html"]
    assert "12 seeds" in shown["text/html"] and "paired" not in shown["text/html"]
    fails = trial("s", arms[0], more_than=90)._repr_mimebundle_()[0]["text/html"]
    assert "✗" in fails and "Trial fails:" in fails and "reglab-fails" in fails
