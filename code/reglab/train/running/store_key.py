"""The name of a stored result: a fingerprint of all that decides its numbers.

In the name: the networks and their order, the bytes of their data, padding, epochs, reports,
what is kept, the type of device; then the versions of the computing code. Not in it: the
model of the CPU. Machines of one kind give the same bits; on another kind, the last digits differ.
"""

import hashlib
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from inspect import isfunction
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
import torch

import reglab
from reglab.data import Splits
from reglab.train.running.units import Unit

FORMAT = 3
# "from reglab.data import x" names data; "from reglab.chapters.dropout import x" chapters.dropout
IMPORTED = re.compile(
    r"^\s*(?:from|import) reglab\.((?:chapters\.)?\w+)|^\s*from reglab import (\w+)", re.M
)


def digest(*pieces: str | bytes) -> str:
    """SHA-256 of a list of pieces, in hex digits."""
    total = hashlib.sha256()
    for piece in pieces:
        piece = piece.encode() if isinstance(piece, str) else piece
        total.update(len(piece).to_bytes(8, "big") + piece)  # its length: no two lists read alike
    return total.hexdigest()


def read_code(folder: Path) -> dict[str, bytes]:
    """All Python files of a package, by their paths in it."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*.py"))}


def computing_code(code: dict[str, bytes], start: str = "train") -> dict[str, bytes]:
    """The files of the folder `start`, and of those it imports, directly or not, by their paths."""
    waiting, seen, found = [start], {start}, {}
    while waiting:
        folder = waiting.pop()
        for path in (path for path in code if path.startswith(f"{folder}/")):
            found[path] = code[path]
            names = IMPORTED.findall(code[path].decode("utf-8"))
            imported = {n.replace(".", "/") for name in names for n in name if n}
            waiting += imported - seen
            seen |= imported
    return found


def source_hash(code: dict[str, bytes]) -> str:
    """Eight hex digits that change with any line of the code."""
    return digest(*(piece for path in sorted(code) for piece in (path, code[path])))[:8]


# Taken when the library is imported: a file that is edited later is not what this process runs.
ALL = read_code(Path(reglab.__file__).parent)
CODE = computing_code(ALL)
VERSIONS = {
    "store": str(FORMAT),
    "reglab": reglab.__version__,
    "reglab's code": source_hash(CODE),
    "torch": str(torch.__version__),
    "numpy": np.__version__,
}


def version_tag(versions: dict[str, str]) -> str:
    """Eight hex digits for a set of versions: the second half of a name."""
    return digest(json.dumps(versions, sort_keys=True))[:8]


def unit_keys(units: Sequence[Unit]) -> list[str]:
    """The fingerprint of each unit, without versions: the first half of its name.

    Raises: ValueError for a network that is described by a function or class from outside of this
    library. A later run could not tell whether it still does the same, and would return its old
    numbers.
    """
    distinct = {id(data): data for unit in units for data in unit.task.data}
    hashes = {key: data_hash(data) for key, data in distinct.items()}
    keys = []
    for unit in units:
        task = unit.task
        parts = [
            plain(task.networks),
            [hashes[id(data)] for data in task.data],
            [task.width, task.epochs, str(task.dtype)],
            [list(unit.reported), sorted(unit.keep), unit.device.partition(":")[0]],
        ]
        keys.append(digest(json.dumps(parts))[:32])
    return keys


def is_ours(thing: Any) -> bool:
    """Whether a class or function is found by its name in a file of this library."""
    package, _, path = str(getattr(thing, "__module__", "")).partition(".")
    if package != "reglab" or f"{path.replace('.', '/')}.py" not in ALL:
        return False
    return getattr(sys.modules.get(thing.__module__), thing.__qualname__, None) is thing


@cache
def code_of(module: str) -> str:
    """A hash of the code of a module's folder and of what it imports; "" if training imports it."""
    path = module.partition(".")[2].replace(".", "/")
    if f"{path}.py" in CODE:
        return ""
    parts = path.split("/")
    return source_hash(computing_code(ALL, "/".join(parts[: 2 if parts[0] == "chapters" else 1])))


def data_hash(data: Splits) -> str:
    """Hash of all numbers of all parts, with their shapes and dtypes."""
    pieces: list[str | bytes] = [str(data.classes)]
    for part in data.parts().values():
        for t in (part.x, part.y):
            pieces += [f"{t.dtype}{tuple(t.shape)}"]
            pieces += [
                t.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
            ]
    return digest(*pieces)


def named(thing: Any) -> list[str]:
    """A class or function of the library: its full name, and a hash if training lacks its code."""
    return [f"{thing.__module__}.{thing.__qualname__}", *filter(None, [code_of(thing.__module__)])]


def plain(value: Any) -> Any:
    """A setting as JSON values, exactly; ValueError for one that only looks the same later on."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value).hex()
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if is_dataclass(value) and is_ours(type(value)):
        parts = [[f.name, plain(getattr(value, f.name))] for f in fields(value)]
        return [*named(type(value)), parts]
    if isfunction(value) and is_ours(value):
        return named(value)
    name = getattr(value, "__qualname__", None) or type(value).__name__
    raise ValueError(
        f"a store can't tell whether {name} has changed since an earlier run, and might return "
        "its old numbers; leave out store=, or use what a module of reglab defines: mlp(...), its "
        "functions and techniques, and a schedule by its name"
    )
