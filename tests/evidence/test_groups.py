"""Claims shown together: rows, records, trials, and what is refused."""

import pytest

from reglab.evidence import ClaimError, claim, claims, trial


@pytest.fixture
def pair(arms):
    return claim("It helps.", *arms), claim("It helps much.", *arms, more_than=2)


def test_rows_stand_in_their_order_and_read_as_single_claims_do(pair):
    found = claims(*pair)
    assert found.rows == pair
    assert repr(found) == "\n".join(map(repr, pair))


def test_the_output_holds_text_a_table_and_all_records(pair):
    data, metadata = claims(*pair)._repr_mimebundle_()
    assert set(data) == {"text/plain", "text/html"} and data["text/plain"] == repr(claims(*pair))
    assert data["text/html"].count("<table") == 1
    assert all(f'id="{one.anchor}"' in data["text/html"] for one in pair)
    assert metadata == {"reglab.claim": [one.record() for one in pair]}


def test_trials_may_fail_and_never_reach_the_ledger(arms):
    found = claims(trial("a", *arms), trial("b", *arms, more_than=50))
    assert found.is_trial and found._repr_mimebundle_()[1] == {}
    assert "Trial fails: b" in repr(found)


def test_a_claim_that_does_not_hold_raises_in_the_call(arms):
    with pytest.raises(ClaimError, match="^fails: b Claimed"):
        claims(claim("a", *arms), claim("b", *arms, more_than=50))


def test_what_is_refused(arms, pair):
    with pytest.raises(ValueError, match="at least one claim; got none"):
        claims()
    with pytest.raises(ValueError, match="what claim.* returns, one after another; got list"):
        claims(list(pair))
    with pytest.raises(ValueError, match="claims or trials, not both"):
        claims(pair[0], trial("t", *arms))
    with pytest.raises(ValueError, match="sentence of its own; twice: It helps."):
        claims(pair[0], pair[1], pair[0])
