"""The source's exact numbers against simulation, power iteration and enumeration."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from reglab.core import numpy_stream
from reglab.data import MarkovSource, markov, markov_source

SMALL = markov_source(3, symbols=3, concentration=0.5)


def test_rows_are_probabilities():
    p = markov_source(0).table
    assert p.shape == (8, 8, 8)
    assert (p > 0).all()
    np.testing.assert_allclose(p.sum(-1), 1, rtol=1e-12)


def test_dirichlet_rows_have_their_moments():
    """Mean 1 / K, variance (1/K)(1 - 1/K) / (K c + 1); 6 standard errors of 64 * 50 rows."""
    rows = np.concatenate([markov_source(seed).table.reshape(-1, 8) for seed in range(50)])
    variance = (1 / 8) * (7 / 8) / (8 * 0.25 + 1)
    assert rows.mean(0) == pytest.approx(1 / 8, abs=6 * (variance / len(rows)) ** 0.5)
    assert rows.var() == pytest.approx(variance, rel=0.1)


def test_stationary_pairs_are_those_of_power_iteration():
    source, pi = markov_source(1), np.full((8, 8), 1 / 64)
    for _ in range(3000):
        pi = np.einsum("ab,abc->bc", pi, source.table)
    np.testing.assert_allclose(source.pairs, pi, rtol=1e-9)


def test_entropy_rate_of_known_sources():
    uniform = MarkovSource(np.full((4, 4, 4), 0.25))
    assert uniform.entropy_rate == pytest.approx(np.log(4))
    # s_t is s_(t-2) with probability 0.9: two interleaved chains of order 1
    table = np.full((2, 2, 2), 0.1)
    table[0, :, 0] = table[1, :, 1] = 0.9
    copying = MarkovSource(table)
    assert copying.entropy_rate == pytest.approx(-0.9 * np.log(0.9) - 0.1 * np.log(0.1))
    np.testing.assert_allclose(copying.pairs, 0.25)


def test_entropy_rate_is_what_one_more_symbol_adds():
    """H(s_0 .. s_n) - H(s_0 .. s_(n-1)), by all sequences of 7 symbols."""
    p, whole = SMALL.pairs.ravel(), []
    for _ in range(5):
        last = np.arange(len(p)) % 9  # the last two symbols of each sequence
        p = (p[:, None] * SMALL.table.reshape(9, 3)[last]).ravel()
        whole.append(-(p * np.log(p)).sum())
    np.testing.assert_allclose(np.diff(whole), SMALL.entropy_rate, rtol=1e-12)


def test_best_loss_is_the_entropy_of_a_sequence_given_its_first_symbol():
    p = SMALL.pairs.ravel()
    for _ in range(3):
        p = (p[:, None] * SMALL.table.reshape(9, 3)[np.arange(len(p)) % 9]).ravel()
    first = SMALL.pairs.sum(1)
    entropy = -(p * np.log(p)).sum() + (first * np.log(first)).sum()
    assert SMALL.best_loss(4) == pytest.approx(entropy / 4, rel=1e-12)


def test_one_token_has_the_entropy_given_one_symbol():
    joint, first = SMALL.pairs, SMALL.pairs.sum(1)
    want = -(joint * np.log(joint)).sum() + (first * np.log(first)).sum()
    assert SMALL.best_loss(1) == pytest.approx(want)


def test_drawn_symbols_have_the_source_s_frequencies():
    """At every place: triples of 20000 sequences, within 5 standard errors (alpha 1e-6 of 27)."""
    s = SMALL.draw(20_000, 8, numpy_stream(0, "test")).numpy()
    want = SMALL.pairs[..., None] * SMALL.table
    for t in range(6):
        triples = s[:, t] * 9 + s[:, t + 1] * 3 + s[:, t + 2]
        found = np.bincount(triples, minlength=27).reshape(3, 3, 3) / len(s)
        assert (abs(found - want) < 5.2 * np.sqrt(want * (1 - want) / len(s))).all()


def test_pairs_of_a_drawn_sequence_start_stationary():
    s = SMALL.draw(20_000, 2, numpy_stream(1, "test")).numpy()
    found = np.bincount(s[:, 0] * 3 + s[:, 1], minlength=9).reshape(3, 3) / len(s)
    error = np.sqrt(SMALL.pairs * (1 - SMALL.pairs) / len(s))
    assert (abs(found - SMALL.pairs) < 5.2 * error).all()


def test_best_predictions_are_the_rows_of_the_table():
    x = torch.tensor([[2, 0, 1]])
    found = SMALL.best_predictions(x)[0].numpy()
    np.testing.assert_allclose(found[0], SMALL.pairs[2] / SMALL.pairs[2].sum())
    np.testing.assert_allclose(found[1], SMALL.table[2, 0])
    np.testing.assert_allclose(found[2], SMALL.table[0, 1])


def test_the_loss_on_sequences_comes_near_the_best():
    splits, source = markov(5, n_train=20_000, length=4), markov_source(5)
    logs = source.best_predictions(splits.train.x).log()
    each = -logs.gather(-1, splits.train.y[..., None])[..., 0]
    error = float(each.mean(1).std()) / 20_000**0.5
    assert source.loss_on(splits.train) == pytest.approx(float(each.mean()), rel=1e-12)
    assert source.loss_on(splits.train) == pytest.approx(source.best_loss(4), abs=5 * error)


def test_no_other_predictions_do_better():
    """Cross-entropy under the source is its entropy + KL, place by place."""
    best = SMALL.table.reshape(9, 3)
    other = np.random.default_rng(0).dirichlet(np.ones(3), 9)
    pi = SMALL.pairs.ravel()
    loss = -(pi[:, None] * best * np.log(other)).sum()
    kl = (pi[:, None] * best * np.log(best / other)).sum()
    assert loss == pytest.approx(SMALL.entropy_rate + kl)
    assert kl > 0


def test_targets_are_the_next_tokens():
    splits = markov(0, n_train=5, n_val=6, n_test=7, length=9, symbols=4)
    assert [tuple(p.x.shape) for p in splits.parts().values()] == [(5, 9), (6, 9), (7, 9)]
    for part in splits.parts().values():
        assert torch.equal(part.x[:, 1:], part.y[:, :-1])
        assert part.x.dtype == part.y.dtype == torch.int64
    assert splits.classes == 4


def test_more_sequences_begin_with_fewer():
    few, many = markov(2, n_train=3), markov(2, n_train=10, n_val=5)
    assert_close(many.train.x[:3], few.train.x)
    assert_close(many.test.x, few.test.x)
    assert_close(many.val.y, few.val.y[:5])


def test_the_seed_names_source_and_sequences():
    assert not np.allclose(markov_source(0).table, markov_source(1).table)
    assert torch.equal(markov(4).train.x, markov(4).train.x)
    assert not torch.equal(markov(4).train.x, markov(5).train.x)
    assert not torch.equal(markov(4).val.x, markov(4).test.x)


def test_small_concentrations_stay_finite():
    source = markov_source(0, concentration=0.001)
    assert np.isfinite(source.entropy_rate) and 0 < source.entropy_rate < 0.2


@pytest.mark.parametrize(
    "call, match",
    [
        (lambda: MarkovSource(np.ones((2, 2, 3)) / 3), r"\(K, K, K\).*got \(2, 2, 3\)"),
        (lambda: MarkovSource(np.ones((2, 2)) / 2), r"\(K, K, K\)"),
        (lambda: MarkovSource(np.ones((2, 2, 2))), "sum to 1.*divide the rows"),
        (lambda: MarkovSource(np.eye(2)[None].repeat(2, 0)), "positive.*smallest 0"),
        (lambda: markov_source(0, symbols=1), "symbols"),
        (lambda: markov_source(0, concentration=0.0), "concentration"),
        (lambda: markov(0, length=0), "length"),
        (lambda: SMALL.draw(3, 1, numpy_stream(0, "test")), "length"),
        (lambda: SMALL.draw(0, 2, numpy_stream(0, "test")), "count"),
        (lambda: SMALL.best_loss(0), "tokens"),
    ],
)
def test_errors(call, match):
    with pytest.raises(ValueError, match=match):
        call()
