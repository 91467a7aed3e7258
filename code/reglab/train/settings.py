"""From settings to networks: every setting given as a list is varied, and all are combined."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch

from reglab.core import check_count
from reglab.data import Splits
from reglab.train.models import MLP, Modules
from reglab.train.optimizers import check_optimizer
from reglab.train.schedules import Schedule, check_schedule


@dataclass(frozen=True)
class Network:
    """Everything that decides how one network ends up: equal fields, equal result."""

    spec: MLP | Modules
    seed: int
    lr: float
    momentum: float
    weight_decay: float
    batch: int | None
    optimizer: str
    schedule: Schedule
    data: tuple[tuple[str, Any], ...]  # settings passed on to the data function
    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        self.spec.check()
        check_count("seed", self.seed, least=0)
        rates = (self.lr, self.momentum, self.weight_decay, self.l1, self.l2)
        check_optimizer(self.optimizer, *rates)
        check_schedule(self.schedule)
        if self.batch is not None:
            check_count("batch", self.batch)


@dataclass(frozen=True)
class Grid:
    """The networks of a fleet, the last dim (seed) fastest, and what is varied in which order."""

    dims: dict[str, list]
    fixed: dict[str, Any]
    networks: list[Network]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each dim."""
        return tuple(len(values) for values in self.dims.values())


def expand(model: MLP | Modules, training: Mapping, data: Mapping, seeds: Iterable[int]) -> Grid:
    """Combine all varied settings with all seeds.

    Args:
        model: the specification; its lists are varied.
        training: lr, momentum, weight_decay, l1, l2, batch, optimizer, schedule: values or lists.
        data: settings of the data function: values or lists.
        seeds: one network each.
    Raises: ValueError for an empty or repeating list, a name used twice, a value out of range.
    """
    parts = {"model": model.settings(), "training": training, "data": data}
    names = [name for part in parts.values() for name in part]
    if clash := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{clash} are settings of the network and of the data: rename the data's")
    every = {name: value for part in parts.values() for name, value in part.items()}
    dims = {name: as_list(name, value) for name, value in every.items() if is_varied(value)}
    dims["seed"] = as_list("seeds", seeds)
    fixed = {name: value for name, value in every.items() if name not in dims}
    networks = []
    for combination in product(*dims.values()):
        one = fixed | dict(zip(dims, combination, strict=True))
        pick = {part: {k: one[k] for k in settings} for part, settings in parts.items()}
        network = Network(
            model.at(**pick["model"]),
            one["seed"],
            data=tuple(pick["data"].items()),
            **pick["training"],
        )
        networks.append(network)
    return Grid(dims, fixed, networks)


def is_varied(value: Any) -> bool:
    """Lists, ranges and arrays (1-D) are varied; a tuple is one value."""
    return isinstance(value, list | range) or getattr(value, "ndim", 0) == 1


def as_list(name: str, values: Iterable) -> list:
    """Return the values as plain Python ones; ValueError if there are none, or one comes twice."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ValueError(f"{name} must be a list or a range; got {values!r}; use [{values!r}]")
    plain = [v.item() if isinstance(v, np.generic | torch.Tensor) else v for v in values]
    if not plain:
        raise ValueError(f"{name} must name at least one value; got {values!r}")
    if len(set(plain)) < len(plain):
        raise ValueError(f"{name} names a value twice: {plain}; each one is trained once")
    return plain


def load(
    data: Splits | Callable[..., Splits], networks: list[Network]
) -> tuple[list[Splits], list[int]]:
    """Return the distinct data sets, and for each network the number of its own.

    A function is called once for each distinct (seed, data settings).
    Raises: ValueError if it takes other settings, returns no Splits, or the problems differ in
    the shape of an input or in the number of classes.
    """
    if isinstance(data, Splits):
        if names := [name for name, _ in networks[0].data]:
            raise ValueError(f"no setting is called {names}: only a data function takes its own")
        return [data], [0] * len(networks)
    keys = list(dict.fromkeys((n.seed, n.data) for n in networks))
    for seed, settings in keys[:1]:
        _check_takes(data, seed, dict(settings))
    splits = [data(seed, **dict(settings)) for seed, settings in keys]
    if odd := [s for s in splits if not isinstance(s, Splits)]:
        raise ValueError(f"data must return Splits; got {type(odd[0]).__name__}")
    kinds = {(tuple(s.train.x.shape[1:]), s.classes) for s in splits}
    if len(kinds) > 1:
        raise ValueError(f"all data sets need one input shape and number of classes; got {kinds}")
    number = {key: i for i, key in enumerate(keys)}
    return splits, [number[n.seed, n.data] for n in networks]


def _check_takes(data: Callable, seed: int, settings: dict) -> None:
    """ValueError, before any work, if the data function takes no such settings."""
    if not callable(data):
        raise ValueError(f"data must be Splits or a function of a seed; got {type(data).__name__}")
    try:
        inspect.signature(data).bind(seed, **settings)
    except TypeError as error:
        raise ValueError(f"neither fleet nor the data function takes this: {error}") from None


def describe(network: Network) -> str:
    """One line that names the network, for messages."""
    named = (
        network.spec.settings() | {"lr": network.lr} | dict(network.data) | {"seed": network.seed}
    )
    return ", ".join(f"{name}={value}" for name, value in named.items())
