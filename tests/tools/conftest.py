"""Stand-ins for a machine: an interpreter that only pretends, a disk, a project folder."""

import shutil
from collections import namedtuple

import environment
import pytest

Usage = namedtuple("Usage", "free")


def write_script(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def write_python(path, version="3.12", pip=0, stderr=""):
    """Write an interpreter that tells `version`, makes environments like itself, and logs pip."""
    return write_script(
        path,
        'case "$2" in',
        '  venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo home > "$3/pyvenv.cfg"',
        '    echo "#!$3/bin/python" > "$3/bin/pip" ;;',
        f'  pip) echo "$PWD: $*" >> "$(dirname "$0")/pip.log"; echo "{stderr}" >&2',
        f'    echo "{{\\"install\\": []}}" > "$(dirname "$0")/../report.json"; exit {pip} ;;',
        f"  *) echo {version} ;;",
        "esac",
    )


@pytest.fixture
def script():
    return write_script


@pytest.fixture
def fake_python():
    return write_python


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A function that gives this machine another Python and another disk."""

    def build(python=None, free=10**12):
        python = python or write_python(tmp_path / "python")
        monkeypatch.setattr(environment.find_python, "__defaults__", (str(python),))
        monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(free))
        monkeypatch.setattr(environment, "NAMES", ())

    return build


@pytest.fixture
def root(tmp_path, machine):
    """A project folder on a machine that has Python 3.12, room and a network."""
    for name in environment.INPUTS:
        (tmp_path / "book" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "book" / name).write_text(name)
    machine()
    return tmp_path / "book"
