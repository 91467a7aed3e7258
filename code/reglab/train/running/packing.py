"""Units as bytes: how they travel to a worker, and what the worker does with them.

The bytes are made here and not by the executor: so functions of a notebook travel too, tensors do
not go through the shared memory of a process that may die, and every executor gets the same.
"""

import io
import warnings
from concurrent.futures import Executor, Future
from typing import Any

import cloudpickle
import numpy as np
from torch import Tensor

from reglab.train.running.store_key import VERSIONS
from reglab.train.running.units import Unit, run


def submit(executor: Executor, payload: bytes) -> Future:
    """Hand a packed unit to the executor."""
    with warnings.catch_warnings():
        # Dask's advice above 10 MB, for those who could load the data on the workers.
        warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
        return executor.submit(run_packed, payload, VERSIONS)


def run_packed(payload: bytes, versions: dict[str, str]) -> dict[str, np.ndarray]:
    """Run a packed unit: what a worker does.

    Raises: RuntimeError if the worker has other versions than the process that asks.
    """
    if versions != VERSIONS:
        names = [n for n in versions if versions[n] != VERSIONS.get(n)]
        told = ", ".join(f"{n} {VERSIONS.get(n)} instead of {versions[n]}" for n in names)
        raise RuntimeError(f"the worker has {told}; install the same there, and restart it")
    return run(cloudpickle.loads(payload))


def check_travels(networks: Any) -> None:
    """ValueError if networks can't be sent to another process."""
    try:
        cloudpickle.dumps(networks)
    except Exception as error:
        raise ValueError(
            f"these networks can't be sent to other processes: {error}; they need functions "
            "that hold no lock, socket or generator"
        ) from error


class Pickler(cloudpickle.Pickler):
    """Packs of a tensor what it shows, not all of the larger one that it is a part of."""

    def reducer_override(self, value: Any) -> Any:
        """Pack a part of a tensor as a copy of that part."""
        if isinstance(value, Tensor) and value.untyped_storage().nbytes() > value.nbytes:
            return Tensor.clone, (value.clone(),)
        return super().reducer_override(value)


def pack(unit: Unit) -> bytes:
    """A unit as bytes, for `run_packed`."""
    file = io.BytesIO()
    Pickler(file).dump(unit)
    return file.getvalue()
