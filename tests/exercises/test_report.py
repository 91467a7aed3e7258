"""The report as text and as HTML."""

import re
from xml.etree import ElementTree

from reglab.exercises.report import Report, Result

GOOD = Result("is kind", "holds")
BAD = Result("is <brave>", "fails", inputs="x = [0] & 1", found="it ran", hint="Stay.")
LEFT = Result("is wise", "not checked")


def test_text():
    assert repr(Report("toy", (GOOD, BAD, LEFT))) == (
        "toy: 1 of 3 properties hold\n"
        "  ✓ is kind\n"
        "  ✗ is <brave>\n"
        "      smallest failing input: x = [0] & 1\n"
        "      found: it ran\n"
        "      hint: Stay.\n"
        "  – is wise (not checked)"
    )
    assert repr(Report("toy", (GOOD, GOOD))).startswith("toy: all 2 properties hold\n")


def test_inputs_that_a_property_made_are_shown_as_code():
    bad = Result("is even", "fails", inputs="x = 1", tried="x = 2", found="3")
    lines = repr(Report("toy", (bad,))).splitlines()
    assert lines[2:4] == [
        "      smallest failing input: x = 1",
        "      from it, called last with: x = 2",
    ]
    card = ElementTree.fromstring(Report("toy", (bad,))._repr_html_())
    assert [code.text for code in card.iter("code")] == ["x = 1", "x = 2"]


def test_truth():
    assert Report("toy", (GOOD,)) and not Report("toy", (GOOD, BAD))
    assert not Report("toy", (GOOD, LEFT))  # what was not checked is not known to hold


def test_html_says_the_same_in_well_formed_words():
    html = Report("toy", (GOOD, BAD, LEFT))._repr_html_()
    card = ElementTree.fromstring(html)
    words = " ".join(" ".join(card.itertext()).split())
    assert words == (
        "✗ toy: 1 of 3 properties hold ✓ is kind ✗ is <brave> (fails) "
        "smallest failing input: x = [0] & 1 found: it ran hint: Stay. – is wise (not checked)"
    )
    assert [code.text for code in card.iter("code")] == ["x = [0] & 1"]
    assert not re.search(r"https?:|<script|<style|#[0-9a-f]{3}|rgb\(", html)
    assert all(mark.get("aria-hidden") == "true" for mark in card.iter("span"))
    assert Report("toy", (GOOD,))._repr_html_().count("✓") == 2
