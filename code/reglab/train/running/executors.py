"""Running a plan: its units here or on an executor, stored as they come, in one dataset."""

import concurrent.futures as futures
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import xarray as xr

from reglab.core import numpy_stream
from reglab.core.threads import one_blas_thread
from reglab.train.results import Results
from reglab.train.running.packing import check_travels, pack, submit
from reglab.train.running.plan import Plan
from reglab.train.running.progress import meter
from reglab.train.running.store import Found, Store
from reglab.train.running.units import run

WITHOUT_WORKERS = 300.0  # seconds to wait for a Dask cluster that has no worker
PAUSE = 10.0  # seconds between two looks at the workers
IN_FLIGHT = 2**30  # most bytes handed to an executor and not yet answered


def check_executor(executor: Any) -> futures.Executor | None:
    """Return the executor if it is one, or None; ValueError otherwise."""
    if executor is None or isinstance(executor, futures.Executor):
        return executor
    hint = "; use client.get_executor(pure=False)" if hasattr(executor, "get_executor") else ""
    raise ValueError(
        "executor must be None or a concurrent.futures.Executor, such as a ProcessPoolExecutor; "
        f"got {type(executor).__name__}{hint}"
    )


def run_plan(
    plan: Plan,
    *,
    executor: futures.Executor | None = None,
    store: Store | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Train all networks of a plan and return their curves as a labeled dataset."""
    first, total, is_sweep = plan.units[0], len(plan.units), not (executor is store is None)
    if executor:
        check_travels([unit.task.networks for unit in plan.units])
    results = Results(plan.grid, first.reported, first.keep, first.task)
    shelf = Shelf(store, plan, results.check)
    for i, found in shelf.stored():
        results.add(plan.buckets[i].members, found)
    todo = shelf.missing()
    title = f"sweep of {len(todo)}/{total} buckets" if is_sweep else "fleet"
    work = sum(plan.buckets[i].work for i in todo)
    with meter(work, progress, title) as advance, one_blas_thread():
        try:
            if executor is None:
                steps = run_here(plan, todo, shelf, advance)
            else:
                steps = run_on(executor, plan, todo, shelf, advance)
            for i, found in steps:
                results.add(plan.buckets[i].members, found)
        except futures.BrokenExecutor as error:
            raise futures.BrokenExecutor(f"{DIED} {shelf.state()}") from error
        except BaseException as error:
            if is_sweep:
                error.add_note(shelf.state())
            raise
    return results.dataset(epochs=first.task.epochs)


DIED = (
    "A worker process died: it was killed, ran out of memory, or was started by a script that "
    "lacks `if __name__ == '__main__':`."
)


class Shelf:
    """What of a plan is done, and kept in a store if there is one.

    `check(members, found)` raises unless `found` is a whole result of these networks.
    """

    def __init__(self, store: Store | None, plan: Plan, check: Callable[..., Any]):
        self.store, self.done, self.total = store, set(), len(plan.units)
        self.members, self.check = [bucket.members for bucket in plan.buckets], check
        self.names = store.names(plan.units) if store else []

    def get(self, i: int) -> Found | None:
        """The result of unit i, if the store holds it."""
        if self.store is None:
            return None
        found = self.store.load(self.names[i], partial(self.check, self.members[i]))
        if found is not None:
            self.done.add(i)
        return found

    def put(self, i: int, found: Found) -> None:
        """Keep the result of unit i."""
        if self.store:
            self.store.save(self.names[i], found)
        self.done.add(i)

    def stored(self) -> Iterator[tuple[int, Found]]:
        """All results that the store holds."""
        for i in range(self.total if self.store else 0):
            if (found := self.get(i)) is not None:
                yield i, found

    def missing(self) -> list[int]:
        """The units still to run; warns if the store has them from other versions."""
        todo = [i for i in range(self.total) if i not in self.done]
        if self.store:
            self.store.tell_of_other_versions([self.names[i] for i in todo])
        return todo

    def state(self) -> str:
        """One sentence on what is done and where it is."""
        count = f"{len(self.done)} of {self.total} buckets are finished"
        if self.store:
            return f"{count} and in the store {self.store.folder}: run again to go on from there."
        return f"{count}, but not kept: name a folder as store= to go on from there next time."


def run_here(
    plan: Plan, todo: list[int], shelf: Shelf, advance: Callable[[float], Any]
) -> Iterator[tuple[int, Found]]:
    """Run units one after another in this process, and yield each with its number."""
    if shelf.store:  # processes that share a store should not all start with the same bucket
        todo = [todo[k] for k in numpy_stream(os.getpid(), "sweep/order").permutation(len(todo))]
    for i in todo:
        unit, work = plan.units[i], plan.buckets[i].work
        found = shelf.get(i)  # another process may have stored it meanwhile
        if found is None:
            share = work / max(1, unit.task.epochs)
            found = run(unit, lambda share=share: advance(share))
            shelf.put(i, found)
        else:
            advance(work)
        yield i, found


def run_on(
    executor: futures.Executor,
    plan: Plan,
    todo: list[int],
    shelf: Shelf,
    advance: Callable[[float], Any],
) -> Iterator[tuple[int, Found]]:
    """Run units on an executor, the longest first, and yield each with its number as it comes."""
    queue = sorted(todo, key=lambda i: plan.buckets[i].work)  # the next one is the last
    waiting: dict[futures.Future, tuple[int, int]] = {}  # future -> unit, bytes
    try:
        while queue or waiting:
            while queue and sum(size for _, size in waiting.values()) < IN_FLIGHT:
                i = queue.pop()
                if (found := shelf.get(i)) is not None:  # by another process
                    advance(plan.buckets[i].work)
                    yield i, found
                else:
                    payload = pack(plan.units[i])
                    waiting[submit(executor, payload)] = (i, len(payload))
            wait_for_one(waiting, executor)
            for i, found in finished(waiting):
                shelf.put(i, found)
                advance(plan.buckets[i].work)
                yield i, found
    finally:
        for future in waiting:
            future.cancel()


def wait_for_one(waiting: dict[futures.Future, Any], executor: futures.Executor) -> None:
    """Return when a future is done; TimeoutError if a Dask cluster has long had no worker.

    Nothing waits where another process has stored all that was left. Dask keeps what nobody can
    run, in the hope of new workers, and says nothing.
    """
    alone = 0.0
    while waiting and not futures.wait(waiting, PAUSE, futures.FIRST_COMPLETED).done:
        alone = alone + PAUSE if workers(executor) == 0 else 0.0
        if alone >= WITHOUT_WORKERS:
            raise TimeoutError(
                f"the Dask cluster has had no worker for {alone:g} s; start some, then repeat"
            )


def workers(executor: futures.Executor) -> int | None:
    """The number of a Dask cluster's workers; None for an executor of another kind."""
    client = getattr(executor, "_client", None)  # Dask has no public way to it
    return len(client.scheduler_info()["workers"]) if client is not None else None


def finished(waiting: dict[futures.Future, tuple[int, int]]) -> Iterator[tuple[int, Found]]:
    """Wait for at least one future; yield all results that are there, then raise an error if any.

    In this order: what is finished when a worker dies must not be lost with it.
    """
    failed = []
    for future in futures.wait(waiting, return_when=futures.FIRST_COMPLETED).done:
        i, _ = waiting.pop(future)
        try:
            found = future.result()
        except BaseException as error:
            failed.append(error)
        else:
            yield i, found
    if failed:
        raise failed[0]
