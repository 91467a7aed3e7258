"""Running a plan gives the rows of every unit their place."""

import torch
from train_toys import deviation, toy

from reglab.train import fleet, mlp
from reglab.train.executors import run_plan


def test_a_plan_that_was_read_can_be_run():
    settings = dict(epochs=2, lr=0.1, seeds=[0, 3], dtype=torch.float64, keep="networks")
    plan = fleet(mlp([3, 400]), toy, dry_run=True, **settings)
    assert len(plan.units) == len(plan.buckets) == 2
    runs, same = run_plan(plan), fleet(mlp([3, 400]), toy, **settings)
    assert runs.drop_vars("network").equals(same.drop_vars("network"))
    one, other = (r.sel(width=400, seed=3).network.item() for r in (runs, same))
    assert deviation(one, other) == 0
