"""Exercise penalty_like_steps: the L2 penalty that acts on one direction as stopping does.

Symbols     loss h/2 (w - 1)^2 along one direction, of curvature h, from w = 0;
            lr the learning rate.
"""

import numpy as np

from reglab.exercises.answers import expect, expect_near, number, show
from reglab.exercises.exercise import Exercise, Run


def penalty_like_steps(h: float, lr: float, steps: int) -> float:
    """Return h r / (1 - r) with r = (1 - lr h)^steps, the share not yet learned."""
    left = (1 - lr * h) ** steps
    return h * left / (1 - left)


PENALTY = Exercise(
    name="penalty_like_steps",
    arguments=("h", "lr", "steps"),
    task="Return the alpha with which ridge regression has the same weight as gradient descent.",
    returns="one number",
    parse=lambda answer, h, lr, steps: number(answer),
    cases=[
        (h, lr, steps)
        for h, lr in [(1.0, 0.5), (1.0, 0.1), (0.1, 0.1), (4.0, 0.1)]
        for steps in (1, 2, 10)
    ],
    reference=penalty_like_steps,
)


def _descend(h: float, lr: float, steps: int) -> float:
    w = 0.0
    for _ in range(steps):
        w -= lr * h * (w - 1)
    return w


@PENALTY.must(
    "ridge with this alpha has the weight that gradient descent has reached",
    "Gradient descent has 1 - (1 - lr h)^steps, ridge has h / (h + alpha). Set them equal.",
)
def _same(run: Run, h, lr, steps):
    alpha, want = run(h, lr, steps), _descend(h, lr, steps)
    expect(h + alpha > 0, f"alpha = {show(alpha)} makes the penalized loss unbounded")
    got = h / (h + alpha)
    expect_near(got, want, "ridge has the weight {}, gradient descent {}")


@PENALTY.must(
    "more steps are a weaker penalty",
    "After many steps nearly everything is learned, as with alpha near 0.",
)
def _weaker(run: Run, h, lr, steps):
    few, many = run(h, lr, steps), run(h, lr, steps + 1)
    expect(many < few, f"alpha goes from {show(few)} to {show(many)} with one step more")


@PENALTY.must(
    "for small curvatures it is close to 1 / (lr steps)",
    "With lr h steps small, 1 - (1 - lr h)^steps is about lr h steps.",
    cases=[(1e-4, lr, steps) for lr in (0.1, 0.5) for steps in (1, 5)],
)
def _limit(run: Run, h, lr, steps):
    got, want = run(h, lr, steps), 1 / (lr * steps)
    apart = np.abs(got / want - 1)
    expect(apart < 0.01, f"at h = {h:g} it is {show(got)}; 1 / (lr steps) is {show(want)}")


@PENALTY.mistake(
    "1 / (lr steps) is the limit of small curvatures. Elsewhere each direction has its own alpha."
)
def _approximate(h, lr, steps):
    return 1 / (lr * steps)


@PENALTY.mistake("That is the share that is learned. Solve share = h / (h + alpha) for alpha.")
def _share(h, lr, steps):
    return 1 - (1 - lr * h) ** steps


@PENALTY.mistake("Upside down: alpha is h times what is left over what is learned.")
def _inverse(h, lr, steps):
    left = (1 - lr * h) ** steps
    return h * (1 - left) / left


@PENALTY.mistake("The factor h is missing: alpha is measured in the unit of a curvature.")
def _no_unit(h, lr, steps):
    left = (1 - lr * h) ** steps
    return left / (1 - left)


@PENALTY.mistake("exp(-lr h steps) is the limit of small steps. Use (1 - lr h)^steps.")
def _flow(h, lr, steps):
    left = np.exp(-lr * h * steps)
    return float(h * left / (1 - left))
