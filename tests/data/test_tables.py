"""Stored tables: text with its head, numbers without."""

import sys

import pytest

from reglab.data import stored_table, stored_text

TEXT = "# from somewhere, 10 µs\narm,error\n1,0.5\n2,0.25\n"


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "with_a_table"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "runs.csv").write_text(TEXT, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield "with_a_table"
    sys.modules.pop("with_a_table", None)


def test_the_text_has_its_head(package):
    assert stored_text(package, "runs.csv") == TEXT


def test_the_table_has_none(package):
    assert stored_table(package, "runs.csv").error.tolist() == [0.5, 0.25]


def test_options_reach_pandas(package):
    assert stored_table(package, "runs.csv", dtype={"arm": str}).arm.tolist() == ["1", "2"]


def test_an_unknown_file_is_an_error(package):
    with pytest.raises(FileNotFoundError, match=r"other\.csv"):
        stored_table(package, "other.csv")
