"""A progress bar that shows only when asked for, and never in a page or a test log."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

VARIABLE = "REGLAB_PROGRESS"


def wanted(progress: bool) -> bool:
    """Obey REGLAB_PROGRESS=1 or =0 if it is set, else `progress`, but never under tests or CI."""
    if VARIABLE in os.environ:
        return os.environ[VARIABLE] == "1"
    return progress and not {"CI", "PYTEST_CURRENT_TEST"} & set(os.environ)


def bar(steps: Iterable, progress: bool = False, title: str = "") -> Iterable:
    """Return `steps`, inside a tqdm bar (time left included) where one is wanted."""
    if not wanted(progress):
        return steps
    from tqdm.auto import tqdm  # here: it looks for a notebook and may warn about one

    return tqdm(steps, desc=title, leave=False)


@contextmanager
def meter(
    total: float, progress: bool = False, title: str = ""
) -> Iterator[Callable[[float], object]]:
    """Yield a function that takes each piece of work done, in the unit of `total`.

    Where a bar is wanted, it shows the share done and the time left, by work and not by pieces.
    """
    if not wanted(progress):
        yield lambda work: None
        return
    from tqdm.auto import tqdm

    shape = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
    with tqdm(total=total, desc=title, leave=False, bar_format=shape) as shown:
        yield shown.update
