"""Exercise threshold_width: at which width are there as many parameters as numbers to fit?

Source      The count n K: Belkin, Hsu, Ma, Mandal (2019), PNAS 116.
Symbols     n examples, K outputs; one hidden layer of H units has (I + 1) H + (H + 1) K parameters.
"""

from reglab.exercises.answers import expect, whole_number
from reglab.exercises.exercise import Exercise, Run


def threshold_width(n: int, inputs: int, outputs: int) -> int:
    """Return the width H >= 1 whose number of parameters is nearest to n K; of two, the smaller."""

    def distance(width: int) -> int:
        return abs((inputs + 1) * width + (width + 1) * outputs - n * outputs)

    return min(range(1, n * outputs + 2), key=distance)


WIDTH = Exercise(
    name="threshold_width",
    arguments=("n", "inputs", "outputs"),
    task="Return the width of one hidden layer that has about as many parameters as n K.",
    returns="a whole number",
    parse=lambda answer, *inputs: whole_number(answer),
    cases=[
        *((1, 1, 1), (2, 1, 1), (9, 2, 1), (4, 1, 2), (7, 1, 2), (30, 5, 1), (30, 5, 2)),
        *((30, 5, 4), (1000, 40, 10), (500, 3, 2), (12, 4, 6)),
    ],
    reference=threshold_width,
)


def _apart(width: int, n: int, inputs: int, outputs: int) -> int:
    first, last = inputs * width + width, width * outputs + outputs
    return abs(first + last - n * outputs)


@WIDTH.must(
    "the width is at least 1",
    "With very few examples even one unit has too many parameters. Then one unit is nearest.",
)
def _at_least_one(run: Run, n, inputs, outputs):
    width = run(n, inputs, outputs)
    expect(width >= 1, f"it returned {width}")


@WIDTH.must(
    "no wider network comes nearer to n K",
    "Count the numbers to fit: every example has one for each output.",
)
def _none_wider(run: Run, n, inputs, outputs):
    width = run(n, inputs, outputs)
    got, wider = (_apart(w, n, inputs, outputs) for w in (width, width + 1))
    expect(got <= wider, f"{width} units are {got} off; {width + 1} are {wider} off")


@WIDTH.must(
    "no narrower network comes as near",
    "Nearest, not first above. If two widths are equally near, take the smaller one.",
)
def _none_narrower(run: Run, n, inputs, outputs):
    width = run(n, inputs, outputs)
    if width > 1:
        got, less = (_apart(w, n, inputs, outputs) for w in (width, width - 1))
        expect(got < less, f"{width} units are {got} off; {width - 1} are {less} off")


@WIDTH.mistake("That compares with n. With K outputs there are n K numbers to fit.")
def _examples(n, inputs, outputs):
    widths = range(1, n * outputs + 2)
    return min(widths, key=lambda H: abs((inputs + 1) * H + (H + 1) * outputs - n))


@WIDTH.mistake("That is the first width with enough parameters. The one below may be nearer.")
def _first_above(n, inputs, outputs):
    each, all_of_them = inputs + 1 + outputs, n * outputs - outputs
    return max(1, -(-all_of_them // each))


@WIDTH.mistake("That is the last width below n K. The next one may be nearer.")
def _last_below(n, inputs, outputs):
    return max(1, (n * outputs - outputs) // (inputs + 1 + outputs))


@WIDTH.mistake("A network of no units has no hidden layer: the width is at least 1.")
def _zero(n, inputs, outputs):
    widths = range(n * outputs + 2)
    return min(widths, key=lambda H: _apart(H, n, inputs, outputs))


@WIDTH.mistake("That is the number of units that n K weights to the outputs would need alone.")
def _last_layer_alone(n, inputs, outputs):
    return n
