"""Exercise sgd_weight_decay: the penalty of a paper, as torch's SGD wants it.

Symbols     the paper adds lam/2 sum w^2 (half) or lam sum w^2 to a loss that is summed over n
            examples (summed) or their mean; torch's loss is the mean, its penalty has the half.
"""

from reglab.exercises.answers import expect, expect_near, near, number, show
from reglab.exercises.exercise import Exercise, Run


def sgd_weight_decay(lam: float, n: int, summed: bool, half: bool) -> float:
    """Return lam (1 or 2) / (1 or n)."""
    return lam * (1 if half else 2) / (n if summed else 1)


STRENGTH = Exercise(
    name="sgd_weight_decay",
    arguments=("lam", "n", "summed", "half"),
    task="Return torch's weight_decay, for a mean loss and SGD, that means the paper's penalty.",
    returns="one number",
    parse=lambda answer, *_: number(answer),
    cases=[
        (lam, n, summed, half)
        for lam, n in [(0.5, 1), (0.5, 10), (4.0, 1000), (0.0, 7)]
        for summed in (False, True)
        for half in (True, False)
    ],
    reference=sgd_weight_decay,
)


@STRENGTH.must(
    "has its minimum where the paper has it",
    "Divide the paper's objective by what makes its loss a mean, then compare the penalties.",
)
def _minimum(run: Run, lam, n, summed, half):
    """n examples with the loss (w - 3)^2 / 2 each: both minima have a closed form."""
    size, slope = (n if summed else 1), lam * (1 if half else 2)
    got, paper = run(lam, n, summed, half), 3 * size / (size + slope)
    want = 3 / paper - 1  # torch's minimum is 3 / (1 + weight_decay)
    text = f"with {n} losses (w - 3)² / 2 the paper's w rests at {show(paper)}"
    expect_near(got, want, f"it is {{}}; {text}, which takes {{}}")


@STRENGTH.must(
    "no penalty stays no penalty", "It is a multiple of lam.", cases=[(0.0, 7, True, False)]
)
def _none(run: Run, lam, n, summed, half):
    got = run(lam, n, summed, half)
    expect(got == 0, f"at lam = 0 it is {show(got)}")


@STRENGTH.must(
    "with a summed loss, ten times as many examples mean a tenth of it",
    "The sum grows with n, the penalty does not. So its weight against the mean falls as 1 / n.",
    cases=[(0.5, 10, True, True), (4.0, 1000, True, False)],
)
def _tenth(run: Run, lam, n, summed, half):
    few, many = run(lam, n, summed, half), run(lam, 10 * n, summed, half)
    expect(near(10 * many, few), f"n = {n}: {show(few)}; n = {10 * n}: {show(many)}")


@STRENGTH.must(
    "with a mean loss, n has no part in it",
    "Both losses are means already.",
    cases=[(0.5, 10, False, True), (4.0, 1000, False, False)],
)
def _mean(run: Run, lam, n, summed, half):
    few, many = run(lam, n, summed, half), run(lam, 10 * n, summed, half)
    expect_near(few, many, f"n = {n}: {{}}; n = {10 * n}: {{}}")


@STRENGTH.mistake(
    "The ½ is in the wrong place: lam sum w² has the slope 2 lam w, so it counts twice."
)
def _half_twice(lam, n, summed, half):
    return lam * (1 if half else 0.5) / (n if summed else 1)


@STRENGTH.mistake("The missing ½ is left out: lam sum w² is twice lam/2 sum w².")
def _no_half(lam, n, summed, half):
    return lam / (n if summed else 1)


@STRENGTH.mistake(
    "Multiplied by n where it should be divided: torch's mean loss is the smaller one."
)
def _times_n(lam, n, summed, half):
    return lam * (1 if half else 2) * (n if summed else 1)


@STRENGTH.mistake("The number of examples is left out. A summed loss is n times the mean.")
def _no_n(lam, n, summed, half):
    return lam * (1 if half else 2)


@STRENGTH.mistake("Divided by n whatever the loss: a mean loss is torch's own already.")
def _always_n(lam, n, summed, half):
    return lam * (1 if half else 2) / n
