"""Each way in which a machine can be unfit ends in one message that says what to do."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import environment
import pytest
from environment import SetupError


def test_old_python_is_named_with_a_way_out(root, tmp_path, machine, fake_python):
    machine(fake_python(tmp_path / "python", version="3.9"))
    with pytest.raises(SetupError, match=r"(?s)Python 3\.9, .*3\.11 or newer.*PYTHON=") as caught:
        environment.prepare(root)
    assert str(tmp_path / "python") in str(caught.value)
    assert not (root / ".venv").exists()


def test_a_newer_python_on_the_path_is_found(tmp_path, machine, fake_python, script, monkeypatch):
    machine(fake_python(tmp_path / "python", version="3.9"))
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
def test_too_little_space_is_reported_before_installing(root, monkeypatch, place, needed):
    here = {"root": root, "temporary": Path(environment.tempfile.gettempdir())}[place]
    usage = {str(here): SimpleNamespace(free=needed - 1)}
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: usage.get(path, SimpleNamespace(free=10**12))
    )
    with pytest.raises(SetupError, match=rf"(?s)GB are free .*needs {needed / 1e9:.0f} GB"):
        environment.prepare(root)
    assert not (root / ".venv").exists()
    usage[str(here)] = SimpleNamespace(free=needed)
    assert environment.prepare(root)


def test_a_python_that_cannot_make_environments(root, tmp_path, machine, script):
    broken = script(
        tmp_path / "python", 'case "$2" in venv) echo no ensurepip; exit 1;; esac', "echo 3.12"
    )
    machine(broken)
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
def test_a_failed_pip_is_explained_and_tried_anew(
    root, tmp_path, machine, fake_python, capsys, complaint
):
    machine(fake_python(tmp_path / "python", pip=1, stderr=complaint))
    with pytest.raises(SetupError, match=COMPLAINTS[complaint]):
        environment.prepare(root)
    assert complaint in capsys.readouterr().err
    machine(fake_python(tmp_path / "python"))
    assert environment.prepare(root)


def test_a_missing_network_is_not_taken_for_a_missing_build():
    both = "NewConnectionError: ...\nERROR: No matching distribution found for torch==2.13.0"
    assert "could not reach" in environment.advice(both)


def test_main_prints_one_message_and_fails(root, machine, monkeypatch, capsys):
    machine(free=0)
    monkeypatch.setattr(environment.prepare, "__defaults__", (root,))
    assert environment.main() == 1
    assert capsys.readouterr().err.startswith("\nSet-up stopped. Only 0.0 GB are free")
