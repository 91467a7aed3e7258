"""sweep: the dataset of fleet, bit for bit; stores that go on, share, heal; errors before work."""

import ast
import errno
import inspect
import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from torch import nn
from train_toys import I, K, assert_equal, nine, toy

import reglab.train.running.executors as executors
from reglab.data import mnist1d
from reglab.train import Plan, fleet, mlp, modules, sweep
from reglab.train.running.progress import VARIABLE
from reglab.train.running.store_key import VERSIONS
from reglab.train.running.units import run

BOTH = ["predictions", "networks"]


@pytest.fixture
def runs_of(monkeypatch):
    """The units that were run, as they come."""
    seen = []

    def counted(unit, *tick):
        seen.append(unit)
        return run(unit, *tick)

    monkeypatch.setattr(executors, "run", counted)
    return seen


def files(folder):
    return sorted(path for path in folder.iterdir() if path.suffix == ".bucket")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_without_executor_and_store_it_is_fleet(dtype):
    assert_equal(sweep(**nine(dtype=dtype, keep=BOTH)), fleet(**nine(dtype=dtype, keep=BOTH)))


def test_a_store_gives_back_what_it_holds(tmp_path, runs_of):
    want = fleet(**nine(keep=BOTH))
    runs_of.clear()
    first = sweep(**nine(keep=BOTH), store=tmp_path)
    assert len(runs_of) == len(files(tmp_path)) == 9
    again = sweep(**nine(keep=BOTH), store=str(tmp_path))
    assert len(runs_of) == 9
    for runs in (first, again):
        assert_equal(runs, want)
    assert again.attrs["run_seconds"] == first.attrs["run_seconds"] > 0


def test_an_interrupted_sweep_goes_on(tmp_path, runs_of, monkeypatch):
    want = fleet(**nine(keep="networks"))
    runs_of.clear()

    def stop(unit, *tick):
        if len(runs_of) == 4:
            raise KeyboardInterrupt
        runs_of.append(unit)
        return run(unit, *tick)

    with monkeypatch.context() as patch:
        patch.setattr(executors, "run", stop)
        with pytest.raises(KeyboardInterrupt):
            sweep(**nine(keep="networks"), store=tmp_path)
    assert_equal(sweep(**nine(keep="networks"), store=tmp_path), want)
    assert len(runs_of) == 9 and len(files(tmp_path)) == 9


def test_any_other_grid_is_computed(tmp_path, runs_of):
    sweep(**nine(), store=tmp_path)
    for change in [dict(lr=0.06), dict(epochs=5, report=[5]), dict(noise=0.6), dict(keep=BOTH)]:
        runs_of.clear()
        runs = sweep(**nine(**change), store=tmp_path)
        assert len(runs_of) == 9
        assert_equal(runs, fleet(**nine(**change)))
    runs_of.clear()  # a part of the grid that makes the same buckets is there
    assert_equal(sweep(**nine(batch=[15]), store=tmp_path), fleet(**nine(batch=[15])))
    assert len(runs_of) == 3  # those of fleet


def test_damaged_entries_are_named_and_computed_anew(tmp_path, runs_of):
    want = sweep(**nine(), store=tmp_path)
    cut, flipped, *_ = files(tmp_path)
    cut.write_bytes(cut.read_bytes()[:100])
    raw = bytearray(flipped.read_bytes())
    raw[-40] ^= 4
    flipped.write_bytes(raw)
    runs_of.clear()
    with pytest.warns(RuntimeWarning, match="is damaged") as told:
        assert_equal(sweep(**nine(), store=tmp_path), want)
    assert len(runs_of) == len(told) == 2
    assert {str(cut), str(flipped)} == {str(w.message).split(" is damaged")[0] for w in told}
    assert_equal(sweep(**nine(), store=tmp_path), want)  # and no warning now


def test_another_version_never_gives_its_numbers(tmp_path, runs_of, monkeypatch):
    want = sweep(**nine(), store=tmp_path)
    for name in VERSIONS:
        runs_of.clear()
        with monkeypatch.context() as patch:
            patch.setitem(VERSIONS, name, "0.0.7")
            with pytest.warns(RuntimeWarning, match=r"other versions \(.*here 0.0.7.*recomputed"):
                assert_equal(sweep(**nine(batch=[15]), store=tmp_path), want.sel(batch=[15]))
        assert len(runs_of) == 3
    runs_of.clear()
    sweep(**nine(), store=tmp_path)  # the first ones are still there
    assert not runs_of


def test_a_full_disk_loses_nothing(tmp_path, runs_of, monkeypatch):
    def full(handle, sync=os.fsync):
        if len(files(tmp_path)) == 4 and stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(handle)

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match=r"could not be stored \(No space left") as raised:
            sweep(**nine(), store=tmp_path)
    assert raised.value.errno == errno.ENOSPC and raised.value.filename == str(tmp_path)
    assert "4 of 9 buckets are finished and in the store" in raised.value.__notes__[0]
    assert len(files(tmp_path)) == 4 and len(runs_of) == 5
    assert_equal(sweep(**nine(), store=tmp_path), fleet(**nine()))


@pytest.mark.parametrize("workers", [0, 1])
def test_what_another_process_stores_meanwhile_is_used(tmp_path, monkeypatch, workers):
    units, others = [], []

    def meanwhile(unit, *tick):
        units.append(unit)
        if len(units) == 1:
            others.append(sweep(**nine(), store=tmp_path))
        return run(unit, *tick)

    monkeypatch.setattr(executors, "IN_FLIGHT", 1)
    want = fleet(**nine())
    monkeypatch.setattr(executors, "run", meanwhile)
    monkeypatch.setattr("reglab.train.running.packing.run", meanwhile)
    with ThreadPoolExecutor(1) as pool:
        mine = sweep(**nine(), store=tmp_path, executor=pool if workers else None)
    assert_equal(mine, want)
    assert_equal(others[0], want)
    assert len(units) == 9 + 1  # all of the other's, and mine that had begun
    assert len(files(tmp_path)) == 9


def test_two_processes_start_with_other_buckets(tmp_path, monkeypatch, runs_of):
    first = []
    for process in (1, 2):
        monkeypatch.setattr("os.getpid", lambda process=process: process)
        sweep(**nine(), store=tmp_path / str(process))
        one = [u.task.networks[0] for u in runs_of]
        first.append([(n.training.batch, n.spec.depth) for n in one])
        runs_of.clear()
    assert sorted(first[0]) == sorted(first[1]) and first[0] != first[1]


def test_threads_share_torch_s_generator_without_disturbing_each_other():
    model = modules(lambda p: nn.Sequential(nn.Linear(I, K), nn.Dropout(p)), p=[0.1, 0.2, 0.3])
    settings = dict(epochs=4, lr=0.1, seeds=range(3), batch=10, device="cpu", keep="networks")
    want = fleet(model, toy, **settings)
    with ThreadPoolExecutor(3) as pool:
        assert_equal(sweep(model, toy, executor=pool, **settings), want)
        assert_equal(sweep(**nine(), executor=pool), fleet(**nine()))


def test_diverged_networks_are_told_at_the_caller_s_line(tmp_path):
    for _ in range(2):  # computed, then read
        with pytest.warns(RuntimeWarning, match="1 of 2 networks diverged") as told:
            settings = dict(epochs=3, lr=[0.05, 1e30], seeds=[0], loss="squared", device="cpu")
            runs = sweep(mlp(3), toy, store=tmp_path, **settings)
        assert told[0].filename == __file__ and runs.diverged.sum() == 1


def test_the_plan_can_be_read_first(tmp_path):
    plan = sweep(**nine(), dry_run=True, store=tmp_path / "new")
    assert isinstance(plan, Plan) and len(plan.buckets) == 9 and not [*tmp_path.iterdir()]


def test_the_bar_counts_what_is_left(tmp_path, monkeypatch, capsys):
    for name in ("CI", "PYTEST_CURRENT_TEST", VARIABLE):
        monkeypatch.delenv(name, raising=False)
    sweep(**nine(batch=[15]), store=tmp_path, progress=True)
    assert "sweep of 3/3 buckets" in capsys.readouterr().err
    sweep(**nine(), store=tmp_path, progress=True)
    assert "sweep of 6/9 buckets:   0%" in capsys.readouterr().err


WRONG = [
    (dict(model=mlp([5, -3])), "width must be a whole number >= 1; got -3"),
    (dict(model=mlp([5], dropout=[0.1, 1.5])), r"dropout is a probability, in \[0, 1\]; got 1.5"),
    (dict(optimizer=["sgd", "lion"]), "optimizer must be one of sgd, adam, adamw; got 'lion'"),
    (dict(seeds=[]), "seeds must name at least one value"),
    (dict(model=mlp([])), "width must name at least one value"),
    (dict(lr=-0.1), "lr must be a finite number > 0"),
    (dict(epochs=-1), "epochs must be"),
    (dict(report=[99]), "report must name epochs in 0 .. 4"),
    (dict(no_such=1), "neither fleet nor the data function takes this.*no_such"),
    (dict(executor=2), "executor must be None or a concurrent.futures.Executor"),
    (dict(store=3), "store must be the path of a folder"),
    (dict(store=os.devnull), "a folder that can be written to; got '/dev/null'"),
    (dict(store="new", schedule=lambda t: 1.0), "a store can't tell whether .*lambda"),
    (dict(store="new", model=modules(lambda: nn.Linear(I, K))), "a store can't tell whether"),
]


@pytest.mark.parametrize("wrong, message", WRONG)
def test_errors_come_before_any_work(wrong, message, runs_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match=message):
        sweep(**nine(executor=pool, store=tmp_path) | wrong)
    assert not runs_of and not files(tmp_path)


def test_the_readme_s_lines_are_calls_of_sweep():
    text = (Path(__file__).parents[2] / "README.md").read_text()
    lines = re.search(r"```python\n(job = .*?)```", text, re.DOTALL)[1]
    tree = ast.parse(lines)
    space = {"mlp": mlp, "mnist1d": mnist1d}
    exec(compile(ast.Module(tree.body[:1], []), "README", "exec"), space)
    taken = {*inspect.signature(fleet).parameters, *inspect.signature(sweep).parameters}
    assert set(space["job"]) < taken
    calls = [node for node in ast.walk(tree) if ast.unparse(node).startswith("sweep(**job")]
    assert [k.arg for node in calls for k in node.keywords] == [None, "executor"] * 3
