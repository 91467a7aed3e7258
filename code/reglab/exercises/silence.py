"""Swallow what code shows: text, warnings, displayed objects and figures.

Why         A reader's function is called some hundred times. Printed once, a line helps; printed,
            displayed or plotted at each call, it hides the report.
"""

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Show nothing of what the block prints, warns, displays or plots; its figures are closed.

    Figures that were open before stay open, unless the block closes them.
    """
    before = _open_figures()
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(_Sink()))
        stack.enter_context(contextlib.redirect_stderr(_Sink()))
        stack.enter_context(warnings.catch_warnings(action="ignore"))
        stack.enter_context(_no_display())
        try:
            yield
        finally:
            for number in _open_figures() - before:
                sys.modules["matplotlib.pyplot"].close(number)


@contextlib.contextmanager
def _no_display() -> Iterator[None]:
    """Swallow what IPython's `display` shows, which goes to the kernel's publisher."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        yield
        return
    publisher, shell.display_pub = shell.display_pub, _NoPublisher()
    try:
        yield
    finally:
        shell.display_pub = publisher


def _open_figures() -> set[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if pyplot else set()


class _Sink(io.TextIOBase):
    """A file that keeps nothing: a loop that prints forever fills no memory."""

    def write(self, text: str) -> int:
        return len(text)


class _NoPublisher:
    """In place of IPython's publisher of displayed objects."""

    is_publishing = False

    def publish(self, *args: Any, **kwargs: Any) -> None:
        pass

    def clear_output(self, wait: bool = False) -> None:
        pass
