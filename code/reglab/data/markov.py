"""Sequences of symbols from a source whose entropy is known: the text of the smallest language.

A source of order 2: each symbol depends on the two before it, by a table of probabilities that is
drawn at random. How well any model can predict is then known exactly, so that what a network loses
beyond it can be measured: the excess loss.
Source      Shannon (1948), "A Mathematical Theory of Communication", sections 4 to 7; Cover, Thomas
            (2006), "Elements of Information Theory", section 4.2, for the entropy rate.
Departures  None. Sequences start in the stationary law, so that all places look alike.
Symbols     K symbols; s_0, s_1, ... a sequence; P (K, K, K): P[a, b, c] = P(s_t = c | a, b) after
            s_(t-2) = a, s_(t-1) = b; pi (K, K) the stationary law of pairs; T tokens of an input.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from reglab.core import check_count, check_positive, numpy_stream
from reglab.data.examples import Examples, Splits


@dataclass(frozen=True, eq=False)
class MarkovSource:
    """A source of order 2, given by its table of probabilities.

    Args: table: P (K, K, K), each row P[a, b] positive and summing to 1.
    Raises: ValueError if it is not.

    >>> fair = MarkovSource(np.full((2, 2, 2), 0.5))
    >>> round(fair.entropy_rate, 4)  # log 2
    0.6931
    """

    table: np.ndarray

    def __post_init__(self) -> None:
        p = self.table
        if p.ndim != 3 or len(set(p.shape)) > 1 or len(p) < 2:
            raise ValueError(f"table must be (K, K, K) for K >= 2 symbols; got {p.shape}")
        if not (p > 0).all() or not np.allclose(p.sum(-1), 1, rtol=0, atol=1e-9):
            raise ValueError(
                "each row table[a, b] must hold positive probabilities that sum to 1; got one "
                f"with smallest {p.min():.3g} and sums {p.sum(-1).min():.6g} to "
                f"{p.sum(-1).max():.6g}; divide the rows by their sums"
            )

    @property
    def symbols(self) -> int:
        """K, the number of symbols."""
        return len(self.table)

    @cached_property
    def pairs(self) -> np.ndarray:
        """The stationary law of pairs pi (K, K): pi[b, c] = sum_a pi[a, b] P[a, b, c].

        Solved as linear equations; positive probabilities make the solution unique.
        """
        k = self.symbols
        move = np.zeros((k, k, k, k))  # (a, b) -> (b, c)
        for b in range(k):
            move[:, b, b, :] = self.table[:, b, :]
        equations = np.vstack([move.reshape(k * k, k * k).T - np.eye(k * k), np.ones(k * k)])
        pi = np.linalg.lstsq(equations, np.append(np.zeros(k * k), 1.0), rcond=None)[0]
        return pi.reshape(k, k)

    @cached_property
    def entropy_rate(self) -> float:
        """h = sum_ab pi_ab H(P[a, b]): nats for each symbol, given all before it."""
        return float(-(self.pairs[..., None] * self.table * np.log(self.table)).sum())

    @cached_property
    def second_symbol(self) -> np.ndarray:
        """P(s_1 = b | s_0 = a) (K, K): what can be known of a symbol from the one before it."""
        return self.pairs / self.pairs.sum(1, keepdims=True)

    def best_loss(self, tokens: int) -> float:
        """Return the smallest possible mean cross-entropy over T = `tokens` targets, in nats.

        The first target has one symbol before it, all others two or more: (H(s_1 | s_0) +
        (T - 1) h) / T.
        """
        check_count("tokens", tokens)
        first = -(self.pairs * np.log(self.second_symbol)).sum()
        return float(first + (tokens - 1) * self.entropy_rate) / tokens

    def best_predictions(self, x: Tensor) -> Tensor:
        """Return the probabilities of the next symbol at each place, given all tokens up to it.

        Shapes: x (B, T) int64 -> (B, T, K), float64.
        """
        first = torch.from_numpy(self.second_symbol)[x[:, :1]]
        return torch.cat([first, torch.from_numpy(self.table)[x[:, :-1], x[:, 1:]]], dim=1)

    def loss_on(self, examples: Examples) -> float:
        """Return the mean cross-entropy of the best predictions over all targets, in nats.

        On average over draws this is `best_loss`. Subtracted from a model's loss on the same
        examples, it leaves the model's excess with less noise than `best_loss` would.
        """
        p = self.best_predictions(examples.x).gather(-1, examples.y[..., None])
        return float(-p.log().mean())

    def draw(self, count: int, length: int, rng: np.random.Generator) -> Tensor:
        """Draw sequences from the stationary law: int64 (count, length), length >= 2."""
        check_count("count", count)
        check_count("length", length, minimum=2)
        u, k = rng.random((count, length - 1)).T, self.symbols
        cumulated = np.cumsum(self.table, axis=-1)
        s = np.empty((count, length), dtype=np.int64)
        pair = np.searchsorted(np.cumsum(self.pairs)[:-1], u[0], side="right")
        s[:, 0], s[:, 1] = pair // k, pair % k
        for t in range(2, length):
            rows = cumulated[s[:, t - 2], s[:, t - 1], :-1]  # (count, K - 1)
            s[:, t] = (u[t - 1, :, None] >= rows).sum(1)
        return torch.from_numpy(s)


def markov_source(seed: int = 0, symbols: int = 8, concentration: float = 0.25) -> MarkovSource:
    """Draw a source: each row of its table from a Dirichlet law, independently.

    Args:
        seed: names the source.
        symbols: K, >= 2.
        concentration: of the Dirichlet law, > 0: the smaller, the fewer symbols share a row's
            probability, and the lower the entropy. Large values come near to uniform rows.
    Raises: ValueError for a value out of range.

    >>> markov_source(0).table.shape
    (8, 8, 8)
    """
    check_count("symbols", symbols, minimum=2)
    check_positive("concentration", concentration)
    rng = numpy_stream(seed, "source")
    drawn = rng.dirichlet(np.full(symbols, concentration), (symbols, symbols))
    raised = np.maximum(drawn, 1e-9)  # a small concentration makes numbers that round to 0
    return MarkovSource(raised / raised.sum(-1, keepdims=True))


def markov(
    seed: int = 0,
    *,
    n_train: int = 256,
    n_val: int = 400,
    n_test: int = 400,
    length: int = 32,
    symbols: int = 8,
    concentration: float = 0.25,
) -> Splits:
    """Draw sequences of a source, `markov_source(seed)`, whose every next symbol is a target.

    A training part of more examples begins with those of a smaller one.

    Args:
        n_train, n_val, n_test: sequences of each part.
        length: T, tokens of each input.
        symbols, concentration: of the source.
    Returns: Splits with x (N, T) and y (N, T) int64: y[:, t] follows x[:, t]; classes K.

    >>> splits = markov(0, n_train=3, length=5)
    >>> bool((splits.train.x[:, 1:] == splits.train.y[:, :-1]).all())
    True
    """
    check_count("length", length)
    source, parts = markov_source(seed, symbols, concentration), []
    for name, n in {"train": n_train, "val": n_val, "test": n_test}.items():
        s = source.draw(n, length + 1, numpy_stream(seed, f"sequences {name}"))
        parts.append(Examples(s[:, :-1].contiguous(), s[:, 1:].contiguous()))
    train, val, test = parts
    return Splits(train, val, test, symbols)
