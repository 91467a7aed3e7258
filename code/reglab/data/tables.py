"""Tables that lie beside a package's modules: runs that take minutes, trained once and stored.

Symbols     the head of a table, lines that begin with #, says where its numbers come from.
"""

import io
from importlib import resources
from typing import Any

import pandas as pd


def stored_text(package: str | None, name: str) -> str:
    """Return a file of a package as text, such as a CSV file with its head.

    Args: package: its full name, in the package itself `__package__`; name: of the file.
    """
    assert package is not None, "only a script has no package"
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def stored_table(package: str | None, name: str, **options: Any) -> pd.DataFrame:
    """Return a CSV file of a package as a table, without its head.

    Args: package, name: as for `stored_text`; options: of pandas.read_csv, such as dtype.
    """
    return pd.read_csv(io.StringIO(stored_text(package, name)), comment="#", **options)
