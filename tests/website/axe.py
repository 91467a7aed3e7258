"""axe-core, and the theme in which it looks at a page."""

from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"


def load(page: Any) -> None:
    page.evaluate(SCRIPT.read_text(encoding="utf-8"))


def show_theme(page: Any, scheme: str) -> None:
    """Switch to the light or the dark theme, whose colors would otherwise fade in."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_function("t => document.documentElement.dataset.theme === t", arg=scheme)
    page.evaluate("for (const each of document.getAnimations()) each.finish()")
