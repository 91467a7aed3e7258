"""The theme's icons, reduced to those that the pages show: fonts of 3 KB in place of 156 and more.

Font Awesome Free comes with the theme. Its fonts are under the SIL Open Font License 1.1, which
stays in the name table of the reduced ones. book.css puts them in front of the full fonts: an icon
that the reduced font lacks is still found in the full one. A quarter of the theme's style sheet
are rules for icons; those that no page shows are left out of the built copy.
"""

import re
from pathlib import Path

import pydata_sphinx_theme
from fontTools.subset import Options, Subsetter, load_font, save_font
from sphinx.application import Sphinx

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
STYLE = "styles/pydata-sphinx-theme.css"
FONTS = {"fa-solid-900": "icons-solid.woff", "fa-brands-400": "icons-brands.woff"}
CLASS = re.compile(r"\bfa-[a-z0-9-]+")
RULE = re.compile(r'((?:\.fa-[a-z0-9-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')
VARIABLE = re.compile(r'--pst-icon-[a-z-]+:"(?:\\([0-9a-f]+)|(.))"')  # icons of admonitions


def code_points(style: str) -> dict[str, int]:
    """Return icon class -> code point, from the theme's style sheet."""
    return {
        name: int(code, 16) for names, code in RULE.findall(style) for name in CLASS.findall(names)
    }


def wanted(style: str, shown: set[str]) -> set[int]:
    """Return the code points that the classes `shown` and the theme's own rules ask for."""
    points = code_points(style)
    by_rule = {int(code, 16) if code else ord(sign) for code, sign in VARIABLE.findall(style)}
    return {points[name] for name in shown & points.keys()} | by_rule


def reduce_style(style: str, shown: set[str]) -> str:
    """Return the style sheet without the rules of icons that no page shows."""
    return RULE.sub(lambda m: m.group() if shown & {*CLASS.findall(m[1])} else "", style)


def reduce_font(source: Path, target: Path, points: set[int]) -> None:
    """Write those glyphs of `source` that `points` names as a WOFF file."""
    options = Options(flavor="woff", name_IDs=["*"], notdef_outline=True)
    font = load_font(str(source), options)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=points)
    subsetter.subset(font)
    save_font(font, str(target), options)


def write_icons(app: Sphinx, exception: Exception | None) -> None:
    """Write the reduced fonts and style, once all pages are there (event build-finished)."""
    if exception or app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    pages = [path.read_text(encoding="utf-8") for path in Path(app.outdir).rglob("*.html")]
    shown = {name for page in pages for name in CLASS.findall(page)}
    style = (THEME / STYLE).read_text(encoding="utf-8")
    (static / STYLE).write_text(reduce_style(style, shown), encoding="utf-8")
    for name, reduced in FONTS.items():
        full = THEME / "vendor/fontawesome/webfonts" / f"{name}.ttf"
        reduce_font(full, static / reduced, wanted(style, shown))


def setup(app: Sphinx) -> None:
    app.connect("build-finished", write_icons)
