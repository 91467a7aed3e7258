"""The Sphinx extension, piece by piece, without a build."""

import pytest
from bookext import (
    docstrings,
    repository,
)
from docutils import nodes
from docutils.core import publish_doctree

# ---- repository: buttons only where they lead somewhere


@pytest.mark.parametrize(
    "remote, address",
    [
        ("https://github.com/ann/book.git", "https://github.com/ann/book"),
        ("https://github.com/ann/book", "https://github.com/ann/book"),
        ("http://github.com/ann/book/", "https://github.com/ann/book"),
        ("git@github.com:ann/book.git", "https://github.com/ann/book"),
        ("ssh://git@gitlab.com:22/ann/my.book.git", "https://gitlab.com/ann/my.book"),
        ("https://ann:secret@github.com/ann/book.git", "https://github.com/ann/book"),
        ("git@GitHub.com:ann/book.git", "https://github.com/ann/book"),
        ("", None),
        ("/srv/git/book.git", None),
        ("../book", None),
        ("file:///srv/git/book.git", None),
        ("C:\\git\\book", None),
        ("https://git.example.org/ann/book.git", None),
        ("https://github.com.evil.example/ann/book.git", None),
        ("https://github.com/book.git", None),
        ("https://github.com/a/b/c.git", None),
        ('https://github.com/ann/"><script>', None),
    ],
)
def test_public_address(remote, address):
    assert repository.public_address(remote) == address


def test_no_address_no_buttons():
    options = repository.theme_options(None, "main")
    assert not options["launch_buttons"]
    assert not any(options[f"use_{what}_button"] for what in ("repository", "issues", "source"))


def test_colab_is_offered_for_github_only():
    github = repository.theme_options("https://github.com/a/b", "main")["launch_buttons"]
    gitlab = repository.theme_options("https://gitlab.com/a/b", "main")["launch_buttons"]
    assert "colab_url" in github
    assert "colab_url" not in gitlab
    assert "binderhub_url" in gitlab


def test_git_says_nothing_where_there_is_no_repository(tmp_path):
    assert repository.git(tmp_path, "remote", "get-url", "origin") == ""
    assert repository.git(tmp_path / "missing", "status") == ""


# ---- docstrings: plain text becomes RST without losing a sign


def words(docstring: str) -> str:
    """Parse as the site does (napoleon apart), warnings being errors, and return the text."""
    rst = "\n".join(docstrings.to_rst(docstring.splitlines()))
    settings = {"report_level": 2, "halt_level": 2, "warning_stream": False}
    return publish_doctree(rst, settings_overrides=settings).astext()


@pytest.mark.parametrize(
    "line",
    [
        "The norm |w| of a weight, and |v|.",
        "A product a*b, x* and *args, **kwargs.",
        "A trailing_ underscore_ and sum_i x_i.",
        "A lone ` tick, a back\\slash and (*knobs, P).",
        "y = x W^T + b: shapes (B..., I) -> (B..., O)",
        "see <https://example.org/a_b_>",
    ],
)
def test_signs_of_formulas_survive(line):
    assert words(line) == line


def test_names_in_backticks_become_code():
    doctree = publish_doctree("\n".join(docstrings.to_rst(["Uses `a_b` and ``c``."])))
    assert [node.astext() for node in doctree.findall(nodes.literal)] == ["a_b", "c"]


def test_labels_become_a_field_list_with_their_continuation_lines():
    doctree = publish_doctree(
        "\n".join(
            docstrings.to_rst([
                "A title.",
                "",
                "Room        dropout -- tests/x.py",
                "Source      Wan et al. (2013), a title that goes on",
                "            on the next line.",
                "Shapes: x (B, I), weight (O, I)",
                "Memory: B * O numbers",
                "    when masks differ.",
            ])
        )
    )  # fmt: skip
    fields = {
        field[0].astext(): field[1].astext().replace("\n", " ")
        for field in doctree.findall(nodes.field)
    }
    assert fields == {
        "Room": "dropout -- tests/x.py",
        "Source": "Wan et al. (2013), a title that goes on on the next line.",
        "Shapes": "x (B, I), weight (O, I)",
        "Memory": "B * O numbers when masks differ.",
    }


def test_an_indented_formula_is_kept_as_it_is():
    text = words("It computes\n    y = |x| * w_\n    z = y**2\nand returns z.")
    assert "y = |x| * w_\nz = y**2" in text
    assert text.endswith("and returns z.")


def test_a_list_right_below_a_paragraph_becomes_one():
    doctree = publish_doctree("\n".join(docstrings.to_rst(["Two:", "- a*", "- b", "  goes on"])))
    assert [item.astext() for item in doctree.findall(nodes.list_item)] == ["a*", "b\ngoes on"]


def test_google_sections_are_left_to_napoleon():
    lines = ["Do.", "", "Args:", "    a, b: (*knobs, P) arrays.", "    c: one", "        more."]
    rst = docstrings.to_rst(lines)
    assert "Args:" in rst
    assert "    a, b: (\\*knobs, P) arrays." in rst
    assert "        more." in rst
