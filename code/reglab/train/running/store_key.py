"""The name of a stored result: a fingerprint of all that decides its numbers.

In the name: the networks and their order, the bytes of their data, padding, epochs, reports,
what is kept, the type of device; then the versions of the computing code. Not in it: the
model of the CPU. Machines of one kind give the same bits; on another kind, the last digits differ.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
import torch

import reglab
from reglab.data import Splits
from reglab.train.running.units import Unit

FORMAT = 1


def digest(*pieces: str | bytes) -> str:
    """SHA-256 of a list of pieces, in hex digits."""
    total = hashlib.sha256()
    for piece in pieces:
        piece = piece.encode() if isinstance(piece, str) else piece
        total.update(len(piece).to_bytes(8, "big") + piece)  # its length: no two lists read alike
    return total.hexdigest()


def computing_code(folder: Path) -> dict[str, bytes]:
    """The files of the rooms that training imports, directly or not, by their paths."""
    rooms, found = ["train"], {}
    for room in rooms:  # grows on the way
        for path in sorted((folder / room).rglob("*.py")):
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
            imported = re.findall(
                r"^\s*(?:from|import) reglab\.(\w+)", path.read_text("utf-8"), re.M
            )
            rooms += [name for name in dict.fromkeys(imported) if name not in rooms]
    return found


def source_hash(code: dict[str, bytes]) -> str:
    """Eight hex digits that change with any line of the code."""
    return digest(*(piece for path in sorted(code) for piece in (path, code[path])))[:8]


# Taken when the library is imported: a file that is edited later is not what this process runs.
CODE = computing_code(Path(reglab.__file__).parent)
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

    Raises: ValueError for a network that is described by a function. A later run could not tell
    whether the function still does the same, and would return its old numbers.
    """
    distinct = {id(data): data for unit in units for data in unit.task.data}
    hashes = {key: data_hash(data) for key, data in distinct.items()}
    keys = []
    for unit in units:
        task = unit.task
        parts = [
            plain(task.networks),
            [hashes[id(data)] for data in task.data],
            [task.width, task.epochs],
            [list(unit.reported), sorted(unit.keep), unit.device.partition(":")[0]],
        ]
        keys.append(digest(json.dumps(parts))[:32])
    return keys


def is_ours(kind: type) -> bool:
    """Whether the code of this class is part of the source hash."""
    package, _, path = kind.__module__.partition(".")
    return package == "reglab" and f"{path.replace('.', '/')}.py" in CODE


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
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        return [kind, [[f.name, plain(getattr(value, f.name))] for f in fields(value)]]
    name = getattr(value, "__qualname__", None) or type(value).__name__
    raise ValueError(
        f"a store can't tell whether {name} has changed since an earlier run, and might return "
        "its old numbers; leave out store=, or use mlp(...) and a schedule by its name"
    )
