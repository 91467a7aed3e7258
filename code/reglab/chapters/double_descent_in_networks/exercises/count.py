"""Exercise parameter_count: how many numbers does a fully connected network have?

Symbols     sizes (L + 1,): the inputs, the units of each hidden layer, the outputs.
"""

import numpy as np
from numpy.typing import NDArray

from reglab.exercises.answers import expect, show, whole_number
from reglab.exercises.exercise import Exercise, Run


def parameter_count(sizes: NDArray) -> int:
    """Return the number of weights and biases: each unit has one weight per input, and a bias."""
    return int(((sizes[:-1] + 1) * sizes[1:]).sum())


LAYERS = [[1, 1], [3, 2], [2, 3, 1], [4, 5, 5, 2], [40, 18, 18, 10], [40, 100, 10], [7, 1, 6, 2, 3]]

COUNT = Exercise(
    name="parameter_count",
    arguments=("sizes",),
    task="Return the number of weights and biases of a network with layers of these sizes.",
    returns="a whole number",
    parse=lambda answer, sizes: whole_number(answer),
    cases=[(np.array(sizes),) for sizes in LAYERS],
    reference=parameter_count,
)


@COUNT.must(
    "one layer of one unit has a weight for each input, and a bias",
    "The layer from I inputs to O units has a matrix of weights, and O biases.",
)
def _one_unit(run: Run, sizes):
    inputs = int(sizes[0])
    got = run(np.array([inputs, 1]))
    expect(got == inputs + 1, f"{got} for {inputs} inputs and one unit")


@COUNT.must(
    "one more output costs a weight for each unit of the last hidden layer, and a bias",
    "The last layer counts as well, and its outputs have biases of their own.",
)
def _one_more_output(run: Run, sizes):
    more = sizes.copy()
    more[-1] += 1
    got, want = run(more) - run(sizes), int(sizes[-2]) + 1
    expect(got == want, f"one more output costs {got}")


@COUNT.must(
    "two networks, one behind the other, have together as many as both",
    "Each layer counts by itself. Go through the pairs of neighboring sizes.",
)
def _chained(run: Run, sizes):
    behind = np.array([sizes[-1], 6, 3])
    whole, parts = run(np.append(sizes, [6, 3])), run(sizes) + run(behind)
    expect(whole == parts, f"{show(whole)} in one piece, {show(parts)} in two")


@COUNT.mistake("Those are the weights alone. Each unit behind the inputs has a bias, too.")
def _no_biases(sizes):
    return int((sizes[:-1] * sizes[1:]).sum())


@COUNT.mistake("The inputs have no biases: a layer has as many of them as it has outputs.")
def _biases_of_inputs(sizes):
    return int((sizes[:-1] * (sizes[1:] + 1)).sum())


@COUNT.mistake("The outputs have biases, too.")
def _no_last_biases(sizes):
    return parameter_count(sizes) - int(sizes[-1])


@COUNT.mistake("Those are the units. Each of them has a weight for each of its inputs.")
def _units(sizes):
    return int(sizes[1:].sum())


@COUNT.mistake("The first layer is missing: weights lead from the inputs to the first units.")
def _without_the_first(sizes):
    return parameter_count(sizes[1:]) if len(sizes) > 2 else 0
