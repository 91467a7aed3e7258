"""The table to read, and the JSON file to keep."""

import json
from pathlib import Path
from typing import Any

from reglab.evidence.timing import duration


def lines(record: dict[str, Any]) -> list[str]:
    """A row of the report as text: a title, and a line for each contender."""
    clock = {"cpu": "CPU time of one thread", "wall": "wall time"}[record["clock"]]
    out = [f"{record['name']}: {record['title']}", f"  {clock} for one {record['unit']}"]
    for c in record["contenders"]:
        low, high = map(duration, c["quartiles"])
        times = f"{duration(c['seconds']):>9}  ({low} to {high})"
        note = f"  {c['note']}" if c["note"] else ""
        if record["clock"] == "wall" and "cpu_seconds" in c:
            note = f"  CPU {duration(c['cpu_seconds'])}{note}"
        out.append(f"  {c['name']:<34} {times:<34} {c['ratio']:8.3g} x{note}")
    return out


def save(path: Path, machine: dict[str, Any], records: list[dict[str, Any]], quick: bool) -> None:
    """Write rows to a JSON file; those of an earlier run of the same kind stay, unless renewed.

    A row compares within itself, so rows may be measured one by one: on one processor with one set
    of versions. Those of another are dropped.
    """
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rows = {r["name"]: r for r in records}
    same = all(old.get("machine", {}).get(k) == machine[k] for k in ("cpu", "versions"))
    if same and old["quick"] == quick:
        rows = {r["name"]: r for r in old["rows"]} | rows
    content = {"machine": machine, "quick": quick, "rows": list(rows.values())}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
