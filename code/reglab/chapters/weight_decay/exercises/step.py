"""Exercise adamw_step: one step of Adam with decoupled weight decay.

Symbols     w, g (P,) weights and gradient; m, s (P,) running means of g and g^2 before this step,
            t how many steps came before; betas 0.9 and 0.999, eps 1e-8.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect_near
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run


def adamw_step(w: NDArray, g: NDArray, m: NDArray, s: NDArray, t: int, lr: float, decay: float):
    """Return the weights after the step: (1 - lr decay) w - lr m_hat / (sqrt(s_hat) + eps)."""
    return (1 - lr * decay) * w - lr * _direction(g, m, s, t + 1)


def _direction(g, m, s, k, betas=(0.9, 0.999), root=np.sqrt):
    """Adam's direction in step k = 1, 2, ...; other betas and no root are for the mistakes."""
    b1, b2 = betas
    m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g**2
    return (m / (1 - b1**k)) / (root(s / (1 - b2**k)) + 1e-8)


def _cases() -> list[tuple]:
    one, none = np.array([1.0]), np.zeros(1)
    firsts = (0.0, 2.0, 1e-8)  # gradients; the last is as small as eps
    cases = [(one, g * one, none, none, 0, 0.1, 0.5) for g in firsts]
    for size, t in [(1, 1), (2, 0), (2, 5), (3, 40), (10, 3)]:
        rng = np.random.default_rng(size + t)
        w, g, m = rng.normal(size=(3, size)).round(1)
        s = (m**2 + rng.random(size)).round(2) if t else np.zeros(size)
        cases.append((w, g, m if t else np.zeros(size), s, t, 0.1, 0.5))
        cases.append((w, g, m if t else np.zeros(size), s, t, 0.01, 0.0))
    return cases


STEP = Exercise(
    name="adamw_step",
    arguments=("w", "g", "m", "s", "t", "lr", "decay"),
    task="Return the weights after one step of Adam with decoupled weight decay.",
    returns="an array of numbers in the shape of w",
    parse=lambda answer, w, *_: numbers_of(w.shape, answer),
    cases=_cases(),
    reference=adamw_step,
)


@STEP.must(
    "without decay it is Adam's step",
    "m and s are updated first; then m / (1 - 0.9**k) and s / (1 - 0.999**k) with k = t + 1.",
)
def _adam(run: Run, w, g, m, s, t, lr, decay):
    got, want = run(w, g, m, s, t, lr, 0.0), adamw_step(w, g, m, s, t, lr, 0.0)
    expect_near(got, want, "it is {}; Adam gives {}")


@STEP.must(
    "decay takes lr * decay * w more",
    "The share lr * decay of the weight before the step, beside Adam's own part.",
)
def _share(run: Run, w, g, m, s, t, lr, decay):
    taken = run(w, g, m, s, t, lr, 0.0) - run(w, g, m, s, t, lr, decay)
    want = lr * decay * w
    expect_near(taken, want, "it takes {}; lr * decay * w is {}")


@STEP.must(
    "what decay takes does not depend on the size of the gradients",
    "Leave decay out of g, m and s: what enters there is divided by sqrt(s).",
)
def _scale(run: Run, w, g, m, s, t, lr, decay):
    small, large = (
        run(w, c * g, c * m, c * c * s, t, lr, 0.0) - run(w, c * g, c * m, c * c * s, t, lr, decay)
        for c in (1.0, 16.0)
    )
    expect_near(small, large, "it takes {}; with gradients 16 times as large {}")


@STEP.mistake(
    "That is Adam with L2: decay * w was added to the gradient, so it is divided by sqrt(s)."
)
def _coupled(w, g, m, s, t, lr, decay):
    return w - lr * _direction(g + decay * w, m, s, t + 1)


@STEP.mistake("Decay is not multiplied by lr. In torch a step takes lr * decay * w.")
def _without_lr(w, g, m, s, t, lr, decay):
    return (1 - decay) * w - lr * _direction(g, m, s, t + 1)


@STEP.mistake("That decays the weight after Adam's step. Take the share of the weight before it.")
def _after(w, g, m, s, t, lr, decay):
    return (1 - lr * decay) * (w - lr * _direction(g, m, s, t + 1))


@STEP.mistake("The weight grows: decay is added. Subtract lr * decay * w.")
def _grows(w, g, m, s, t, lr, decay):
    return (1 + lr * decay) * w - lr * _direction(g, m, s, t + 1)


@STEP.mistake(
    "The first steps are too small: m and s start at 0. Divide by 1 - 0.9**k, 1 - 0.999**k."
)
def _biased(w, g, m, s, t, lr, decay):
    m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
    return (1 - lr * decay) * w - lr * m / (np.sqrt(s) + 1e-8)


@STEP.mistake("Adam's part is missing: subtract lr * m_hat / (sqrt(s_hat) + 1e-8) too.")
def _only_decay(w, g, m, s, t, lr, decay):
    return (1 - lr * decay) * w


def _adam_with(hint: str, later: int = 1, **changes) -> None:
    """Record a mistake of Adam's part: other betas, no root, or another number of the step."""

    @STEP.mistake(hint)
    def _changed(w, g, m, s, t, lr, decay):
        return (1 - lr * decay) * w - lr * _direction(g, m, s, t + later, **changes)


_adam_with("The second beta is 0.999, not 0.99.", betas=(0.9, 0.99))
_adam_with("The second beta is 0.999, not 0.9: s remembers longer than m.", betas=(0.9, 0.9))
_adam_with("The betas are swapped: m has 0.9, and s has 0.999.", betas=(0.999, 0.9))
_adam_with("t steps came before, so this one is number k = t + 1, not t + 2.", later=2)
_adam_with("t steps came before, so this one is number k = t + 1, not t.", later=0)
_adam_with("The root is missing: divide by sqrt(s_hat) + 1e-8.", root=np.positive)
