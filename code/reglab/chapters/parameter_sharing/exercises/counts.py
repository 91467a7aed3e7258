"""Exercise layer_counts: the free weights of a layer, shared, local and dense.

Symbols     C input channels, O outputs, L places of the input, k the kernel, no padding, no biases.
"""

from reglab.exercises.answers import expect, near, show
from reglab.exercises.arrays import numbers_of
from reglab.exercises.exercise import Exercise, Run

Counts = tuple[int, int, int]


def layer_counts(channels: int, outputs: int, length: int, kernel: int, stride: int) -> Counts:
    """Return O C k, T times as many, and O T C L, for T = (L - k) // stride + 1 places."""
    places = (length - kernel) // stride + 1
    pairs = outputs * channels
    return pairs * kernel, pairs * kernel * places, pairs * places * length


COUNTS = Exercise(
    name="layer_counts",
    arguments=("channels", "outputs", "length", "kernel", "stride"),
    task="Count the weights of a convolution, of the same layer untied, and of a dense layer.",
    returns="three numbers",
    parse=lambda answer, *_: numbers_of((3,), answer),
    cases=[
        (1, 1, 3, 2, 1),
        (1, 1, 5, 5, 1),
        (2, 3, 6, 1, 1),
        (1, 8, 40, 5, 1),
        (1, 2, 8, 3, 2),
        (3, 4, 11, 3, 3),
    ],
    reference=layer_counts,
)


@COUNTS.must(
    "the convolution has O C k, whatever the length and the stride",
    "One kernel for each pair of an input and an output channel; places do not count.",
)
def _shared(run: Run, channels, outputs, length, kernel, stride):
    got, want = run(channels, outputs, length, kernel, stride)[0], channels * outputs * kernel
    expect(near(got, want), f"it counts {show(got)}; the kernels hold {want}")


@COUNTS.must(
    "untied, each of the T places has kernels of its own",
    "T = (L - k) // stride + 1 places of the output.",
)
def _local(run: Run, channels, outputs, length, kernel, stride):
    got = run(channels, outputs, length, kernel, stride)[1]
    want = layer_counts(channels, outputs, length, kernel, stride)[1]
    expect(near(got, want), f"it counts {show(got)} instead of {want}")


@COUNTS.must(
    "dense, each of the O T outputs sees all C L inputs",
    "A dense layer has one weight for each pair of an output and an input number.",
)
def _dense(run: Run, channels, outputs, length, kernel, stride):
    got = run(channels, outputs, length, kernel, stride)[2]
    want = layer_counts(channels, outputs, length, kernel, stride)[2]
    expect(near(got, want), f"it counts {show(got)} instead of {want}")


@COUNTS.must(
    "a kernel as long as the input is a dense layer: three times the same number",
    "Then there is one place, T = 1.",
    cases=[case for case in COUNTS.cases if case[2] == case[3]],
)
def _one_place(run: Run, channels, outputs, length, kernel, stride):
    got = run(channels, outputs, length, kernel, stride)
    expect(near(got, got[0]), f"they are {show(got)}")


@COUNTS.mistake("T is one too few: the first place counts as well.")
def _one_less(channels, outputs, length, kernel, stride):
    shared, _, _ = layer_counts(channels, outputs, length, kernel, stride)
    places = (length - kernel) // stride
    return shared, shared * places, outputs * channels * places * length


@COUNTS.mistake("The stride is missing: it makes the output shorter.")
def _no_stride(channels, outputs, length, kernel, stride):
    return layer_counts(channels, outputs, length, kernel, 1)


@COUNTS.mistake(
    "The input channels are missing: each output channel has a kernel for each of them."
)
def _no_channels(channels, outputs, length, kernel, stride):
    return layer_counts(1, outputs, length, kernel, stride)


@COUNTS.mistake("Those are T = L places, as with padding. Here there is none.")
def _padded(channels, outputs, length, kernel, stride):
    pairs, places = outputs * channels, length // stride
    return pairs * kernel, pairs * kernel * places, pairs * places * length
