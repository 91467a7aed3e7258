"""A Sweep whose matrix of cells moves its knobs, and where its parts are on the page."""

import re

import numpy as np

from reglab.figures import Sweep

ERROR = np.arange(6.0).reshape(2, 3) / 10  # rows: λ, columns: learning rate
EPOCH = np.arange(1, 11)
CURVES = ERROR.T[..., None] + 1 / EPOCH


def sweep(**changes):
    parts = {
        "title": "The map moves the curves",
        "knobs": {"rate": [1, 2, 3], "λ": [0, 1]},
        "x": ["r1", "r2", "r3"],
        "y": ["l0", "l1"],
        "cells": {"test error": ERROR},
        "controls": ("rate", "λ"),
        "xlabel": "learning rate",
        "ylabel": "λ",
        "beside": {"x": EPOCH, "lines": {"test": CURVES}, "xlabel": "epoch", "ylabel": "error"},
        "readouts": {"test error": ERROR.T},
        "alt": "A map of the error, and its curve.",
    }
    return Sweep(**parts | changes)


def svgs(page):
    return page.locator(".reglab-stage > svg")


def center_of_cell(page, column, row):
    """The middle of a cell of the 2 x 3 map on the page."""
    axes = svgs(page).nth(0).locator(".reglab-axes > .reglab-axis").first
    frame = axes.bounding_box()
    x = frame["x"] + (column + 0.5) * frame["width"] / 3
    return x, frame["y"] + (row + 0.5) * frame["height"] / 2


def box_of(path):
    """left, top, right, bottom of a path of one rectangle, in pixels of its svg."""
    x0, y0, x1, y1 = (float(v) for v in re.findall(r"-?[\d.]+", path)[:4])
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def press_right(page, knob):
    page.get_by_role("radiogroup", name=knob).locator(":checked").focus()
    page.keyboard.press("ArrowRight")
