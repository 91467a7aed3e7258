"""Make .venv what requirements.txt and requirements.lock ask for: `python3 tools/environment.py`.

Every make target runs this first. When nothing has changed it takes a fraction of a second, because
a note in .venv (NOTE below) keeps a hash of what was installed. Whatever is wrong with the machine
becomes one message that says what to do.

Standard library only, in the grammar of Python 3.6: an old Python must be able to read this file in
order to say that it is too old.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
NEEDED = f"Python {OLDEST[0]}.{OLDEST[1]} or newer"
# The interpreter behind an activated .venv, if this is one: .venv may be about to be deleted.
OWN = getattr(sys, "_base_executable", None) or sys.executable
NAMES = ("python3.13", "python3.12", "python3.11")  # looked for where python3 itself is too old
HASHES = "requirements.sha256"
INPUTS = ("requirements.txt", "requirements.lock", HASHES, "code/pyproject.toml")
NOTE = "reglab-installed.json"
UNFINISHED = "installing"
GB = 10**9
SPACE = 4 * GB  # .venv takes 2 GB; the downloads of an installation stand beside it for a while
TEMPORARY_SPACE = GB  # pip keeps one wheel at a time there

NETWORK = (
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "SSLError",
    "name resolution",
    "nodename nor servname",
    "Network is unreachable",
    "Connection refused",
    "Connection reset",
    "IncompleteRead",
)


class SetupError(Exception):
    """Something about this machine that only its owner can repair."""


def version_of(python):
    """Return "3.11" for an interpreter that starts, None for one that does not."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [str(python), "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None
    return done.stdout.decode().strip() if done.returncode == 0 else None


def new_enough(version):
    return version is not None and tuple(map(int, version.split("."))) >= OLDEST


def find_python(own=OWN):
    """Return an interpreter to build with: the one that runs this file, or a newer one on PATH."""
    for python in (own, *filter(None, map(shutil.which, NAMES))):
        if new_enough(version_of(python)):
            return python
    raise SetupError(
        f"{own} is Python {version_of(own)}, and the book needs {NEEDED}.\n"
        f"No {' or '.join(NAMES)} is on the PATH either. Install one:\n"
        "  macOS           brew install python@3.13\n"
        "  Debian, Ubuntu  sudo apt install python3 python3-venv\n"
        "  anywhere        conda create -n py313 python=3.13, or uv python install 3.13\n"
        "or name one that is installed: make book PYTHON=path/to/python3.13"
    )


def check_space(folder):
    """Raise unless an installation fits on the disk of `folder` and on that of temporary files."""
    for place, needed in ((folder, SPACE), (tempfile.gettempdir(), TEMPORARY_SPACE)):
        free = shutil.disk_usage(str(place)).free
        if free < needed:
            raise SetupError(
                f"Only {free / GB:.1f} GB are free on the disk of {place}, "
                f"and the installation needs {needed / GB:.0f} GB there.\n"
                "Free some (`pip cache purge` often gives several GB), then run this again."
            )


def fingerprint(root):
    """Return a hash of everything that decides what is installed."""
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((root / name).read_bytes() + b"\0")
    return digest.hexdigest()


def read_note(venv):
    """Return what the last installation noted: {} where there was none."""
    try:
        return json.loads((venv / NOTE).read_text())
    except (OSError, ValueError):
        return {}


def write_note(venv, inputs):
    note = {"python": version_of(venv / "bin" / "python"), "inputs": inputs}
    (venv / NOTE).write_text(json.dumps(note) + "\n")


def fault(venv):
    """Return why `venv` cannot be used or repaired, as the end of a sentence; None if it can."""
    version, note, pip = version_of(venv / "bin" / "python"), read_note(venv), venv / "bin" / "pip"
    if version is None:
        return "has a Python that does not start"
    if not new_enough(version):
        return f"was made with Python {version}, and the book needs {NEEDED}"
    if note.get("python", version) != version:
        return f"was made with Python {note['python']}, and its Python is now {version}"
    if note.get("inputs") == UNFINISHED:
        return "comes from an installation that did not finish"
    if not pip.exists():
        return "has no pip"
    if str(venv) not in pip.read_text():  # scripts name their interpreter by its full path
        return "was made in another folder"
    return None


def remove(venv):
    """Delete `venv`, but only if it is a virtual environment and nothing else."""
    if venv.is_symlink() or not (venv / "pyvenv.cfg").is_file():
        raise SetupError(f"{venv} is not a virtual environment. Move it away, then try again.")
    shutil.rmtree(str(venv))


def create(venv, python):
    command = [str(python), "-m", "venv", str(venv)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise SetupError(
            f"{python} could not create {venv}:\n{done.stdout.decode().strip()}\n"
            "On Debian and Ubuntu, `sudo apt install python3-venv` often mends this."
        )


def advice(messages):
    """Return what to do about a failed pip, from what it wrote to its error stream."""
    if "No space left" in messages or "Errno 28" in messages:
        return (
            "The disk is full. On Linux pip takes PyTorch's CUDA build, several GB more than\n"
            "the CPU build; README.md says how to take that one. Free some space, then try again."
        )
    if any(sign in messages for sign in NETWORK):
        return (
            "It could not reach the package index. Check the network; behind a proxy, set\n"
            "HTTPS_PROXY; with a mirror, name it with `pip config`. Then run this again:\n"
            "pip keeps what it has downloaded so far."
        )
    if "No matching distribution found for torch" in messages:
        return (
            f"PyTorch has no build for this machine ({sys.platform}, {platform.machine()}).\n"
            "The book needs 64-bit Linux with glibc 2.28, or macOS 14 on Apple silicon, or newer."
        )
    return "Its own messages stand above."


def check_hashes(root, report):
    """Raise unless each archive that pip took, by its report, is one that we have seen before.

    A local build, such as torch 2.13.0+cpu, comes from an index of its owner's choice, and is let
    pass; so is what has no archive, our own folder.
    """
    known = {line.partition(" ")[0]: line for line in (root / HASHES).read_text().splitlines()}
    for item in json.loads(report.read_text())["install"]:
        meta, archive = item["metadata"], item["download_info"].get("archive_info", {})
        package = meta["name"].lower().replace("_", "-").replace(".", "-")
        name = f"{package}=={meta['version']}"
        found = archive.get("hashes", {}).get("sha256")
        if found and "+" not in name and found not in known.get(name, ""):
            raise SetupError(
                f"The archive of {name} is not the one that {HASHES} names.\n"
                "Do not use .venv: find out where it comes from. After a change of "
                "requirements.txt, run `make lock`."
            )


def install(root, venv):
    """Run pip from `root`, because `-e ./code` counts from the folder that pip runs in."""
    report = venv / "report.json"
    command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--retries", "2", "-r", "requirements.txt", "-c", "requirements.lock"]
    command += ["--report", str(report)]
    messages = []
    with subprocess.Popen(command, cwd=str(root), stderr=subprocess.PIPE) as pip:
        for line in pip.stderr:  # shown as it comes; standard output goes straight to the terminal
            messages.append(line.decode(errors="replace"))
            sys.stderr.write(messages[-1])
    if pip.returncode:
        raise SetupError("pip could not install requirements.txt.\n" + advice("".join(messages)))
    check_hashes(root, report)


def prepare(root=ROOT):
    """Bring root/.venv up to date, and return True if anything had to be done."""
    venv, inputs = root / ".venv", fingerprint(root)
    exists = os.path.lexists(str(venv))
    reason = fault(venv) if exists else "does not exist yet"
    if reason is None and read_note(venv).get("inputs") == inputs:
        return False
    if reason is None:
        print(f"Bringing {venv} up to date with requirements.txt", flush=True)
    else:
        python = find_python()
        print(f"{venv} {reason}: making a new one with {python}", flush=True)
        if exists:
            remove(venv)
        check_space(root)
        create(venv, python)
    write_note(venv, UNFINISHED)
    install(root, venv)
    write_note(venv, inputs)
    return True


def main():
    try:
        prepare()
    except SetupError as error:
        print(f"\nSet-up stopped. {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
