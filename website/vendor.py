"""The JavaScript of other projects that the website and its tests carry with them.

    python website/vendor.py           fetch the pinned versions from npm again and write the files
    python website/vendor.py --check   compare the files with their checksums; needs no network

vendor.json pins each package: version, license, the checksum of npm's archive, which of its files
we take and where they go, and the checksum of each file. To move to a new version, change
`version`, empty `archive_sha256`, run the script, and commit what it wrote.
"""

import argparse
import fnmatch
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

WEBSITE = Path(__file__).resolve().parent
PINS = WEBSITE / "vendor.json"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def load_pins() -> dict[str, Any]:
    return json.loads(PINS.read_text(encoding="utf-8"))


def folder_of(pin: dict[str, Any]) -> Path:
    return WEBSITE.parent / pin["folder"]


def problems(pins: dict[str, Any]) -> list[str]:
    """Return what differs between the files on disk and their checksums; [] is what we want."""
    found = []
    for name, pin in pins.items():
        folder = folder_of(pin)
        there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
        found += [
            f"{name}: {path} is not in vendor.json" for path in sorted(there - set(pin["files"]))
        ]
        for path, checksum in pin["files"].items():
            if path not in there:
                found.append(f"{name}: {path} is missing")
            elif sha256((folder / path).read_bytes()) != checksum:
                found.append(f"{name}: {path} was changed")
        if not any("LICENSE" in path for path in pin["files"]):
            found.append(f"{name}: no license file")
    return found


def fetch(name: str, version: str) -> bytes:
    """Return npm's archive of a package."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, f"{name}@{version}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return next(Path(folder).glob("*.tgz")).read_bytes()


def unpack(archive: bytes, take: list[str], strip: str) -> dict[str, bytes]:
    """Return path -> content of the files that match `take`; paths lose the prefix `strip`."""
    files = {}
    with tempfile.TemporaryFile() as file:
        file.write(archive)
        file.seek(0)
        with tarfile.open(fileobj=file) as tar:
            for member in tar:
                path = member.name.removeprefix("package/")
                if ".." in Path(path).parts or path.startswith("/"):
                    sys.exit(f"the archive holds {member.name}, a path out of its own folder")
                if member.isfile() and any(fnmatch.fnmatch(path, pattern) for pattern in take):
                    files[path.removeprefix(strip)] = tar.extractfile(member).read()
    return files


def refresh(name: str, pin: dict[str, Any]) -> None:
    """Write the files of one package, and their checksums into `pin`."""
    archive = fetch(name, pin["version"])
    if pin["archive_sha256"] not in ("", sha256(archive)):
        sys.exit(f"{name} {pin['version']}: npm's archive is not the one that vendor.json names")
    files = unpack(archive, pin["take"], pin["strip"])
    folder = folder_of(pin)
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    pin["archive_sha256"] = sha256(archive)
    pin["files"] = {path: sha256(files[path]) for path in sorted(files)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare checksums only")
    pins = load_pins()
    if not parser.parse_args().check:
        for name, pin in pins.items():
            refresh(name, pin)
        PINS.write_text(json.dumps(pins, indent=2) + "\n", encoding="utf-8")
    if found := problems(pins):
        sys.exit("\n".join(found))
    print("\n".join(f"{name} {pin['version']} ({pin['license']})" for name, pin in pins.items()))


if __name__ == "__main__":
    main()
