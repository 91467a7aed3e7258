"""Each way in which a machine can be unfit ends in one message, and a stale .venv is replaced."""

import ast
import json
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import environment
import pytest
from environment import SetupError

FILE = Path(environment.__file__)
Usage = namedtuple("Usage", "free")
PLENTY = 10**12


def script(path, *lines):
    """Write an executable shell script, a stand-in for an interpreter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def fake_python(path, version="3.12", pip=0, stderr=""):
    """Return an interpreter that tells `version`, makes environments like itself, and logs pip."""
    return script(
        path,
        'case "$2" in',
        '  venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo home > "$3/pyvenv.cfg"',
        '    echo "#!$3/bin/python" > "$3/bin/pip" ;;',
        f'  pip) echo "$PWD: $*" >> "$(dirname "$0")/pip.log"; echo "{stderr}" >&2; exit {pip} ;;',
        f"  *) echo {version} ;;",
        "esac",
    )


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project folder on a machine that has Python 3.12, room and a network."""
    for name in environment.INPUTS:
        (tmp_path / "book" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "book" / name).write_text(name)
    machine(monkeypatch, fake_python(tmp_path / "python"))
    return tmp_path / "book"


def machine(monkeypatch, python, free=PLENTY):
    monkeypatch.setattr(environment.find_python, "__defaults__", (str(python),))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(free))
    monkeypatch.setattr(environment, "NAMES", ())


def pip_log(root):
    log = root / ".venv" / "bin" / "pip.log"
    return log.read_text() if log.exists() else ""


def test_even_python_3_6_can_read_the_file_and_needs_no_package():
    tree = ast.parse(FILE.read_text(), feature_version=(3, 6))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names) - {"tomllib", "zoneinfo", "graphlib"}


def test_first_run_creates_and_installs_from_the_project_folder(root, capsys):
    assert environment.prepare(root)
    assert pip_log(root).startswith(f"{root}: -m pip install")
    assert "-r requirements.txt -c requirements.lock" in pip_log(root)
    assert "does not exist yet" in capsys.readouterr().out


def test_second_run_does_nothing(root, capsys):
    environment.prepare(root)
    capsys.readouterr()
    assert not environment.prepare(root)
    assert pip_log(root).count("install") == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", environment.INPUTS)
def test_a_changed_requirement_is_installed_into_the_same_environment(root, capsys, name):
    environment.prepare(root)
    (root / name).write_text("changed")
    assert environment.prepare(root)
    assert pip_log(root).count("install") == 2
    assert "up to date" in capsys.readouterr().out


def test_an_environment_made_by_hand_is_kept_and_completed(root):
    environment.create(root / ".venv", environment.find_python())
    mine = root / ".venv" / "mine"
    mine.touch()
    assert environment.prepare(root)
    assert mine.exists() and pip_log(root).count("install") == 1


def moved(venv):
    (venv / "bin" / "pip").write_text("#!/somewhere/else/.venv/bin/python\n")


def unfinished(venv):
    environment.write_note(venv, environment.UNFINISHED)


def upgraded(venv):
    fake_python(venv / "bin" / "python", version="3.13")


def too_old(venv):
    fake_python(venv / "bin" / "python", version="3.10")


def dangling(venv):
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/nowhere/python")


def crashing(venv):
    script(venv / "bin" / "python", "exit 3")


def without_pip(venv):
    (venv / "bin" / "pip").unlink()


STALE = {
    moved: "made in another folder",
    unfinished: "did not finish",
    upgraded: "made with Python 3.12, and its Python is now 3.13",
    too_old: "made with Python 3.10, and the book needs Python 3.11",
    dangling: "does not start",
    crashing: "does not start",
    without_pip: "has no pip",
}


@pytest.mark.parametrize("spoil", STALE, ids=lambda spoil: spoil.__name__)
def test_a_stale_environment_is_replaced_and_the_reason_told(root, capsys, spoil):
    environment.prepare(root)
    (root / ".venv" / "left-over").touch()
    spoil(root / ".venv")
    assert environment.prepare(root)
    assert STALE[spoil] in capsys.readouterr().out
    assert not (root / ".venv" / "left-over").exists()
    assert not environment.prepare(root)


def test_a_moved_project_gets_a_new_environment(root, tmp_path, capsys):
    environment.prepare(root)
    elsewhere = tmp_path / "else where"
    root.rename(elsewhere)
    assert environment.prepare(elsewhere)
    assert "made in another folder" in capsys.readouterr().out
    assert not environment.prepare(elsewhere)


def test_an_interrupted_installation_starts_over(root, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(environment, "install", interrupt)
        environment.prepare(root)
    assert "did not finish" in environment.fault(root / ".venv")
    assert environment.prepare(root)


def test_nothing_but_a_virtual_environment_is_ever_deleted(root, tmp_path):
    (root / ".venv").mkdir()
    (root / ".venv" / "thesis.tex").touch()
    with pytest.raises(SetupError, match="not a virtual environment"):
        environment.prepare(root)
    assert (root / ".venv" / "thesis.tex").exists()
    shutil.rmtree(root / ".venv")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "pyvenv.cfg").touch()
    (root / ".venv").symlink_to(tmp_path / "real")
    with pytest.raises(SetupError, match="not a virtual environment"):
        environment.prepare(root)
    assert (tmp_path / "real" / "pyvenv.cfg").exists()


def test_old_python_is_named_with_a_way_out(root, tmp_path, monkeypatch):
    machine(monkeypatch, fake_python(tmp_path / "python", version="3.9"))
    with pytest.raises(SetupError, match=r"(?s)Python 3\.9, .*3\.11 or newer.*PYTHON=") as caught:
        environment.prepare(root)
    assert str(tmp_path / "python") in str(caught.value)
    assert not (root / ".venv").exists()


def test_a_newer_python_on_the_path_is_found(root, tmp_path, monkeypatch):
    machine(monkeypatch, fake_python(tmp_path / "python", version="3.9"))
    monkeypatch.setattr(environment, "NAMES", ("python3.13", "python3.12"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    script(
        tmp_path / "bin" / "python3.13", "exit 127"
    )  # such as pyenv's shim for a version it lacks
    fake_python(tmp_path / "bin" / "python3.12")
    assert environment.find_python() == str(tmp_path / "bin" / "python3.12")


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.14", "4.0"])
def test_new_enough(version):
    assert environment.new_enough(version)


@pytest.mark.parametrize("version", [None, "2.7", "3.6", "3.9", "3.10"])
def test_not_new_enough(version):
    assert not environment.new_enough(version)


@pytest.mark.parametrize("place, needed", [("root", 4e9), ("temporary", 1e9)])
def test_no_room_is_told_before_anything_is_installed(root, monkeypatch, place, needed):
    here = {"root": root, "temporary": Path(environment.tempfile.gettempdir())}[place]
    usage = {str(here): Usage(needed - 1)}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage.get(path, Usage(PLENTY)))
    with pytest.raises(SetupError, match=rf"(?s)GB are free .*needs {needed / 1e9:.0f} GB"):
        environment.prepare(root)
    assert not (root / ".venv").exists()
    usage[str(here)] = Usage(needed)
    assert environment.prepare(root)


def test_a_python_that_cannot_make_environments(root, tmp_path, monkeypatch):
    broken = script(
        tmp_path / "python", 'case "$2" in venv) echo no ensurepip; exit 1;; esac', "echo 3.12"
    )
    machine(monkeypatch, broken)
    with pytest.raises(SetupError, match="(?s)no ensurepip.*apt install python3-venv"):
        environment.prepare(root)


COMPLAINTS = {
    "OSError: [Errno 28] No space left on device": "disk is full",
    "NewConnectionError: failed to establish a new connection": "could not reach",
    "Temporary failure in name resolution": "could not reach",
    "[Errno 8] nodename nor servname provided, or not known": "could not reach",
    "ReadTimeoutError: Read timed out.": "could not reach",
    "ERROR: No matching distribution found for torch==2.13.0": "no build for this machine",
    "ERROR: something new": "Its own messages stand above",
}


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_a_failed_pip_is_explained_and_tried_anew(root, tmp_path, monkeypatch, capsys, complaint):
    machine(monkeypatch, fake_python(tmp_path / "python", pip=1, stderr=complaint))
    with pytest.raises(SetupError, match=COMPLAINTS[complaint]):
        environment.prepare(root)
    assert complaint in capsys.readouterr().err
    machine(monkeypatch, fake_python(tmp_path / "python"))
    assert environment.prepare(root)


def test_a_missing_network_is_not_taken_for_a_missing_build():
    both = "NewConnectionError: ...\nERROR: No matching distribution found for torch==2.13.0"
    assert "could not reach" in environment.advice(both)


def test_a_spoiled_note_is_no_note(root):
    environment.prepare(root)
    (root / ".venv" / environment.NOTE).write_text("{")
    assert environment.prepare(root)


def test_main_prints_one_message_and_fails(root, monkeypatch, capsys):
    machine(monkeypatch, environment.find_python(), free=0)
    monkeypatch.setattr(environment.prepare, "__defaults__", (root,))
    assert environment.main() == 1
    assert capsys.readouterr().err.startswith("\nSet-up stopped. Only 0.0 GB are free")


def test_a_real_environment_in_a_folder_with_a_space(tmp_path):
    venv = tmp_path / "a b" / ".venv"
    environment.create(venv, sys.executable)
    assert environment.fault(venv) is None
    assert (
        environment.version_of(venv / "bin" / "python")
        == f"{sys.version_info[0]}.{sys.version_info[1]}"
    )
    environment.write_note(venv, "hash")
    assert json.loads((venv / environment.NOTE).read_text())["inputs"] == "hash"


def test_the_command_finds_its_project_from_any_folder(root):
    environment.prepare(root)
    (root / "tools").mkdir()
    shutil.copy(FILE, root / "tools")
    command = [sys.executable, root / "tools" / FILE.name]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
