"""The files of other projects are those that vendor.json pins, each with its license."""

import copy

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
