"""A progress bar that shows only when asked for, and never in a page or a test log.

Room        train -- tests/train/test_progress.py
"""

import os
from collections.abc import Iterable

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
