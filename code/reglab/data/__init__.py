"""Data sets that need no network, label noise, and disjoint splits.

Every data function has the form `f(seed, **settings) -> Splits`, so that it can be handed to
`train.fleet` as it is: `fleet(..., data=functools.partial(mnist1d, n_train=1000), ...)`.
Equal seeds give equal data on any machine, and each setting has random streams of its own:
label noise, for example, never changes which examples are drawn, nor their order.
"""

from reglab.data.digits import digits
from reglab.data.examples import Examples, Splits
from reglab.data.markov import MarkovSource, markov, markov_source
from reglab.data.mnist1d import mnist1d
from reglab.data.noise import flip_labels, random_labels
from reglab.data.planar import moons, spirals
from reglab.data.signals import SHARES, learned_shares, signals
from reglab.data.splits import classification_splits, split
from reglab.data.tables import stored_table, stored_text
from reglab.data.teachers import Teacher, fourier, midpoints, polynomial, quadrature, wave

__all__ = [
    "SHARES",
    "Examples",
    "MarkovSource",
    "Splits",
    "Teacher",
    "classification_splits",
    "digits",
    "flip_labels",
    "fourier",
    "learned_shares",
    "markov",
    "markov_source",
    "midpoints",
    "mnist1d",
    "moons",
    "polynomial",
    "quadrature",
    "random_labels",
    "signals",
    "spirals",
    "split",
    "stored_table",
    "stored_text",
    "wave",
]
