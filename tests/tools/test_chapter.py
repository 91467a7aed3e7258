"""A chapter made from the template passes the project's tests, as CONTRIBUTING.md promises."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import chapter
import pytest

ROOT = chapter.ROOT
TESTS_OF_IT = [
    "tests/test_house.py",
    "tests/figures/test_quiz.py",
    "tests/website/test_notebooks.py",
    "tests/website/test_plain_notebooks.py",
    "tests/chapters/label_smoothing",
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of this project, as its files are now, with a new chapter."""
    copy = tmp_path_factory.mktemp("project") / "book"
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in done.stdout.splitlines():
        if (ROOT / name).is_file() and "vendor" not in name:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    run(copy, "tools/chapter.py", "label-smoothing", "Label smoothing")
    subprocess.run(["git", "init", "-q"], cwd=copy, check=True)
    subprocess.run(["git", "add", "."], cwd=copy, check=True)
    return copy


def run(folder, *command):
    """Run Python in `folder`, with the copy's own library."""
    env = os.environ | {"PYTHONPATH": str(folder / "code"), "OMP_NUM_THREADS": "1"}
    env["PYTEST_ADDOPTS"] = ""  # what is asked of these tests is not asked of those
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_passes_the_tests_that_every_chapter_has_to_pass(project):
    number = chapter.next_number(project) - 1
    page = f"chapters/{number:02}-label-smoothing.ipynb"
    pytest_it = [
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--nbval",
        "-k",
        # Not those of other chapters, nor those that would build the website.
        "(label or test_chapters) and not the_page",
    ]
    run(project, *pytest_it, page, *TESTS_OF_IT)


def test_nothing_else_is_edited(project):
    changed = [
        path
        for path in project.rglob("*.*")
        if (ROOT / (name := path.relative_to(project))).is_file() and ".git" not in name.parts
        if path.suffix != ".pyc" and path.read_bytes() != (ROOT / name).read_bytes()
    ]
    assert changed == []


def test_its_files_are_tidy(project):
    files = [path for path in project.rglob("*.*") if re.search("label.smoothing", str(path))]
    files = [path for path in files if path.suffix != ".pyc"]
    assert len(files) == 9
    code = [path for path in files if path.suffix in {".py", ".ipynb"}]
    run(project, "-m", "ruff", "check", *code)
    python = [path for path in code if path.suffix == ".py"]
    run(project, "-m", "ruff", "format", "--check", *python)
    for path in files:
        assert not re.search("chapter.(module|slug|title)", path.read_text(), re.I), path


@pytest.mark.parametrize("slug", ["", "Label", "label smoothing", "label_smoothing", "-a", "1st"])
def test_a_slug_that_could_not_be_a_file_is_refused(slug, capsys):
    assert chapter.main([slug]) == 2
    assert "SLUG must be" in capsys.readouterr().err


@pytest.mark.parametrize("title", ['Say "no"', "back\\slash"])
def test_a_title_that_would_break_the_files_is_refused(title, capsys):
    assert chapter.main(["label-smoothing", title]) == 2
    assert "TITLE must be" in capsys.readouterr().err


def test_nothing_is_overwritten(tmp_path):
    taken = tmp_path / "code" / "reglab" / "chapters" / "label_smoothing" / "exact.py"
    taken.parent.mkdir(parents=True)
    taken.touch()
    with pytest.raises(ValueError, match=f"there is already {taken}"):
        chapter.copies(tmp_path, "label-smoothing", "Label smoothing")


def test_numbers_go_on_from_the_highest(tmp_path):
    assert chapter.next_number(tmp_path) == 1
    (tmp_path / "chapters").mkdir()
    for name in ("01-a", "12-b"):
        (tmp_path / "chapters" / f"{name}.ipynb").touch()
    assert chapter.next_number(tmp_path) == 13
    made = chapter.copies(tmp_path, "a-b", "A, b")
    assert tmp_path / "chapters" / "13-a-b.ipynb" in made
    assert {Path(path).suffix for path in made} == {".ipynb", ".py", ".json"}
