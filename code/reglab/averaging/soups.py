"""Averages of the weights of trained networks, and what lies on the line between two of them.

Source      Wortsman et al. (2022), "Model soups", ICML, section 2 and recipe 1, for soups; Frankle,
            Dziugaite, Roy, Carbin (2020), "Linear Mode Connectivity and the Lottery Ticket
            Hypothesis", ICML, section 2, for the line; Entezari, Sedghi, Saukh, Neyshabur (2022),
            "The Role of Permutation Invariance in Linear Mode Connectivity", ICLR, section 2,
            for the barrier.
Departures  Scores are errors: lower is better. Frankle et al. subtract the mean of both ends from
            the highest error on the line; here it is the straight line between both.
Symbols     share a: the network at (1 - a) w_0 + a w_1.
"""

import copy
from collections.abc import Callable, Sequence
from functools import reduce

import torch
from torch import Tensor, nn

from reglab.core import check_probability

Score = Callable[[nn.Module], float]


def uniform_soup(models: Sequence[nn.Module]) -> nn.Module:
    """Return a copy of the first model with the mean weights of all.

    Buffers of floating point are averaged too, others are the first model's. After batch
    normalization has been averaged, its statistics need `reglab.normalization.recalibrate`.
    Raises: ValueError for no models, or if their weights differ in name or shape.

    >>> one, two = nn.Linear(1, 1), nn.Linear(1, 1)
    >>> _ = one.weight.data.fill_(1.0), two.weight.data.fill_(4.0)
    >>> uniform_soup([one, two]).weight.item()
    2.5
    """
    return _weighted(models, [1 / max(1, len(models))] * len(models))


def interpolate_weights(first: nn.Module, second: nn.Module, share: float) -> nn.Module:
    """Return a copy of `first` with the weights (1 - share) w_first + share w_second.

    Raises: ValueError for a share outside [0, 1], or if their weights differ in name or shape.

    >>> one, two = nn.Linear(1, 1), nn.Linear(1, 1)
    >>> _ = one.weight.data.fill_(1.0), two.weight.data.fill_(5.0)
    >>> interpolate_weights(one, two, 0.25).weight.item()
    2.0
    """
    check_probability("share", share)
    return _weighted([first, second], [1 - share, share])


@torch.no_grad()
def _weighted(models: Sequence[nn.Module], weights: Sequence[float]) -> nn.Module:
    """A copy of the first model with this weighted sum of all weights."""
    if not models:
        raise ValueError("models is empty; pass trained networks of one architecture")
    every = [_tensors(model) for model in models]
    kinds = [{name: t.shape for name, t in one.items()} for one in every]
    if any(kind != kinds[0] for kind in kinds):
        raise ValueError("the models must have weights of the same names and shapes")
    result = copy.deepcopy(models[0])
    for name, target in _tensors(result).items():
        if target.is_floating_point():
            parts = (w * one[name] for w, one in zip(weights, every, strict=True))
            target.copy_(reduce(torch.add, parts))
    return result


def _tensors(model: nn.Module) -> dict[str, Tensor]:
    return dict(model.named_parameters()) | dict(model.named_buffers())


def greedy_soup(models: Sequence[nn.Module], score: Score) -> tuple[nn.Module, list[int]]:
    """Return a soup that is no worse than its best ingredient, and the numbers of its ingredients.

    From the best to the worst, a model joins if the score of the soup does not rise.

    Args:
        models: trained networks of one architecture.
        score: an error of a model on *validation* data, lower is better. It gets copies, so it may
            recalibrate batch normalization in place before it measures.
    Raises: ValueError as `uniform_soup`.

    >>> models = [nn.Linear(1, 1) for _ in range(3)]
    >>> for model, value in zip(models, (4.0, 1.0, 90.0)):
    ...     _ = model.weight.data.fill_(value)
    >>> soup, chosen = greedy_soup(models, lambda model: abs(model.weight.item() - 2))
    >>> chosen, soup.weight.item()
    ([1, 0], 2.5)
    """
    alone = [score(uniform_soup([model])) for model in models]
    order = sorted(range(len(models)), key=alone.__getitem__)
    chosen = order[:1]
    soup = uniform_soup([models[i] for i in chosen])  # raises if there are no models
    best = alone[order[0]]
    for i in order[1:]:
        candidate = uniform_soup([models[j] for j in [*chosen, i]])
        if (found := score(candidate)) <= best:
            soup, best, chosen = candidate, found, [*chosen, i]
    return soup, chosen


def scores_on_line(
    first: nn.Module, second: nn.Module, shares: Sequence[float], score: Score
) -> Tensor:
    """Return the score of the network at each share of the way from first to second, (P,) float64.

    >>> one, two = nn.Linear(1, 1), nn.Linear(1, 1)
    >>> _ = one.weight.data.fill_(1.0), two.weight.data.fill_(-1.0)
    >>> scores_on_line(one, two, [0.0, 0.5, 1.0], lambda model: model.weight.item())
    tensor([ 1.,  0., -1.], dtype=torch.float64)
    """
    found = [score(interpolate_weights(first, second, a)) for a in shares]
    return torch.tensor(found, dtype=torch.float64)


def barrier(shares: Sequence[float], scores: Tensor) -> Tensor:
    """Return max_a [E(a) - (1 - a) E(0) - a E(1)], the height of the error above the straight line.

    It is never negative, since it is 0 at both ends.

    Args:
        shares: (P,), from 0 to 1.
        scores: E, (..., P), the errors at these shares.
    Raises: ValueError unless shares begin at 0 and end at 1, with one score for each.

    >>> barrier([0.0, 0.5, 1.0], torch.tensor([2.0, 9.0, 4.0]))
    tensor(6.)
    """
    a = torch.as_tensor(shares, dtype=scores.dtype)
    if len(a) < 2 or a[0] != 0 or a[-1] != 1 or scores.shape[-1] != len(a):
        raise ValueError(
            f"shares must run from 0 to 1, with a score for each; got {a.tolist()} and scores of "
            f"shape {tuple(scores.shape)}"
        )
    straight = (1 - a) * scores[..., :1] + a * scores[..., -1:]
    return (scores - straight).amax(-1)
