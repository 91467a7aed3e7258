"""What the book asks for, what the lock fixes and what is installed here are one and the same."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
OURS = {"reglab", "bookext", "bench"}
# Environments that the lock is made for: `make lock` resolves it for all of them at once.
MACHINES = [
    {"sys_platform": system, "platform_machine": chip, "python_full_version": f"{python}.9"}
    | {"python_version": python, "os_name": "posix", "implementation_name": "cpython"}
    | {"platform_system": {"linux": "Linux", "darwin": "Darwin"}[system]}
    for system, chip in [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")]
    for python in ["3.11", "3.12", "3.13", "3.14"]
]


def requirements(name):
    lines = (ROOT / name).read_text().splitlines()
    return [Requirement(line) for line in lines if re.match(r"\w", line)]


def pins(name, machine=None):
    """Return {package: version} of the lines that apply to `machine` (default: this one)."""
    found = {}
    for line in requirements(name):
        if line.marker is None or line.marker.evaluate(machine):
            key = canonicalize_name(line.name)
            assert key not in found, f"{name} pins {key} twice"
            found[key] = str(line.specifier).removeprefix("==")
    return found


def needed():
    """Yield (package that asks, requirement) for all that requirements.txt leads to here."""
    first = [Requirement("reglab"), *requirements("requirements.txt")]
    queue, seen = [("requirements.txt", line) for line in first], set()
    while queue:
        who, line = queue.pop()
        yield who, line
        for extra in {"", *line.extras}:
            if (line.name, extra) in seen:
                continue
            seen.add((line.name, extra))
            queue.extend(
                (line.name, inner)
                for inner in map(Requirement, distribution(line.name).requires or ())
                if inner.marker is None or inner.marker.evaluate({"extra": extra})
            )


def test_the_first_line_installs_the_library_from_its_folder():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert lines[0] == "-e ./code"
    assert not [line for line in lines[1:] if line and not re.match(r"#|[\w.-]+==[\w.]+$", line)]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements.lock"])
def test_exact_versions_and_nothing_of_one_machine(name):
    for line in requirements(name):
        (specifier,) = line.specifier
        assert specifier.operator == "==" and "*" not in specifier.version, line
        assert Version(specifier.version).local is None, f"{line}: a local build"
        assert not line.url and not line.extras, line  # pip allows neither in a constraints file
    assert not re.search(r"://|--|@|^\s*-[^e]|file:", (ROOT / name).read_text(), re.M)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: "-".join([*m.values()][:3]))
def test_the_lock_agrees_with_requirements_on_every_machine(machine):
    lock = pins("requirements.lock", machine)
    for name, version in pins("requirements.txt", machine).items():
        assert lock.get(name) == version, "run `make lock`"


def test_every_package_of_the_lock_has_its_hashes():
    lines = [line.split() for line in (ROOT / "requirements.sha256").read_text().splitlines()]
    locked = {f"{line.name}{line.specifier}" for line in requirements("requirements.lock")}
    assert {name for name, *_ in lines} == locked, "run `make lock`"
    assert all(hashes and all(len(h) == 64 for h in hashes) for _, *hashes in lines)


def test_what_decides_the_numbers_and_the_pages():
    lock = pins("requirements.txt")
    assert lock["torch"] == "2.13.0"
    assert Version(lock["jupyter-book"]) < Version("2")


def test_what_is_installed_is_what_the_lock_says():
    lock, wrong = pins("requirements.lock"), []
    for who, line in needed():
        name, version = canonicalize_name(line.name), distribution(line.name).version
        if name in OURS:
            continue
        if not line.specifier.contains(version, prereleases=True):
            wrong.append(f"{who} needs {line}, installed is {version}")
        if lock.get(name) != Version(version).public:
            wrong.append(
                f"the lock has {name} {lock.get(name)}, installed is {version} (for {who})"
            )
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_the_library_has_lower_bounds_only_and_the_book_meets_them():
    project = tomllib.loads((ROOT / "code" / "pyproject.toml").read_text())["project"]
    book = pins("requirements.txt")
    for line in map(Requirement, project["dependencies"]):
        (specifier,) = line.specifier
        assert specifier.operator == ">=", f"{line} would replace a host's own version"
        assert line.specifier.contains(book[canonicalize_name(line.name)]), line
    assert project["requires-python"] == ">=3.11"


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def test_every_import_comes_from_the_lock():
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True)
    files = [ROOT / name for name in listed.stdout.split() if (ROOT / name).exists()]
    assert files
    names = {name for path in files for name in imported(path)} - set(sys.stdlib_module_names)
    home, lock = packages_distributions(), pins("requirements.lock")
    for name in sorted(names - OURS - {path.stem for path in files}):
        assert {canonicalize_name(d) for d in home.get(name, [])} & set(lock), f"import {name}"
