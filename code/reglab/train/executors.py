"""Running a plan: its units one after another, their results in one dataset.

Room        train -- tests/train/test_executors.py
"""

import xarray as xr

from reglab.train.plan import Plan
from reglab.train.progress import meter
from reglab.train.results import Results
from reglab.train.units import run


def run_plan(plan: Plan, *, progress: bool = False) -> xr.Dataset:
    """Train all networks of a plan and return their curves as a labeled dataset."""
    first = plan.units[0]
    results = Results(plan.grid, first.reported, first.keep, first.task.data[0])
    with meter(sum(b.work for b in plan.buckets), progress, "fleet") as advance:
        for bucket, unit in zip(plan.buckets, plan.units, strict=True):
            share = bucket.work / max(1, unit.task.epochs)
            results.add(bucket.members, run(unit, lambda share=share: advance(share)))
    return results.dataset(epochs=first.task.epochs, loss=first.task.loss)
