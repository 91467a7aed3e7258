"""Running a plan: any executor, every row in its place, nothing finished is lost by an error."""

import time
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor

import pytest
from train_toys import assert_equal, nine, toy

import reglab.train.running.executors as executors
from reglab.train import fleet, mlp, sweep
from reglab.train.running.executors import check_executor, finished, run_plan
from reglab.train.running.store import Store


class Direct(Executor):
    """Runs each call at once; `fail` gives what a call raises, by its number."""

    def __init__(self, fail=None):
        self.fail, self.calls, self.dropped = fail or {}, [], []

    def submit(self, function, *args):
        future, number = Future(), len(self.calls)
        self.calls.append(args)
        if error := self.fail.get(number):
            future.set_exception(error)
        elif self.fail.get("never", 99) <= number:
            future.cancel = lambda: self.dropped.append(number)
        else:
            future.set_result(function(*args))
        return future


def test_a_plan_that_was_read_can_be_run():
    settings = dict(epochs=2, lr=0.1, seeds=[0, 3], device="cpu", keep="networks")
    plan = fleet(mlp([3, 400]), toy, dry_run=True, **settings)
    assert len(plan.units) == len(plan.buckets) == 3
    assert_equal(run_plan(plan), fleet(mlp([3, 400]), toy, **settings))


@pytest.mark.parametrize("at_once", [1, 1000, 2**30])
def test_rows_find_their_place_however_few_are_in_flight(monkeypatch, at_once):
    monkeypatch.setattr(executors, "IN_FLIGHT", at_once)
    pool = Direct()
    assert_equal(sweep(**nine(), executor=pool), fleet(**nine()))
    assert len(pool.calls) == 9


def test_only_so_many_bytes_are_in_flight(monkeypatch):
    class Counting(Direct):
        def submit(self, function, *args):
            inside = sum(not f.done() for f in self.futures)
            self.most = max(self.most, inside)
            self.futures.append(self.pool.submit(function, *args))
            return self.futures[-1]

    with ThreadPoolExecutor(1) as threads:
        pool = Counting()
        pool.pool, pool.futures, pool.most = threads, [], 0
        monkeypatch.setattr(executors, "IN_FLIGHT", 1)
        sweep(**nine(), executor=pool)
        assert pool.most == 0


def test_the_longest_bucket_goes_first(monkeypatch):
    order = []
    monkeypatch.setattr(executors, "pack", lambda unit: order.append(unit) or b"")
    monkeypatch.setattr(executors, "submit", lambda pool, payload: 1 / 0)
    monkeypatch.setattr(executors, "IN_FLIGHT", 2)
    plan = fleet(mlp([3, 30, 100]), toy, epochs=2, lr=0.1, batch=[10, 40], dry_run=True)
    with pytest.raises(ZeroDivisionError):
        run_plan(plan, executor=Direct())
    longest = max(range(len(plan.units)), key=lambda i: plan.buckets[i].work)
    assert longest > 0 and order == [plan.units[longest]]


@pytest.mark.parametrize("stored", [True, False])
def test_a_broken_pool_says_what_is_finished(tmp_path, stored):
    store = Store(tmp_path) if stored else None
    broken = {4: BrokenExecutor("a child died")}
    told = "in the store .*: run again" if stored else "but not kept: name a folder"
    with pytest.raises(BrokenExecutor, match=f"__main__.* 8 of 9 buckets are finished.*{told}"):
        run_plan(fleet(**nine(), dry_run=True), executor=Direct(broken), store=store)
    if stored:
        pool = Direct()
        assert_equal(sweep(**nine(), executor=pool, store=tmp_path), fleet(**nine()))
        assert len(pool.calls) == 1


def test_any_other_error_says_it_too_and_cancels_the_rest(tmp_path):
    pool = Direct({2: KeyboardInterrupt(), "never": 5})
    with pytest.raises(KeyboardInterrupt) as raised:
        sweep(**nine(), executor=pool, store=tmp_path)
    assert "4 of 9 buckets are finished and in the store" in raised.value.__notes__[0]
    assert pool.dropped == [5, 6, 7, 8]


def test_an_error_in_a_fleet_has_no_note_on_stores():
    with pytest.raises(ZeroDivisionError) as raised:
        fleet(mlp(3), toy, epochs=2, lr=0.1, schedule=lambda t: 1 / (1 - bool(t)), device="cpu")
    assert not hasattr(raised.value, "__notes__")


def test_results_come_before_errors():
    good, bad, dropped = Future(), Future(), Future()
    good.set_result("found")
    bad.set_exception(ZeroDivisionError())
    steps = finished({bad: (0, 1), good: (1, 1)})
    assert next(steps) == (1, "found")
    with pytest.raises(ZeroDivisionError):
        next(steps)
    dropped.cancel()
    dropped.set_running_or_notify_cancel()
    with pytest.raises(executors.futures.CancelledError):
        list(finished({dropped: (0, 1)}))


def test_what_is_an_executor():
    class Client:
        def get_executor(self):
            """As Dask's has it."""

    pool = Direct()
    assert check_executor(None) is None and check_executor(pool) is pool
    with pytest.raises(ValueError, match="None or a concurrent.futures.Executor.*got int$"):
        check_executor(2)
    with pytest.raises(ValueError, match=r"got Client; use client.get_executor\(pure=False\)"):
        check_executor(Client())
    with pytest.raises(ValueError, match="got ABCMeta|got type"):
        check_executor(ThreadPoolExecutor)


class Quiet(Executor):
    """As much of a Dask executor as `workers` asks; `answers` are numbers of workers."""

    def __init__(self, *answers):
        self.answers, self._client = list(answers), self

    def scheduler_info(self):
        return {"workers": dict.fromkeys(range(self.answers.pop(0)))}


def test_the_wait_for_workers_starts_again_when_one_comes(monkeypatch):
    monkeypatch.setattr(executors, "PAUSE", 0.01)
    monkeypatch.setattr(executors, "WITHOUT_WORKERS", 0.02)
    pool = Quiet(0, 1, 0, 0, 0)
    with pytest.raises(TimeoutError, match="no worker for 0.02 s"):
        executors.wait_for_one({Future(): 0}, pool)
    assert pool.answers == [0]


def test_other_executors_are_waited_for_as_long_as_they_need(monkeypatch):
    monkeypatch.setattr(executors, "PAUSE", 0.01)
    monkeypatch.setattr(executors, "WITHOUT_WORKERS", 0.02)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(time.sleep, 0.2)
        executors.wait_for_one({future: 0}, threads)
    assert future.done()
