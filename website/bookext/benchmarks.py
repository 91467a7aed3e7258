"""{benchmarks}: what `make bench` measured, from the run that is committed."""

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookext.tables import table
from reglab.evidence.timing import duration

RESULTS = Path("results", "bench.json")
HEADERS = ["", "Time", "Middle half of the rounds", "CPU time", "Times as long", "Note"]
CLOCKS = {"cpu": "CPU time of one thread", "wall": "wall time"}


def cells(contender: dict[str, Any]) -> list[str]:
    """One line of a table."""
    low, high = map(duration, contender["quartiles"])
    rounds = contender["rounds"]
    spread = f"{low} to {high}, {rounds} rounds" if rounds > 1 else "one round"
    cpu = duration(contender["cpu_seconds"]) if "cpu_seconds" in contender else ""
    times = [duration(contender["seconds"]), spread, cpu, f"{contender['ratio']:.3g}"]
    return [contender["name"].strip(), *times, contender["note"]]


def machine(about: dict[str, Any]) -> str:
    """The machine in a sentence."""
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    return (
        f"Measured on {about['cores']} cores of an {about['cpu']} ({about['instructions']}), "
        f"{about['load']} processes wanting to run at the start, with {versions}."
    )


class Benchmarks(SphinxDirective):
    """A table for each row of the report."""

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.srcdir) / RESULTS
        self.env.note_dependency(str(path))
        content = json.loads(path.read_text(encoding="utf-8"))
        found: list[nodes.Node] = [nodes.paragraph("", machine(content["machine"]))]
        for row in content["rows"]:
            what = (
                f" {CLOCKS[row['clock']]} for one {row['unit']}, compared with “{row['against']}”:"
            )
            name = nodes.strong("", f"{row['name']}: {row['title']}.")
            lines = [cells(contender) for contender in row["contenders"]]
            found += [nodes.paragraph("", "", name, nodes.Text(what)), table(HEADERS, lines)]
        return found


def setup(app: Sphinx) -> None:
    app.add_directive("benchmarks", Benchmarks)
