"""Grids that outgrow one process, or one machine, or one evening: `fleet` on any executor.

Every bucket of the plan is a unit of work that knows all that decides its numbers. The plan does
not depend on the executor, and each unit computes on one thread of a CPU: so the same numbers come
back, bit for bit, from one process, from many, and from a sweep that was killed and went on.
"""

import os
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Literal, overload

import xarray as xr

from reglab.data import Splits
from reglab.train.fleet import fleet
from reglab.train.models import MLP, Modules
from reglab.train.running.executors import check_executor, run_plan
from reglab.train.running.plan import Plan
from reglab.train.running.store import Store


@overload
def sweep(
    model: MLP | Modules,
    data: Splits | Callable[..., Splits],
    *,
    executor: Executor | None = None,
    store: str | os.PathLike | None = None,
    dry_run: Literal[True],
    progress: bool = False,
    **settings: Any,
) -> Plan:
    """The plan."""


@overload
def sweep(
    model: MLP | Modules,
    data: Splits | Callable[..., Splits],
    *,
    executor: Executor | None = None,
    store: str | os.PathLike | None = None,
    dry_run: Literal[False] = False,
    progress: bool = False,
    **settings: Any,
) -> xr.Dataset:
    """The results."""


def sweep(
    model: MLP | Modules,
    data: Splits | Callable[..., Splits],
    *,
    executor: Executor | None = None,
    store: str | os.PathLike | None = None,
    dry_run: bool = False,
    progress: bool = False,
    **settings: Any,
) -> xr.Dataset | Plan:
    """Do what `fleet` does, on any executor, and keep the results of each bucket as it ends.

    On this computer, with two processes (in a script, below `if __name__ == "__main__":`):

        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            runs = sweep(mlp(width=widths), data, lr=0.02, epochs=500, executor=pool, store="runs")

    Args:
        model, data, settings: as for `fleet`, all of them.
        executor: where the buckets run. None: in this process, one after another. Else any
            concurrent.futures.Executor, such as a ProcessPoolExecutor ("spawn" or "forkserver":
            torch does not survive "fork" everywhere), or a Dask client's
            get_executor(pure=False). The longest buckets go first.
        store: a folder for the results, made if need be. What is in it is not computed again: a
            sweep that was killed loses only the buckets then running. Sweeps may share it, at the
            same time too. Results of other versions, and damaged ones, are never used.
        dry_run: train nothing, and return the Plan.
        progress: show a bar with the share of the work done and the time left, as for `fleet`.
    Returns: the dataset of `fleet`, bit for bit; its attribute run_seconds is the sum over all
        buckets, as one process would take, and those found in the store count as they took.
    Warns: RuntimeWarning that names each damaged file of the store; one that tells of results
        from other versions; and those of `fleet`.
    Raises: ValueError before any training for a setting out of range, an executor that is none, a
        store that can't be written to, and, with a store, functions and techniques from outside
        of reglab, whose changes it could not notice. Later, BrokenExecutor when a worker process
        dies, and OSError when the disk is full; both say what is finished and in the store. A
        Dask cluster runs the buckets of a worker that dies on another one; TimeoutError after five
        minutes in which it has none.
    """
    check_executor(executor)
    shelf = None if store is None or dry_run else Store(store)
    plan = fleet(model, data, dry_run=True, **settings)
    return plan if dry_run else run_plan(plan, executor=executor, store=shelf, progress=progress)
