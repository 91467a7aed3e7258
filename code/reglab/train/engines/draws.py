"""Whether a module draws random numbers in training, and whether its draws can be keyed to a seed.

Found by trying it on a few examples: what torch's global generators look like after it, and whether
it answers the same from the same state. `fit` and the engine for modules both ask here, so that
they draw the same numbers.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from reglab.core import stream
from reglab.core.keyed import KeyedDraws
from reglab.core.randomness import KeyedRandomness
from reglab.data import Examples
from reglab.train.losses import is_per_token


@torch.no_grad()
def how_it_draws(module: nn.Module, x: Tensor) -> str:
    """Return "none", "keyed" or "global".

    none: nothing random happens in training mode; keyed: all draws go through functions that
    `KeyedDraws` knows, also under vmap; global: there are others, so that networks of different
    seeds must run one after another, each with torch's global generators reseeded for it.
    Args: x (B, ...), a few examples.
    """
    try:
        trial = deepcopy(module).train()
    except RuntimeError:  # a module whose tensors are computed from others can't be copied
        return "global"
    with KeyedRandomness(0, "trial", x.device) as keyed:
        if not _changes(keyed, lambda: trial(x)):
            return "none"
        try:
            is_keyed = not _changes(keyed, lambda: _as_one_of_one(trial, x))
        except RuntimeError:  # vmap can't take it
            return "global"
    return "keyed" if is_keyed else "global"


@torch.no_grad()
def check_outputs(module: nn.Module, data: Examples, outputs: int) -> None:
    """ValueError unless the module in eval mode returns what these targets need.

    That is one tensor (B, outputs), or (B, T, outputs) for targets (B, T), a class for each token.
    Args: outputs: K. Two of the examples are tried.
    """
    x, y = data.x[:2], data.y[:2]
    tokens = y.shape[1:] if is_per_token(y) else ()
    was_training = module.training
    with KeyedRandomness(0, "trial", x.device):
        z = _answer(module.eval(), x)
    module.train(was_training)
    sizes = ", ".join(map(str, ("B", *tokens, outputs)))
    want = f"a network must return ({sizes}) for this data"
    want += f", whose targets are {tuple(data.y.shape)}, one for each token" if tokens else ""
    if not isinstance(z, Tensor):
        raise ValueError(f"{want}; got {type(z).__name__}; return the outputs alone")
    if z.shape != (len(x), *tokens, outputs):
        raise ValueError(f"{want}; got {tuple(z.shape)} for {len(x)} examples")


def check_trainable(module: Any) -> None:
    """ValueError unless it is a module that has something to train."""
    if not isinstance(module, nn.Module):
        hint = "; use .build(inputs, outputs)" if hasattr(module, "build") else ""
        raise ValueError(f"model must be an nn.Module; got {type(module).__name__}{hint}")
    if not any(p.requires_grad for p in module.parameters()):
        raise ValueError(f"{type(module).__name__} has no parameters to train")


def _answer(module: nn.Module, x: Tensor) -> Any:
    """module(x), with the error of a module that is not made for this data in plain words."""
    try:
        return module(x)
    except (RuntimeError, IndexError, TypeError) as error:
        name, first = type(module).__name__, str(error).partition("\n")[0]
        sizes = ", ".join(map(str, ("B", *x.shape[1:])))
        raise ValueError(
            f"{name} takes no inputs of this data, {x.dtype} ({sizes}): {first[:200]}"
        ) from error


@torch.no_grad()
def check_no_own_generator(module: nn.Module, x: Tensor) -> None:
    """ValueError if the module answers differently from one state of torch's global generators."""
    trial, answers = deepcopy(module).train(), []
    start = {name: t.clone() for name, t in trial.state_dict().items()}
    for _ in range(2):
        trial.load_state_dict(start)
        with KeyedRandomness(0, "trial", x.device):
            answers.append(trial(x))
    if not torch.equal(*map(torch.nan_to_num, answers)):
        raise ValueError(
            f"{type(module).__name__} gives two answers from one state of torch's random numbers: "
            "it holds a generator (or a counter) of its own, which all networks would share; draw "
            "from torch's global generator, as torch.rand_like(x) does"
        )


def _changes(keyed: KeyedRandomness, call: Callable[[], object]) -> bool:
    """Whether the call draws from the global generators."""
    before = [g.get_state() for g in keyed.generators]
    call()
    after = [g.get_state() for g in keyed.generators]
    return not all(map(torch.equal, before, after))


def _as_one_of_one(module: nn.Module, x: Tensor) -> Tensor:
    """The module under vmap, as in the engine for modules."""
    tensors = dict(module.named_parameters()) | dict(module.named_buffers())
    state = {name: t.detach().clone()[None] for name, t in tensors.items()}

    def call(state: dict[str, Tensor], x: Tensor) -> Tensor:
        with KeyedDraws([stream(0, "trial")]):
            return functional_call(module, state, (x,))

    return vmap(call, randomness="same")(state, x[None])
