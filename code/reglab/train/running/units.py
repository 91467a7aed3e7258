"""A bucket of networks as a unit of work: what to train, on its own, and the function that does it.

A unit can be pickled and knows all that decides its numbers, so that any process can run it, now
or later. Its result is plain: arrays by name, which can be sent and stored without pickle.
Symbols     M networks of the unit, N test examples, K outputs, R reports.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from reglab.core.denormals import flushed_denormals
from reglab.core.threads import one_thread
from reglab.data import Examples
from reglab.train.engines.backprop import FastStack
from reglab.train.engines.epochs import Engine, train
from reglab.train.engines.task import Task
from reglab.train.engines.vmapped import VmapStack
from reglab.train.losses import is_per_token

KEEP = ("predictions", "networks", "snapshots")


@dataclass(frozen=True, eq=False)
class Unit:
    """One bucket, ready to run anywhere.

    Attributes:
        task: networks and data; the data lie on the CPU, in the dtype to compute with.
        reported: epochs to measure at.
        keep: which of KEEP to return beside the curves.
        device: where to compute.
    """

    task: Task
    reported: tuple[int, ...]
    keep: tuple[str, ...]
    device: str


def run(unit: Unit, tick: Callable[[], None] = lambda: None) -> dict[str, np.ndarray]:
    """Train the networks of a unit, on one thread of the CPU, and return plain arrays by name.

    Returns: each of CURVES as (M, R); `test_output` (M, N, K), or (M, N, T, K) for tokens, and
    `state <m>`, the bytes of network m, (bytes,) or with "snapshots" (R, bytes), where they are
    kept; `seconds`, what it took. `tick` is called after every epoch.
    """
    start = time.perf_counter()
    task = on_device(unit.task, unit.device)
    with one_thread(), flushed_denormals():
        engine, every, snapshots = make_engine(task), range(len(task.networks)), []

        def at_report() -> None:
            if "snapshots" in unit.keep:
                snapshots.append([state_bytes(engine.network(m)) for m in every])

        found = train(engine, task, unit.reported, at_report, tick)
        if "predictions" in unit.keep:
            outputs = [test_outputs(engine, m, task.data_of(m).test) for m in every]
            found["test_output"] = torch.stack(outputs).cpu().numpy()
        if "networks" in unit.keep:
            found |= {f"state {m}": state_bytes(engine.network(m)) for m in every}
        if "snapshots" in unit.keep:
            found |= {f"state {m}": np.stack([one[m] for one in snapshots]) for m in every}
    return found | {"seconds": np.array(time.perf_counter() - start)}


def test_outputs(engine: Engine, m: int, test: Examples) -> Tensor:
    """Outputs of network m for the test examples, (N, K), or (N, T, K) with a target per token."""
    z = engine.outputs([m], test.x)[0].T
    return z.unflatten(0, test.y.shape) if is_per_token(test.y) else z


def make_engine(task: Task) -> Engine:
    """Return the engine for the networks of the task: by hand for a stack of MLPs, or by vmap."""
    return VmapStack(task) if task.width is None else FastStack(task)


def on_device(task: Task, device: str) -> Task:
    """The task with its data on the device; groups that share data still do."""
    if device == "cpu":
        return task
    moved = {id(data): data.to(device) for data in task.data}
    return replace(task, data=[moved[id(data)] for data in task.data])


def state_bytes(network: nn.Module) -> np.ndarray:
    """All parameters and buffers of a network as one array of bytes, whatever their dtypes."""
    parts = [t.detach().contiguous().reshape(-1).view(torch.uint8) for t in _tensors(network)]
    return torch.cat([torch.empty(0, dtype=torch.uint8), *parts]).numpy()


def load_state(network: nn.Module, state: np.ndarray) -> nn.Module:
    """Fill `network`, as its specification builds it, with the bytes of its trained self.

    Raises: ValueError if they are the bytes of another network.
    """
    sizes = [t.nbytes for t in _tensors(network)]
    if state.dtype != np.uint8 or state.shape != (sum(sizes),):
        got = f"{state.dtype}{state.shape}"
        raise ValueError(f"the state of this network is {sum(sizes)} bytes; got {got}")
    parts = torch.from_numpy(state.copy()).split(sizes)
    with torch.no_grad():
        for tensor, part in zip(_tensors(network), parts, strict=True):
            tensor.copy_(part.clone().view(tensor.dtype).view(tensor.shape))  # clone: aligned
    return network.eval()


def _tensors(network: nn.Module) -> list[Tensor]:
    return [t for t in network.state_dict().values() if isinstance(t, Tensor)]
