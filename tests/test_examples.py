"""The examples in docstrings do what they print, and every public technique has one."""

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "code" / "reglab"
FAMILIES = ["dropout", "normalization", "stopping", "augmentation", "targets"]
MODULES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>>" in path.read_text(encoding="utf-8")
]
PUBLIC = [
    pytest.param(f"reglab.{family}", name, id=f"{family}.{name}")
    for family in FAMILIES
    for name in importlib.import_module(f"reglab.{family}").__all__
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


@pytest.mark.parametrize("package, name", PUBLIC)
def test_every_public_technique_has_an_example(package, name):
    thing = getattr(importlib.import_module(package), name)
    # A named tuple is what a function returns: the function's example shows it.
    if callable(thing) and not hasattr(thing, "_fields"):
        assert ">>>" in (inspect.getdoc(thing) or ""), f"{package}.{name} has no example"
