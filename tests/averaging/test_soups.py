"""Soups: naive averages, the greedy choice step by step, the line and its barrier, errors."""

import pytest
import torch
from torch import nn

from reglab.averaging import (
    barrier,
    greedy_soup,
    interpolate_weights,
    scores_on_line,
    uniform_soup,
)
from reglab.normalization import BatchNorm1d

F64 = torch.float64


def network(seed, kind=nn.BatchNorm1d):
    g = torch.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 4), kind(4), nn.Linear(4, 2)).double()
    with torch.no_grad():
        for w in model.parameters():
            w.copy_(torch.randn(w.shape, generator=g, dtype=F64))
    model.train()(torch.randn(6, 3, generator=g, dtype=F64))
    return model


def at(value):
    model = nn.Linear(1, 1, bias=False).double()
    model.weight.data.fill_(value)
    return model


def weight(model):
    return model.weight.item()


@pytest.mark.parametrize("kind", [nn.BatchNorm1d, BatchNorm1d])
def test_a_uniform_soup_is_the_mean_of_weights_and_statistics(kind):
    models = [network(k, kind) for k in range(3)]
    soup = dict(uniform_soup(models).named_parameters())
    for name, w in soup.items():
        want = sum(dict(m.named_parameters())[name] for m in models) / 3
        torch.testing.assert_close(w, want)
    means = torch.stack([m[1].running_mean for m in models])
    torch.testing.assert_close(uniform_soup(models)[1].running_mean, means.mean(0))


def test_counts_are_the_first_model_s():
    one, two = network(0), network(1)
    two(torch.zeros(6, 3, dtype=F64))
    assert uniform_soup([one, two])[1].num_batches_tracked.item() == 1


def test_a_linear_layer_s_soup_is_its_ensemble():
    models = [nn.Linear(3, 2).double() for _ in range(4)]
    x = torch.randn(5, 3, dtype=F64)
    torch.testing.assert_close(uniform_soup(models)(x), torch.stack([m(x) for m in models]).mean(0))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_interpolation_is_the_formula(share):
    one, two = network(0), network(1)
    got = dict(interpolate_weights(one, two, share).named_parameters())
    for (name, p), q in zip(one.named_parameters(), two.parameters(), strict=True):
        torch.testing.assert_close(got[name], (1 - share) * p + share * q)


def test_ingredients_are_left_alone():
    one, two = at(1.0), at(3.0)
    soup = uniform_soup([one, two])
    soup.weight.data.zero_()
    assert (weight(one), weight(two)) == (1.0, 3.0)


def test_a_soup_can_be_trained():
    assert uniform_soup([at(1.0), at(2.0)]).weight.requires_grad


def test_greedy_joins_in_order_of_score_while_the_score_does_not_rise():
    """Errors |w - 2|: 1.5 first; with 3 the mean is 2.25, better; with 4 it is 2.83, worse."""
    models = [at(4.0), at(3.0), at(1.5)]
    soup, chosen = greedy_soup(models, lambda m: abs(weight(m) - 2))
    assert chosen == [2, 1]
    assert weight(soup) == 2.25


def test_each_candidate_is_compared_with_the_soup_so_far():
    """Errors |w - 2|: 1.2 and 3 make 0.1; with 3.2 it is 0.47, better than 1.2 alone."""
    models = [at(1.2), at(3.0), at(3.2)]
    assert greedy_soup(models, lambda m: abs(weight(m) - 2))[1] == [0, 1]


def test_one_that_was_refused_does_not_stop_the_next():
    """After 1 and 4 (refused), 5: the score counts distance to {1, 3}."""
    models = [at(1.0), at(4.0), at(5.0)]
    score = lambda m: min(abs(weight(m) - 1), abs(weight(m) - 3))  # noqa: E731
    assert greedy_soup(models, score)[1] == [0, 2]


def test_an_equal_score_joins():
    assert greedy_soup([at(1.0), at(2.0)], lambda m: 0.5)[1] == [0, 1]


def test_a_greedy_soup_is_never_worse_than_its_best_ingredient():
    g = torch.Generator().manual_seed(0)
    for values in torch.randn(30, 5, generator=g).tolist():
        models = [at(v) for v in values]
        score = lambda m: (weight(m) * 3.0) % 1.0  # noqa: E731
        assert score(greedy_soup(models, score)[0]) <= min(score(m) for m in models)


def test_the_score_gets_copies():
    models = [at(1.0), at(2.0)]
    soup, _ = greedy_soup(models, lambda m: m.weight.data.mul_(0.0).item())
    assert [weight(m) for m in models] == [1.0, 2.0]
    assert soup is not models[0]


def test_scores_stand_in_the_order_of_the_shares():
    scores = scores_on_line(at(0.0), at(10.0), [0.0, 0.2, 1.0], weight)
    assert scores.tolist() == [0.0, 2.0, 10.0] and scores.dtype == F64


def test_the_barrier_is_the_height_above_the_straight_line():
    """Of E = a (1 - a) on a slope it is 1/4, whatever the slope."""
    a = torch.linspace(0, 1, 11, dtype=F64)
    scores = torch.stack([5 + s * a + a * (1 - a) for s in (0.0, 3.0, -8.0)])
    torch.testing.assert_close(barrier(a.tolist(), scores), torch.full((3,), 0.25, dtype=F64))


def test_a_valley_is_no_barrier():
    assert barrier([0.0, 0.5, 1.0], torch.tensor([2.0, 0.0, 4.0])).item() == 0


@pytest.mark.parametrize(
    ("shares", "count"), [([0.1, 1.0], 2), ([0.0, 0.9], 2), ([0.0, 1.0], 3), ([0.0], 1)]
)
def test_a_line_has_both_ends(shares, count):
    with pytest.raises(ValueError, match="from 0 to 1"):
        barrier(shares, torch.zeros(count))


@pytest.mark.parametrize("call", [uniform_soup, lambda m: greedy_soup(m, weight)])
def test_no_models_are_an_error(call):
    with pytest.raises(ValueError, match="models is empty"):
        call([])


@pytest.mark.parametrize("other", [nn.Linear(2, 1), nn.Linear(1, 1)])
def test_other_architectures_are_an_error(other):
    with pytest.raises(ValueError, match="same names and shapes"):
        uniform_soup([at(1.0), other])


def test_a_share_is_between_both():
    with pytest.raises(ValueError, match="share.*got 1.5"):
        interpolate_weights(at(1.0), at(2.0), 1.5)
