"""Move the hashes of requirements.lock, as uv writes them, to requirements.sha256: `make lock`.

pip takes no hashes in a constraints file beside `-e ./code`, which has none. So the lock holds
versions, the other file what their archives must be, and tools/environment.py compares them.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def split(text: str) -> tuple[str, str]:
    """Return the lock without hashes, and a line "name==version hash ..." for each package."""
    text = text.replace(" \\\n", "\n")
    hashes: dict[str, list[str]] = {}
    kept, package = [], ""
    for line in text.splitlines(keepends=True):
        if found := re.fullmatch(r"\s+--hash=sha256:([0-9a-f]{64})\s*", line):
            hashes[package].append(found[1])
        else:
            kept.append(line)
            if found := re.match(r"[\w.-]+==[\w.]+", line):
                package = found[0]
                hashes.setdefault(package, [])
    return "".join(kept), "".join(f"{p} {' '.join(h)}\n" for p, h in hashes.items())


if __name__ == "__main__":
    lock, hashes = split((ROOT / "requirements.lock").read_text())
    (ROOT / "requirements.sha256").write_text(hashes)
    (ROOT / "requirements.lock").write_text(lock)
