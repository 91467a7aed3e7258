"""Exercise independent_examples: how many examples n examples with k copies each amount to.

Source      Kish (1965), "Survey Sampling", section 8.2.
"""

from reglab.chapters.augmentation.exact import effective_examples
from reglab.exercises.answers import expect, number, show
from reglab.exercises.exercise import Exercise, Run


def independent_examples(n: int, copies: int, rho: float) -> float:
    """Return n k / (1 + (k - 1) rho)."""
    return effective_examples(n, copies, rho)


COPIES = Exercise(
    name="independent_examples",
    arguments=("n", "copies", "rho"),
    task="Return how many independent examples n examples with correlated copies amount to.",
    returns="one number",
    parse=lambda answer, *inputs: number(answer),
    cases=[
        (n, k, rho) for n, k in [(1, 1), (1, 2), (5, 3), (100, 10)] for rho in (0.0, 0.25, 0.5, 1.0)
    ],
    reference=independent_examples,
)


@COPIES.must("one copy each is n examples", "At copies = 1 nothing is added.")
def _one(run: Run, n, copies, rho):
    got = run(n, 1, rho)
    expect(abs(got - n) < 1e-6 * n, f"at copies = 1 it returned {show(got)}, not {n}")


@COPIES.must("copies that are all the same add nothing", "At rho = 1 the answer is n.")
def _same(run: Run, n, copies, rho):
    got = run(n, copies, 1.0)
    expect(abs(got - n) < 1e-6 * n, f"at rho = 1 it returned {show(got)}, not {n}")


@COPIES.must(
    "a mean over that many independent values has the same variance",
    "Var of the mean of one example's copies is (1 + (k - 1) rho) / k; of n such means, a share "
    "1 / n of that. Independent values: 1 / m.",
)
def _variance(run: Run, n, copies, rho):
    got = run(n, copies, rho)
    entries = copies + copies * (copies - 1) * rho  # the sum of one example's covariances
    variance = entries / copies**2 / n
    expect(got > 0, f"it returned {show(got)}; a number of examples is positive")
    expect(
        abs(got * variance - 1) < 1e-6,
        f"the variance is {show(variance)}; 1 / answer is {show(1 / max(got, 1e-300))}",
    )


@COPIES.mistake("That counts the rows. Correlated copies say less than new examples.")
def _rows(n, copies, rho):
    return n * copies


@COPIES.mistake("The other copies correlate with each other, too: it is 1 + (k - 1) rho.")
def _all_copies(n, copies, rho):
    return n * copies / (1 + copies * rho)


@COPIES.mistake("That is the limit of very many copies; with few it is less.")
def _limit(n, copies, rho):
    return n / rho if rho > 0 else n * copies
