"""Display: digits, stability once measured parts are masked, escaping, no outside resources."""

import configparser
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from reglab.evidence import claim, trial
from reglab.evidence.display import complaint, html, measured, numbers, text, turn

SANITIZER = configparser.ConfigParser(interpolation=None)
SANITIZER.read(Path(__file__).parents[1] / "nbval.cfg", encoding="utf-8")


def mask(shown):
    for section in SANITIZER.values():
        if "regex" in section:
            shown = re.sub(section["regex"], section["replace"], shown)
    return shown


def table(*claims):
    return ElementTree.fromstring(html(claims)).find("table")


def words(element):
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize(
    ("value", "half", "shown"),
    [
        (4.8349, 0.66, "4.83"),
        (4.8349, 3.2, "4.8"),
        (4.8349, 12, "5"),
        (1234.5, 120.0, "1230"),
        (-0.0004, 0.66, "0.00"),
        (-2.5, 0.5, "−2.50"),
        (0.0, 0.0, "0"),
        (3.0, 0.0, "3.0"),
        (-1.234e-7, 1e-8, "−1.23e−07"),
    ],
)
def test_measured(value, half, shown):
    assert measured(value, half) == shown
    assert mask(f"≈ {shown} ({shown} to {shown})") == "INTERVAL"
    assert mask(f"≈ {shown}") == "MEASURED"


def test_text_is_what_the_reader_sees(arms):
    shown = repr(claim("Stopping early lowers the error.", *arms, more_than=2))
    assert re.sub(r"[\d.]+ \([\d.]+ to [\d.]+\)", "1 (0 to 2)", shown) == (
        "Claim holds: Stopping early lowers the error.\n"
        "  ≈ 1 (0 to 2) percentage points on 12 paired seeds; claimed: more than 2"
    )


@pytest.mark.parametrize("show", [text, lambda found: html([found])])
@pytest.mark.parametrize("sign", [1, -1])
def test_only_what_is_masked_depends_on_the_values(arms, show, sign):
    high, low = arms
    region = {"more_than": 2} if sign > 0 else {"less_than": -2}
    pairs = [(high + shift, low)[::sign] for shift in (0.0, -0.0225, 0.5)]
    shown = [show(claim("s", *pair, **region, run_seconds=shift + 1))
             for shift, pair in enumerate(pairs)]  # fmt: skip
    assert len(set(shown)) == 3 and len({mask(one) for one in shown}) == 1


def test_masks_leave_what_is_claimed(honest):
    shown = mask(html([honest]))
    for part in (honest.sentence, "more than 2", "percentage points", "Claim holds", "12 paired"):
        assert part in shown


def test_all_three_numbers_have_the_digits_that_the_half_width_asks_for(honest):
    half = (honest.high - honest.low) / 2
    assert 0.1 < half < 1  # so two decimals
    want = tuple(f"{value:.2f}" for value in (honest.effect, honest.low, honest.high))
    assert numbers(honest) == want


def test_a_claim_of_less_is_turned_to_the_right(arms):
    found = claim("s", *arms[::-1], less_than=-2)
    turned = turn(found)
    assert (turned.effect, turned.low, turned.high) == (-found.effect, -found.high, -found.low)
    assert turned.differences == tuple(-value for value in found.differences)
    assert turned.where.low == 2 and turned.verdict == "holds"
    assert repr(found).endswith("claimed: more than 2") and "  lower by ≈ 5." in repr(found)
    assert turn(claim("s", *arms[::-1], less_than=0)).where.words() == "more than 0"


@pytest.mark.parametrize("region", [{"more_than": -1}, {"less_than": 9}, {"within": (-9, 9)}])
def test_other_claims_stay_as_measured(arms, region):
    found = claim("s", *arms, **region)
    assert turn(found) is found and "lower" not in repr(found)


def test_a_mean_is_not_turned(arms):
    found = claim("s", -arms[0], less_than=0, unit="nats")
    assert turn(found) is found


def test_each_claim_has_a_row_with_its_anchor_and_its_numbers_in_cells(honest):
    head, row = table(honest).iter("tr")
    assert row.get("id") == honest.anchor and row.get("class") == "reglab-holds"
    name, picture, cell = row
    assert name.tag == "th" and name.get("scope") == "row"
    assert words(name.find("details/summary")) == honest.sentence
    assert words(cell).startswith("≈ 5.") and ") claimed: more than 2; margin 2." in words(cell)
    assert picture.find("span/svg").get("aria-hidden") == "true"
    assert words(head[2]) == "percentage points"


def test_facts_to_unfold(arms):
    facts = words(table(claim("s", *arms, seeds=range(12), run_seconds=2.44)).find(".//p"))
    assert facts == "12 paired seeds: 0 to 11. Measured in ≈ 2.4 s. Link to this claim"
    apart = claim("s", *arms, seeds=[*range(11), 20])
    assert words(table(apart).find(".//p")).startswith("12 paired seeds: 0, 1, 2, 3, 4, 5, 6")
    assert table(apart).find(".//p/a").get("href") == f"#{apart.anchor}"


def test_on_another_page_rows_lead_home_and_have_no_id(honest):
    shown = html([honest], home="chapter.html")
    row = ElementTree.fromstring(shown).find("table")
    assert row.find(".//p/a").get("href") == f"chapter.html#{honest.anchor}"
    assert words(row.find(".//p/a")) == "Read it in its chapter" and "id=" not in shown


def test_a_narrow_margin_is_said_not_only_shown(arms):
    low = claim("s", *arms).low
    near, far = (claim("s", *arms, more_than=low * share) for share in (0.9, 0.6))
    assert "; margin only 0." in words(table(near)) and "only" not in words(table(far))
    assert "amber" in html([near]).split("</style>")[1]
    assert "amber" not in html([far]).split("</style>")[1]


def test_units_have_axes_of_their_own_and_so_has_each_mean(arms):
    high, low = arms
    parts = [
        claim("a", high, low),
        claim("b", high, low, unit="nats"),
        claim("c", high, low, more_than=1),
        claim("d", high, unit="percent", more_than=0),
        claim("e", high + 0.3, unit="percent", more_than=0),
    ]
    bodies = table(*parts).findall("tbody")
    sentences = [[words(s) for s in body.iter("summary")] for body in bodies]
    assert sentences == [["a", "c"], ["b"], ["d"], ["e"]]
    units = [words(body[0][2]) for body in bodies]
    assert units == ["percentage points", "nats", "percent (mean)", "percent (mean)"]


def test_the_caption_says_how_many_hold(arms):
    good, bad = trial("a", *arms), trial("b", *arms, more_than=50)
    assert words(table(claim("a", *arms)).find("caption")).startswith("✓ Claim holds")
    two = [claim(name, *arms) for name in "ab"]
    assert words(table(*two).find("caption")).startswith("✓ 2 claims, all hold")
    assert words(table(good, bad).find("caption")).startswith("2 trials, 1 hold")
    assert words(table(bad).find("caption")).startswith("Trial")
    assert [words(s) for s in table(good, bad).iter("summary")] == ["✓ holds: a", "✗ fails: b"]
    assert "margin" not in words(table(bad))


def test_html_is_self_contained_and_escapes(arms):
    found = claim("a < b & <script>", *arms, unit="<units>", more_than=0)
    assert "a < b & <script>" in words(table(found)) and "<units>" in words(table(found))
    assert not re.search(r"https?:|<script|url\(|@import", html([found]))


def test_trials_have_no_anchor_and_means_are_named_so(arms):
    shown = html([trial("s", arms[0], unit="percent", more_than=0)])
    assert "id=" not in shown and "Link to" not in shown and "percent (mean)" in shown
    assert "12 seeds" in shown and "paired" not in shown.split("</style>")[1]


def test_the_complaint_says_all(arms):
    failed = trial("It is much.", *arms, more_than=90)
    assert complaint(failed).startswith(
        "fails: It is much. Claimed: more than 90 percentage points."
    )
    assert "12 paired seeds. The interval lies outside" in complaint(failed)
    still = trial("s", np.zeros(10), unit="percent", less_than=5, bounds=(0, 1))
    assert "Measured: ≈ 0 (0 to 31), 10 seeds." in complaint(still)
