"""Exercise token_loss: cross-entropy with a target for each token.

Symbols     z (B, T, K) logits, y (B, T) classes.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, expect_near, near, number, show
from reglab.exercises.arrays import decimals
from reglab.exercises.exercise import Exercise, Run


def _each(z: NDArray, y: NDArray) -> NDArray:
    top = z.max(-1, keepdims=True)
    log_p = z - top - np.log(np.exp(z - top).sum(-1, keepdims=True))
    return -np.take_along_axis(log_p, y[..., None], -1)[..., 0]


def token_loss(z: NDArray, y: NDArray) -> float:
    """Return the mean of -log softmax(z)_y over all tokens of all sequences."""
    return float(_each(z, y).mean())


def _case(b: int, t: int, k: int) -> tuple[NDArray, NDArray]:
    z = 2 * decimals(b * t, k).reshape(b, t, k)
    return z, np.arange(3, 3 + b * t).reshape(b, t) ** 2 % k


TOKENS = Exercise(
    name="token_loss",
    arguments=("z", "y"),
    task="Return the mean cross-entropy over all tokens of all sequences, in nats.",
    returns="one number",
    parse=lambda answer, *_: number(answer),
    cases=[
        (np.zeros((1, 1, 2)), np.array([[1]])),
        (np.array([[[0.0, 2.0]]]), np.array([[1]])),
        (np.array([[[0.0, 2.0], [1.0, 0.0]]]), np.array([[1, 1]])),
        (np.array([[[1000.0, 998.0], [0.0, 0.0]]]), np.array([[1, 0]])),
        *[_case(*shape) for shape in [(2, 1, 3), (2, 3, 4), (3, 4, 5)]],
    ],
    reference=token_loss,
)


@TOKENS.must(
    "a network that knows nothing has the loss log K",
    "With equal logits every class has probability 1 / K.",
)
def _nothing(run: Run, z, y):
    got, want = run(z * 0, y), np.log(z.shape[-1])
    expect(near(got, want), f"with z = 0 and {z.shape[-1]} classes it is {show(got)}")


@TOKENS.must(
    "a constant added to all logits of a token changes nothing",
    "The softmax divides it out.",
)
def _constant(run: Run, z, y):
    one, two = run(z, y), run(z + 1.5, y)
    expect_near(one, two, "{} became {} when 1.5 was added")


@TOKENS.must(
    "the same sequences twice have the same loss",
    "A mean over tokens and sequences, not a sum.",
)
def _twice(run: Run, z, y):
    one, two = run(z, y), run(np.concatenate([z, z]), np.concatenate([y, y]))
    expect_near(one, two, "{} became {}")


@TOKENS.must("is the mean of -log softmax(z)_y", "Each token counts the same.")
def _right(run: Run, z, y):
    got, want = run(z, y), token_loss(z, y)
    expect_near(got, want, "it is {}; it should be {}")


@TOKENS.mistake("The losses of a sequence are summed. Sequences of more tokens would weigh more.")
def _summed(z, y):
    return _each(z, y).sum(1).mean()


@TOKENS.mistake("Only the last token counts. In training, every token has a target.")
def _last(z, y):
    return _each(z, y)[:, -1].mean()


@TOKENS.mistake("These are bits. Use the natural logarithm.")
def _bits(z, y):
    return token_loss(z, y) / np.log(2)


@TOKENS.mistake("The sign is missing: log-probabilities are negative, a loss is not.")
def _sign(z, y):
    return -token_loss(z, y)


@TOKENS.mistake("The logarithm is taken of the mean probability. Take the mean of logarithms.")
def _mean_first(z, y):
    return -np.log(np.exp(-_each(z, y)).mean())


@TOKENS.mistake("That is a sum over all tokens. It grows with the number of sequences.")
def _total(z, y):
    return _each(z, y).sum()


@TOKENS.mistake("The logits are no log-probabilities: subtract the log of the sum of exp(z).")
def _logits(z, y):
    return -np.take_along_axis(z, y[..., None], -1).mean()
