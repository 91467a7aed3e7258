"""The environment is made, kept, brought up to date, and replaced when it is stale."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import environment
import pytest
from environment import SetupError

FILE = Path(environment.__file__)


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


def took(root, name, sha256, version="1.0"):
    """pip's report of one archive that it took."""
    info = {"archive_info": {"hashes": {"sha256": sha256}}} if sha256 else {"dir_info": {}}
    item = {"metadata": {"name": name, "version": version}, "download_info": info}
    (root / "report.json").write_text(json.dumps({"install": [item]}))
    (root / environment.HASHES).write_text("some-package==1.0 aa bb\n")
    return root, root / "report.json"


@pytest.mark.parametrize(
    "name, sha256, version",
    [("Some_Package", "bb", "1.0"), ("reglab", None, "1.0"), ("torch", "cc", "2.13.0+cpu")],
)
def test_archives_that_were_seen_before_pass(root, name, sha256, version):
    assert environment.check_hashes(*took(root, name, sha256, version)) is None


@pytest.mark.parametrize("name", ["some-package", "another"])
def test_another_archive_stops_the_setup(root, name):
    with pytest.raises(SetupError, match=f"{name}==1.0 is not the one that requirements.sha256"):
        environment.check_hashes(*took(root, name, "cc"))


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


STALE = {
    "moved": "made in another folder",
    "unfinished": "did not finish",
    "upgraded": "made with Python 3.12, and its Python is now 3.13",
    "too old": "made with Python 3.10, and the book needs Python 3.11",
    "dangling": "does not start",
    "crashing": "does not start",
    "without pip": "has no pip",
}


@pytest.fixture
def spoil(fake_python, script):
    """A function that does to an environment what befalls environments."""

    def do(how, venv):
        pip, python = venv / "bin" / "pip", venv / "bin" / "python"
        if how in ("without pip", "dangling"):
            (pip if how == "without pip" else python).unlink()
        match how:
            case "moved":
                pip.write_text("#!/somewhere/else/.venv/bin/python\n")
            case "unfinished":
                environment.write_note(venv, environment.UNFINISHED)
            case "upgraded" | "too old":
                fake_python(python, version="3.13" if how == "upgraded" else "3.10")
            case "dangling":
                python.symlink_to("/nowhere/python")
            case "crashing":
                script(python, "exit 3")

    return do


@pytest.mark.parametrize("how", STALE)
def test_a_stale_environment_is_replaced_and_the_reason_told(root, capsys, spoil, how):
    environment.prepare(root)
    (root / ".venv" / "left-over").touch()
    spoil(how, root / ".venv")
    assert environment.prepare(root)
    assert STALE[how] in capsys.readouterr().out
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


def test_a_spoiled_note_is_no_note(root):
    environment.prepare(root)
    (root / ".venv" / environment.NOTE).write_text("{")
    assert environment.prepare(root)


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
