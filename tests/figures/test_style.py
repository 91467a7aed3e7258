"""Colors that everybody can tell apart and read, in one style everywhere."""

import re
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import style
from matplotlib.colors import to_hex, to_rgb

import reglab.figures
from reglab.figures import house_figure, use_house_style
from reglab.figures.style import DARK, DASHES, LIGHT, MARKERS, SHEET, series_style

JS = Path(reglab.figures.__file__).parent / "js"
SETS = {"light": (LIGHT, "#ffffff"), "dark": (DARK, "#1a1a1a")}
# Machado, Oliveira, Fernandes (2009), table 1, severity 1.0: matrices on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color):
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG 2.2, relative luminance."""
    dark, light = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def oklab(rgb):
    """Ottosson (2020), "A perceptual color space for image processing"."""
    cones = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    axes = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.array(axes) @ np.cbrt(np.array(cones) @ np.clip(rgb, 0, 1))


@pytest.mark.parametrize("name", SETS)
def test_text_in_the_color_of_its_line_is_readable(name):
    colors, page = SETS[name]
    assert min(contrast(color, page) for color in colors) >= 4.5


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", SETS)
def test_any_two_colors_stay_apart(name, vision):
    """Distance 0.08 in Oklab: four times what is just noticeable (about 0.02)."""
    seen = [oklab(np.array(VISION[vision]) @ linear(color)) for color in SETS[name][0]]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) >= 0.08


def test_the_page_has_the_same_colors_dashes_and_marks():
    css = (JS / "figure.css").read_text(encoding="utf-8")
    assert tuple(re.findall(r"--reglab-\d: (#\w+)", css)) == LIGHT + DARK
    plot = (JS / "series.js").read_text(encoding="utf-8")
    (dashes,) = re.findall(r"const DASHES = \[(.*?)\]", plot, flags=re.S)
    written = re.findall(r'"([^"]*)"', dashes)
    assert [len(d.split()) for d in written] == [len(d) for d in DASHES]
    (marks,) = re.findall(r"const MARKS = \[(.*?)\];", plot, flags=re.S)
    assert len(re.findall(r'"m', marks)) == len(MARKERS) == len(LIGHT)


def test_the_sheet_has_the_same_colors_and_dashes():
    with style.context(SHEET):
        cycle = list(plt.rcParams["axes.prop_cycle"])
    assert tuple(to_hex(step["color"]) for step in cycle) == LIGHT
    lines = [step["linestyle"] for step in cycle]
    assert lines == ["-", *((0, dash) for dash in DASHES[1:])]


def test_color_never_stands_alone():
    styles = [series_style(slot) for slot in range(len(LIGHT))]
    assert len({s["color"] for s in styles}) == len({str(s["linestyle"]) for s in styles}) == 6
    dots = [series_style(slot, dots=True) for slot in range(len(LIGHT))]
    assert len({s["marker"] for s in dots}) == 6
    assert series_style("ink")["color"] not in LIGHT


def test_the_style_is_set_only_on_request():
    before = plt.rcParams["axes.titlelocation"]
    house_figure()
    assert plt.rcParams["axes.titlelocation"] == before
    with plt.rc_context():
        use_house_style()
        assert plt.rcParams["axes.titlelocation"] == "left"


def test_a_house_figure_is_unknown_to_pyplot():
    known = plt.get_fignums()
    figure = house_figure(4, 2)
    assert plt.get_fignums() == known
    assert tuple(figure.get_size_inches()) == (4, 2)
