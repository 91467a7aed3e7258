"""Exercise mixed_batch: mixup of inputs and targets, with the same partners and shares.

Source      Zhang, Cisse, Dauphin, Lopez-Paz (2018), "mixup: Beyond Empirical Risk Minimization",
            ICLR, section 2.
Symbols     x (B, I), targets (B, K) one-hot, partners (B,) a permutation, lam (B,) in [0, 1].
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import Malformed, expect, kind, near
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def mixed_batch(x: NDArray, targets: NDArray, partners: NDArray, lam: NDArray) -> tuple:
    """Return lam x + (1 - lam) x[partners], and the targets mixed alike."""
    own = lam[:, None]
    return (
        own * x + (1 - own) * x[partners],
        own * targets + (1 - own) * targets[partners],
    )


def _parse(answer: Any, x: NDArray, targets: NDArray, *_: Any) -> tuple[NDArray, NDArray]:
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Malformed(f"a pair (x, targets) was expected; it returned {kind(answer)}")
    return numbers_of(x.shape, answer[0]), numbers_of(targets.shape, answer[1])


def _case(seed: int, batch: int, inputs: int) -> tuple:
    rng = np.random.default_rng(seed)
    targets = np.eye(3)[rng.integers(0, 3, batch)]
    partners, lam = rng.permutation(batch), rng.random(batch).round(2)
    return rng.normal(size=(batch, inputs)).round(1), targets, partners, lam


BY_HAND = (
    np.array([[0.0, 2.0], [4.0, 6.0]]),
    np.array([[1.0, 0.0], [0.0, 1.0]]),
    np.array([1, 0]),
    np.array([0.75, 0.75]),
)

MIXTURE = Exercise(
    name="mixed_batch",
    arguments=("x", "targets", "partners", "lam"),
    task="Mix each example and its target with its partner's.",
    returns="a pair of arrays, in the shapes of x and of targets",
    parse=_parse,
    cases=[BY_HAND, _case(1, 3, 2), _case(2, 4, 4), _case(3, 8, 5)],
    reference=mixed_batch,
)


@MIXTURE.must("at lam = 1 nothing changes", "lam is the share of the example's own part.")
def _own(run: Run, x, targets, partners, lam):
    got = run(x, targets, partners, np.ones_like(lam))
    expect(near(got[0], x), "at lam = 1 x is changed")
    expect(near(got[1], targets), "at lam = 1 the targets are changed")


@MIXTURE.must("the inputs are mixed", "Each row has a lam of its own: lam[:, None] times x.")
def _inputs(run: Run, x, targets, partners, lam):
    got, want = run(x, targets, partners, lam)[0], mixed_batch(x, targets, partners, lam)[0]
    rows = np.flatnonzero(~np.isclose(got, want).all(1))
    expect(not len(rows), f"row {rows[:1]} of x is not lam x + (1 - lam) x[partner]")


@MIXTURE.must("the targets are mixed with the same shares", "A mixture of a 3 and a 5 is no 3.")
def _targets(run: Run, x, targets, partners, lam):
    got, want = run(x, targets, partners, lam)[1], mixed_batch(x, targets, partners, lam)[1]
    rows = np.flatnonzero(~np.isclose(got, want).all(1))
    expect(not len(rows), f"row {rows[:1]} of the targets is not mixed as its input is")


@MIXTURE.mistake("The targets are mixed too: that is what makes it mixup, and not noise.")
def _targets_as_they_were(x, targets, partners, lam):
    return mixed_batch(x, targets, partners, lam)[0], targets


@MIXTURE.mistake("That takes the partner's share for the example's own: exchange lam and 1 - lam.")
def _shares_exchanged(x, targets, partners, lam):
    return mixed_batch(x, targets, partners, 1 - lam)


@MIXTURE.mistake("One share was used for the whole minibatch; each example has its own.")
def _one_share(x, targets, partners, lam):
    return mixed_batch(x, targets, partners, np.full_like(lam, lam[0]))
