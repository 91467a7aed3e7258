"""Claims: verdicts, units, the record, errors; how often a false claim passes."""

import json

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose
from scipy.stats import binomtest, ttest_rel

from reglab.core import numpy_stream
from reglab.evidence import Claim, ClaimError, claim, trial


def test_effect_and_interval_are_the_paired_t_interval_in_percentage_points(arms):
    found = claim("It helps.", *arms)
    test = ttest_rel(*arms)
    want = np.array(test.confidence_interval(0.95))
    assert_allclose([found.low, found.high], 100 * want, rtol=1e-9)
    assert_allclose(found.effect, 100 * (arms[0] - arms[1]).mean())
    assert_allclose(found.differences, 100 * (arms[0] - arms[1]))
    assert (found.n, found.paired, found.unit) == (12, True, "percentage points")
    assert found.where.low == 0 and found.where.high == np.inf  # the default region


def test_without_a_baseline_the_mean_itself_is_claimed(arms):
    found = claim("The error is high.", arms[0], more_than=30, unit="percent")
    assert_allclose(found.effect, 100 * arms[0].mean())
    assert not found.paired


def test_regions_and_verdicts(arms):
    high, low = arms
    assert claim("s", low, high, less_than=-2).verdict == "holds"
    assert claim("s", low, high, within=(-8, -2)).verdict == "holds"
    for region in ({"less_than": 2}, {"within": (-2, 2)}, {"more_than": 9}):
        with pytest.raises(ClaimError, match="^fails: s Claimed"):
            claim("s", high, low, **region)
    assert trial("s", high, low, more_than=5).verdict == "undecided"


def test_no_effect_needs_a_narrow_interval():
    rng = numpy_stream(1, "test")
    noisy, still = 0.2 * rng.normal(size=10), 0.001 * rng.normal(size=10)
    with pytest.raises(ClaimError, match="undecided: It does not help. Claimed: between −1 and 1"):
        claim("It does not help.", noisy, within=(-1, 1))
    assert claim("It does not help.", still, within=(-1, 1)).verdict == "holds"


def test_false_claims_pass_at_most_one_time_in_forty():
    values = 0.1 * numpy_stream(2, "test").normal(size=(4000, 10))
    none = np.zeros(10)
    passed = sum(trial("s", row, none).verdict == "holds" for row in values[:2000])
    assert binomtest(passed, 2000, 0.025).pvalue > 1e-6  # one case, seed fixed


def test_units_and_scale(arms):
    assert_allclose(claim("s", *arms, unit="nats").effect, (arms[0] - arms[1]).mean())
    shown = 100 * arms[0], 100 * arms[1]
    assert_allclose(claim("s", *shown, scale=1).effect, claim("s", *arms).effect)
    assert claim("s", *arms, unit="permille", scale=1000, more_than=20).effect > 40
    with pytest.raises(ValueError, match="fractions when the unit is percentage points"):
        claim("s", *shown)
    with pytest.raises(ValueError, match="write 2 for 0.02; got 0.02"):
        claim("s", *arms, more_than=0.02)
    assert claim("s", *arms, unit="nats", more_than=0.02).verdict == "holds"
    assert claim("s", *arms, scale=100, more_than=0.02).verdict == "holds"


def test_labeled_arms_are_matched_by_seed(arms):
    def runs(values, seeds):
        return xr.DataArray(values, dims="seed", coords={"seed": seeds})

    seeds = list(range(20, 32))
    found = claim("s", runs(arms[0], seeds), runs(arms[1], seeds))
    assert found.seeds == tuple(seeds) and found.effect == claim("s", *arms).effect
    with pytest.raises(ValueError, match="same seeds in the same order"):
        claim("s", runs(arms[0], seeds), runs(arms[1], seeds[::-1]))


def test_a_diverged_run_is_named(arms):
    broken = arms[0].copy()
    broken[4] = np.nan
    with pytest.raises(ValueError, match="infinite at seed 104"):
        claim("s", broken, arms[1], seeds=range(100, 112))


@pytest.mark.parametrize("values", [np.zeros(10), np.full(10, 0.1), 0.1 + np.zeros(12)])
def test_equal_values_need_bounds(values):
    with pytest.raises(
        ValueError, match=r"values are (0|10),.*no width and clears any edge.*bounds="
    ):
        claim("s", values, less_than=50, unit="percent")
    with pytest.raises(ValueError, match="no width"):
        claim("s", values, values - 0.3)  # equal differences, up to rounding


def test_with_bounds_equal_values_have_the_exact_interval_of_a_proportion():
    found = claim("It is.", np.ones(10), more_than=66, unit="percent", bounds=(0, 1))
    want = 100 * binomtest(10, 10).proportion_ci(0.95).low
    assert_allclose([found.low, found.effect, found.high], [want, 100, 100])
    again = Claim.from_record(found.record())
    assert again.bounds == found.bounds == (0, 100)
    with pytest.raises(ClaimError, match=r"^undecided: .*Measured: ≈ 100 \(69 to 100\), 10 seeds"):
        claim("It is.", np.ones(10), more_than=70, unit="percent", bounds=(0, 1))


def test_bounds_play_no_part_where_values_differ(arms):
    found = claim("s", *arms, bounds=(-1, 1))
    assert found.bounds is None and found.record() == claim("s", *arms).record()


def test_bounds_lie_around_the_values():
    with pytest.raises(ValueError, match=r"around the values; got \(0.0, 1.0\) and 2"):
        claim("s", np.full(10, 2.0), more_than=0, unit="nats", bounds=(0, 1))


def test_a_mean_alone_needs_a_region(arms):
    with pytest.raises(ValueError, match="needs a baseline, or a region"):
        claim("s", arms[0])
    assert claim("s", arms[0], more_than=0).verdict == "holds"


@pytest.mark.parametrize("region", [{"more_than": -100}, {"within": (-1e9, 1e9)}])
def test_edges_that_every_fraction_clears_are_refused(region, arms):
    with pytest.raises(ValueError, match="lie between -100 and 100"):
        claim("s", *arms, **region)


def test_edges_far_from_all_values_are_refused_unless_bounds_say_their_size(arms):
    with pytest.raises(ValueError, match="edge of -1e.300 nats is more than 1000 times as large"):
        claim("s", *arms, more_than=-1e300, unit="nats")
    with pytest.raises(ValueError, match="more than 1000 times"):
        claim("s", *arms, less_than=1e6, scale=1)
    tiny = arms[0] * 1e-9
    assert claim("s", tiny, less_than=0.1, unit="nats", bounds=(0, 1)).verdict == "holds"


def test_the_error_says_effect_interval_and_edge(arms):
    with pytest.raises(ClaimError) as caught:
        claim("It helps a lot.", *arms, more_than=5)
    message = str(caught.value)
    assert "It helps a lot. Claimed: more than 5 percentage points." in message
    assert "Measured: ≈ " in message and "12 paired seeds" in message and "more seeds" in message
    assert caught.value.claim.verdict == "undecided" and isinstance(caught.value, AssertionError)


def test_record_is_json_and_complete(honest):
    record = json.loads(json.dumps(honest.record(), allow_nan=False))
    assert record["version"] == 1 and record["verdict"] == "holds" and record["n"] == 12
    assert record["sentence"] == "Stopping early lowers the error." and record["paired"] is True
    assert record["threshold"] == "more than 2 percentage points" and record["edges"] == [2, None]
    assert record["seeds"] == list(range(12)) and record["unit"] == "percentage points"
    assert record["low"] < record["effect"] < record["high"] and record["run_seconds"] is None
    assert_allclose(record["differences"], honest.differences, rtol=1e-5)
    assert_allclose([record[k] for k in ("effect", "low", "high")],
                    [honest.effect, honest.low, honest.high], rtol=1e-5)  # fmt: skip


def test_record_of_other_regions(arms):
    assert claim("s", *arms[::-1], less_than=0).record()["edges"] == [None, 0]
    assert claim("s", *arms, within=(2, 8)).record()["edges"] == [2, 8]
    assert claim("s", *arms, run_seconds=1.23456).record()["run_seconds"] == 1.2


@pytest.mark.parametrize("region", [{"more_than": 2}, {"less_than": 9}, {"within": (2, 9)}])
def test_a_claim_is_made_again_from_its_record(arms, region):
    found = claim("s", *arms, **region, seeds=range(12), run_seconds=2.0)
    again = Claim.from_record(json.loads(json.dumps(found.record())))
    assert again.record() == found.record() and again.where == found.where
    bare = claim("s", arms[0], unit="nats", more_than=0)
    assert Claim.from_record(bare.record()).record() == bare.record()


def test_anchor_follows_from_the_sentence_alone(arms, honest):
    again = claim("Stopping early lowers the error.", *arms)
    assert honest.anchor == again.anchor == honest.record()["anchor"]
    assert honest.anchor.startswith("claim-stopping-early-lowers-the-error-")
    assert claim("Stopping early lowers the error!", *arms).anchor != honest.anchor


def test_mimebundle_carries_the_record_as_metadata(honest):
    data, metadata = honest._repr_mimebundle_()
    assert set(data) == {"text/plain", "text/html"} and data["text/plain"] == repr(honest)
    assert metadata == {"reglab.claim": honest.record()}


def test_trials_never_raise_for_a_verdict_and_never_reach_the_ledger(arms):
    found = trial("s", *arms, more_than=50)
    assert isinstance(found, Claim) and found.verdict == "fails" and found.is_trial
    assert found._repr_mimebundle_()[1] == {}
    assert trial("s", *arms).verdict == "holds" and trial("s", *arms)._repr_mimebundle_()[1] == {}
    with pytest.raises(ValueError, match="at least 10 seeds"):
        trial("s", arms[0][:5], more_than=0)


@pytest.mark.parametrize("sentence", ["", "  ", "two\nlines", None, 3])
def test_one_sentence(sentence, arms):
    with pytest.raises(ValueError, match="one sentence on one line"):
        claim(sentence, *arms)


def test_other_bad_values(arms):
    with pytest.raises(ValueError, match="run_seconds must be a finite number >= 0; got -1"):
        claim("s", *arms, run_seconds=-1)
    with pytest.raises(ValueError, match="one region; got more_than and less_than"):
        claim("s", *arms, more_than=0, less_than=1)
    with pytest.raises(ValueError, match="spelled 'percentage points' or 'percent'; got '%'"):
        claim("s", *arms, unit="%")
