"""From settings to networks: every setting given as a list is varied, and all are combined."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import Any

import numpy as np
import torch

from reglab.core import check_count, check_list
from reglab.data import Splits
from reglab.train.arms import check_arms, names_of_make
from reglab.train.losses import is_per_token, pick_loss
from reglab.train.models import MLP, Modules
from reglab.train.training import Training

TRAINING = tuple(field.name for field in fields(Training))


@dataclass(frozen=True)
class Network:
    """Everything that decides how one network ends up: equal fields, equal result."""

    spec: MLP | Modules
    seed: int
    training: Training
    data: tuple[tuple[str, Any], ...] = ()  # settings passed on to the data function

    def __post_init__(self) -> None:
        self.spec.check()
        check_count("seed", self.seed, minimum=0)


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


def expand(
    model: MLP | Modules,
    training: Mapping,
    data: Mapping,
    seeds: Iterable[int],
    arms: Mapping[str, Any] | None = None,
) -> Grid:
    """Combine all arms with all varied settings and all seeds.

    Args:
        model: the specification; its lists are varied.
        training: fields of `Training` by name: values or lists; `techniques` is one value.
        data: settings of the data function: values or lists.
        seeds: one network each.
        arms: settings that vary together, by name, see `reglab.train.arms`.
    Raises: ValueError for an empty or repeating list, a name used twice, a value out of range.
    """
    if not isinstance(model, MLP | Modules):
        raise ValueError(
            f"model must come from mlp(...) or modules(...); got {type(model).__name__}"
        )
    every = _all_settings(model, training, data)
    dims: dict[str, list] = {
        name: as_list(name, value) for name, value in every.items() if is_varied(value)
    }
    own = check_arms(arms, dims)
    fixed = {name: value for name, value in every.items() if name not in dims}
    set_by_arms = {name for arm in own.values() for name in arm}
    of_model = fixed.keys() & model.settings().keys()  # an arm with another model has its own
    dims = ({"arm": list(own)} if arms else {}) | dims | {"seed": as_list("seeds", seeds)}
    networks = []
    for combination in product(*dims.values()):
        one = fixed | dict(zip(dims, combination, strict=True))
        seed, arm = one.pop("seed"), own[one.pop("arm") if arms else ""]
        if "model" in arm:
            one = {name: value for name, value in one.items() if name not in of_model}
        networks.append(_network(model, one | arm, seed, data))
    differ = set_by_arms | (of_model if "model" in set_by_arms else set())
    same = {name: value for name, value in fixed.items() if name not in differ}
    return Grid(dims, same, networks)


def _all_settings(model: MLP | Modules, training: Mapping, data: Mapping) -> dict[str, Any]:
    """All settings by name; techniques as a tuple, which is one value."""
    training = dict(training)
    if isinstance(training.get("techniques"), list):
        training["techniques"] = tuple(training["techniques"])
    for name, value in training.items():
        if isinstance(value, tuple) and name != "techniques":
            raise ValueError(f"{name} is varied by a list; got the tuple {value}; use {[*value]}")
    if "seed" in data:
        value = data["seed"]
        raise ValueError(f"a fleet takes seeds, a list; got seed={value!r}; use seeds=[{value!r}]")
    parts = [model.settings(), training, data]
    names = [name for part in parts for name in part]
    if clash := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{clash} are settings of the network and of the data: rename the data's")
    return {name: value for part in parts for name, value in part.items()}


def _network(
    model: MLP | Modules, settings: Mapping[str, Any], seed: int, data: Iterable[str]
) -> Network:
    """The network with these settings: each goes to the training, the model or the data.

    `data` names those that are the data's for sure; an arm may have added others.
    """
    settings = dict(settings)
    model = settings.pop("model", model)
    training = Training(**{name: settings.pop(name) for name in TRAINING if name in settings})
    known = set(model.settings())
    if isinstance(model, Modules):
        known |= names_of_make(model.make) - set(data)
    spec = model.at(**{name: value for name, value in settings.items() if name in known})
    own = [name for name in sorted(settings) if name not in known]
    return Network(spec, seed, training, tuple((name, settings[name]) for name in own))


def is_varied(value: Any) -> bool:
    """Lists, ranges and arrays (1-D) are varied; a tuple is one value."""
    return isinstance(value, list | range) or getattr(value, "ndim", 0) == 1


def as_list(name: str, values: Iterable) -> list:
    """Return the values as plain Python ones; ValueError if there are none, or one comes twice."""
    plain = [
        v.item() if isinstance(v, np.generic | torch.Tensor) and v.ndim == 0 else v
        for v in check_list(name, values)
    ]
    for value in plain:
        if isinstance(value, list | np.ndarray | torch.Tensor):
            raise ValueError(f"{name} needs one value for each network; got {value} among them")
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
        if names := sorted({name for n in networks for name, _ in n.data}):
            raise ValueError(f"no setting is called {names}: only a data function takes its own")
        return [data], [0] * len(networks)
    for name, value in {name: value for n in networks for name, value in n.data}.items():
        if isinstance(value, list | dict | set):
            raise ValueError(
                f"{name} must be a value that can't be changed, such as a number, a text or a "
                f"tuple; got {value!r}"
            )
    keys = list(dict.fromkeys((n.seed, n.data) for n in networks))
    for names in dict.fromkeys(tuple(name for name, _ in settings) for _, settings in keys):
        _check_takes(data, keys[0][0], dict.fromkeys(names))
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


def with_loss(network: Network, splits: Splits) -> Network:
    """The network with the loss that it is trained on by name; see `pick_loss`.

    Raises: ValueError also for an mlp with token ids, or with a target for each token.
    """
    training, part = network.training, splits.train
    if isinstance(network.spec, MLP) and (not part.x.is_floating_point() or is_per_token(part.y)):
        raise ValueError(
            f"an mlp takes inputs that are floats, with one target each; got {part}; for tokens "
            "use modules(make), with a network that starts with nn.Embedding"
        )
    return replace(network, training=replace(training, loss=pick_loss(training.loss, splits)))


def describe(network: Network) -> str:
    """One line that names the network, for messages."""
    training: dict[str, Any] = {"lr": network.training.lr}
    if network.training.techniques:
        training["techniques"] = list(network.training.techniques)
    named = network.spec.settings() | training | dict(network.data) | {"seed": network.seed}
    return ", ".join(f"{name}={value}" for name, value in named.items())
