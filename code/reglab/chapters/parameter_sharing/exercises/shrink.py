"""Exercise parameter_sharing_shrink: ridge regression where the inputs are uncorrelated."""

from reglab.exercises.answers import expect, near, number, show
from reglab.exercises.exercise import Exercise, Run


def shrink(w: float, lam: float) -> float:
    """Return the minimizer of (v - w)^2 / 2 + lam / 2 * v^2."""
    return w / (1 + lam)


SHRINK = Exercise(
    name="parameter_sharing_shrink",
    arguments=("w", "lam"),
    task="Return the number that ridge regression makes of the least-squares weight w.",
    returns="one number",
    parse=lambda answer, *_: number(answer),
    cases=[(1.0, 0.0), (1.0, 1.0), (-3.0, 0.5), (0.0, 2.0), (10.0, 1e6)],
    reference=shrink,
)


@SHRINK.must("without a penalty nothing changes", "What is the best v if lam is 0?")
def _no_penalty(run: Run, w: float, lam: float) -> None:
    got = run(w, 0.0)
    expect(near(got, w), f"with lam = 0 it is {show(got)}; it should be {show(w)}")


@SHRINK.must("it is where the slope vanishes", "Set v - w + lam v to zero, and solve for v.")
def _slope(run: Run, w: float, lam: float) -> None:
    got = run(w, lam)
    expect(near(got * (1 + lam), w), f"it is {show(got)}; it should be {show(shrink(w, lam))}")


@SHRINK.mistake("That subtracts the same from every weight: it is what L1 does. L2 divides.")
def _soft_threshold(w: float, lam: float) -> float:
    return max(w - lam, 0.0) if w > 0 else min(w + lam, 0.0)
