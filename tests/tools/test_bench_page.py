"""The book's page of benchmarks says what the committed run measured, no less."""

import json
from pathlib import Path
from types import SimpleNamespace

from bookext import benchmarks

ROOT = Path(__file__).parents[2]


def test_a_line_says_time_spread_ratio_and_note():
    one = {
        "name": "  of that: x", "seconds": 0.0123, "quartiles": [0.01, 0.02], "rounds": 3,
        "ratio": 58.43, "note": "extrapolated", "cpu_seconds": 2.0,
    }  # fmt: skip
    found = benchmarks.cells(one)
    assert found[:3] == ["of that: x", "12.3 ms", "10 ms to 20 ms, 3 rounds"]
    assert found[3:] == ["2 s", "58.4", "extrapolated"]
    assert benchmarks.cells(one | {"rounds": 1})[2] == "one round"
    del one["cpu_seconds"]
    assert benchmarks.cells(one)[3] == ""


def test_the_page_shows_every_row_of_the_committed_run():
    noted = []
    env = SimpleNamespace(srcdir=ROOT, note_dependency=noted.append)
    page = SimpleNamespace(env=env)
    text = " ".join(node.astext() for node in benchmarks.Benchmarks.run(page))
    assert noted == [str(ROOT / "results" / "bench.json")]
    content = json.loads((ROOT / "results" / "bench.json").read_text(encoding="utf-8"))
    assert content["machine"]["cpu"] in text
    for row in content["rows"]:
        assert f"{row['name']}: {row['title']}." in text
        assert all(c["note"] in text and c["name"].strip() in text for c in row["contenders"])
