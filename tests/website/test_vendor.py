"""The files of other projects are those that vendor.json pins, each with its license."""

import copy
import io
import tarfile

import pytest
import vendor


def test_files_are_the_pinned_ones():
    assert vendor.problems(vendor.load_pins()) == []


def test_a_changed_a_missing_and_an_unknown_file_are_named():
    pins = copy.deepcopy(vendor.load_pins())
    files = pins["mathjax"]["files"]
    files["core.js"] = "0" * 64
    files["gone.js"] = "0" * 64
    del files["startup.js"]
    found = vendor.problems(pins)
    assert found == [
        "mathjax: startup.js is not in vendor.json",
        "mathjax: core.js was changed",
        "mathjax: gone.js is missing",
    ]


def archive(*names):
    """npm's archive of a package with these files, each with its name as content."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(name)
            tar.addfile(member, io.BytesIO(name.encode()))
    return file.getvalue()


def test_the_wanted_files_of_an_archive():
    files = vendor.unpack(archive("package/es5/a.js", "package/b.js"), ["es5/*"], "es5/")
    assert files == {"a.js": b"package/es5/a.js"}


@pytest.mark.parametrize("name", ["package/fonts/../../../evil.woff", "/evil.woff"])
def test_a_path_out_of_the_archive_is_refused(name):
    with pytest.raises(SystemExit, match="evil.woff, a path out of its own folder"):
        vendor.unpack(archive("package/fonts/a.woff", name), ["*"], "")
