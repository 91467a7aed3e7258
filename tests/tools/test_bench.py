"""The benchmarks run, and write what they measured. No test asserts a time."""

import json
import math
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from bench import features, jobs, loops, machine, networks, report
from bench.__main__ import find, main
from bench.timing import Benchmark, Contender, Row, run

ROOT = Path(__file__).parents[2]


def benchmark(work=lambda: None, **settings):
    def contenders(quick):
        return [Contender("a", work, 2.0, "a note"), Contender("b", work, 1.0)]

    return Benchmark("name", "title", "unit", "b", contenders, **settings)


def check_rows(rows):
    for row in rows:
        names = [c["name"] for c in row["contenders"]]
        assert row["against"] in names and len(set(names)) == len(names) >= 2
        for c in row["contenders"]:
            low, high = c["quartiles"]
            assert 0 < low <= c["seconds"] <= high and c["rounds"] >= 1
            assert math.isfinite(c["ratio"]) and c["ratio"] > 0


class Threads(ThreadPoolExecutor):
    """In the place of processes, which take seconds to start: what they get can be pickled too."""

    def __init__(self, workers, context):
        super().__init__(workers)

    def submit(self, *call):
        return super().submit(*pickle.loads(pickle.dumps(call)))


def test_every_row_runs_and_the_file_is_well_formed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(jobs, "ProcessPoolExecutor", Threads)
    monkeypatch.setattr(jobs, "started", cache(jobs.start))
    monkeypatch.setattr(torch, "set_num_threads", lambda n: None)  # would last for all tests
    out = tmp_path / "made" / "bench.json"
    main(["--quick", "--out", str(out)])
    jobs.started().shutdown()
    content = json.loads(out.read_text(encoding="utf-8"))
    assert content["quick"] and content["machine"]["versions"]["torch"]
    assert [row["name"] for row in content["rows"]] == [b.name for b in find([])]
    check_rows(content["rows"])
    shown = capsys.readouterr().out
    assert all(row["title"] in shown for row in content["rows"])


def test_from_the_command_line(tmp_path):
    out = tmp_path / "bench.json"
    command = [sys.executable, "-m", "bench", "--quick", "--out", str(out), "dropblock"]
    done = subprocess.run(command, cwd=ROOT / "tools", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(out.read_text(encoding="utf-8"))["rows"]
    check_rows([row])
    assert row["name"] == "dropblock" and row["title"] in done.stdout


def test_a_job_is_shared_out_to_processes_of_their_own(monkeypatch):
    """One spawned process does what two would: each takes seconds to start."""
    asked = []

    def pool(workers, context):
        asked.append(workers)
        return ProcessPoolExecutor(1, context)

    monkeypatch.setattr(jobs, "ProcessPoolExecutor", pool)
    monkeypatch.setattr(jobs, "started", cache(jobs.start))
    (benchmark,) = find(["two-processes-10"])
    with jobs.started():
        check_rows([run(benchmark, quick=True).record()])
    assert asked == [2]


def test_the_committed_run_is_a_full_one_of_rows_that_there_are():
    content = json.loads((ROOT / "results" / "bench.json").read_text(encoding="utf-8"))
    known, measured = ({b.name for b in find([])}, [row["name"] for row in content["rows"]])
    assert not content["quick"] and set(measured) <= known and len(set(measured)) == len(measured)
    check_rows(content["rows"])


def test_contenders_take_turns_and_the_first_turn_does_not_count():
    turns = []
    both = [Contender(name, lambda name=name: turns.append(name)) for name in "ab"]
    row = run(Benchmark("name", "", "", "b", lambda quick: both, rounds=3), quick=False)
    assert "".join(turns) == "abababab" and len(row.seconds["a"]) == 3
    turns.clear()
    row = run(Benchmark("name", "", "", "b", lambda quick: both, rounds=3), quick=True)
    assert "".join(turns) == "ab" and len(row.seconds["a"]) == 1


def test_time_is_per_unit(monkeypatch):
    ticks = iter(range(100))
    monkeypatch.setitem(run.__globals__["CLOCKS"], "wall", lambda: next(ticks))
    row = run(benchmark(clock="wall", rounds=1, warm=False), quick=False)
    assert row.seconds == {"a": [0.5], "b": [1.0]}


def row_of(**settings):
    b = benchmark(**settings)
    seconds = {"a": [10.0, 2.0, 9.0], "b": [5.0, 2.0, 3.0]}
    return Row(b, b.contenders(False), seconds, {"a": [7.0], "b": [1.0]})


def test_ratios_are_taken_round_by_round():
    row = row_of()
    assert row.ratio("a") == 2.0 and row.ratio("b") == 1.0
    assert row.record()["contenders"][0] == {
        "name": "a", "seconds": 9.0, "quartiles": [5.5, 9.5], "rounds": 3, "cpu_seconds": 7.0,
        "ratio": 2.0, "note": "a note",
    }  # fmt: skip


def test_the_table_tells_cpu_time_where_it_is_another():
    table = report.lines(row_of().record())
    assert table[:2] == ["name: title", "  CPU time of one thread for one unit"]
    assert table[2].split() == "a 9 s (5.5 s to 9.5 s) 2 x a note".split()
    wall = report.lines(row_of(clock="wall").record())
    assert wall[1] == "  wall time for one unit"
    assert wall[2].split() == "a 9 s (5.5 s to 9.5 s) 2 x CPU 7 s a note".split()
    unknown = report.lines(row_of(clock="wall", ends=False).record())
    assert unknown[2:] == table[2:]


def test_rows_of_one_machine_gather_in_one_file(tmp_path):
    out, here = tmp_path / "bench.json", {"cpu": "x", "versions": {}, "load": 1.0}

    def save(machine, *rows, quick=False):
        report.save(out, machine, [{"name": name, "at": at} for name, at in rows], quick)
        return [(r["name"], r["at"]) for r in json.loads(out.read_text())["rows"]]

    assert save(here, ("a", 1), ("b", 1)) == [("a", 1), ("b", 1)]
    assert save(here | {"load": 2.0}, ("b", 2), ("c", 2)) == [("a", 1), ("b", 2), ("c", 2)]
    assert save(here | {"cpu": "y"}, ("b", 3)) == [("b", 3)]
    assert save(here | {"cpu": "y"}, ("c", 4), quick=True) == [("c", 4)]


def test_cpu_time_counts_processes_that_have_ended():
    work = [sys.executable, "-c", "sum(range(3_000_000))"]
    row = run(benchmark(lambda: subprocess.run(work), rounds=1, warm=False, clock="wall"), False)
    assert row.cpu["a"][0] > 0.01


@pytest.mark.parametrize(
    "seconds, text", [(12.34, "12.3 s"), (0.01234, "12.3 ms"), (2e-6, "2 µs"), (2e-8, "0.02 µs")]
)
def test_durations(seconds, text):
    assert report.duration(seconds) == text


def test_rows_are_chosen_by_name_or_pattern():
    assert [b.name for b in find(["curve", "growth-w*"])] == ["growth-width", "curve"]
    with pytest.raises(SystemExit, match="no benchmark is called curvy; there are: networks-10, "):
        find(["curvy"])


def test_names_and_the_contender_to_compare_with_are_sound():
    names = [b.name for b in find([])]
    assert len(set(names)) == len(names)


def test_the_cpu_has_a_name(tmp_path):
    info = tmp_path / "cpuinfo"
    info.write_text("processor : 0\nmodel name\t: Abacus 3000 @ 2 Hz\n")
    assert machine.cpu(info) == "Abacus 3000 @ 2 Hz"
    assert machine.cpu(tmp_path / "none")


@pytest.mark.parametrize("loop", [loops.notebook_loop, loops.lean_loop])
def test_the_plain_loops_learn(loop):
    data = networks.data(0, 400)
    start, end = (loops.evaluate(loop(30, data, epochs, 0.05), data) for epochs in (0, 40))
    assert end[1] < start[1] - 0.3 and end[0] < start[0]


def test_both_ways_to_a_ridge_path_agree():
    x, x_test, y, counts = features.chapter()
    pairs = [[features.linear.relu_features(at, N, 0) for at in (x, x_test)] for N in counts[5:9]]
    one, other = features.by_factorization(pairs, y), features.by_inverses(pairs, y)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8)


def test_a_curve_draws_what_it_needs_and_trains_all_of_it(monkeypatch):
    calls = []
    monkeypatch.setattr(jobs, "sweep", lambda *args, **settings: calls.append((args, settings)))
    few = jobs.replace(jobs.BOOK, widths=(2, 3), seeds=2).draw()
    few.train()
    (model, make), settings = calls[0]
    assert model.width == [2, 3] and make is jobs.signals
    assert settings["seeds"] == range(2) and settings["epochs"] == 500
    assert [c.amount for c in few.loops()] == [8 / 1000] * 2
    assert few.loops()[0].note == "extrapolated from 8 of 500 epochs and 1 of 2 seeds"


def test_the_useful_operations_of_a_step():
    job = networks.Job(width=2, networks=3, epochs=1, examples=100)
    forward = 40 * 2 + 2 * 2 + 2 * 10  # products of one example
    assert networks.useful(job) == 3 * 100 * 2 * (3 * forward - 40 * 2)
