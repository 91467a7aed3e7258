"""One page per package of the library, written from the modules that exist, filled by autodoc.

The pages (reference/api/<package>.rst) are not committed: they are written before each build, and
only when they change, so that a rebuild does not read them again. Nothing has to be listed: a new
package or module appears by itself.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from bookext.docstrings import to_rst

LIBRARY = "reglab"
FOLDER = "reference/api"


def packages(library: Path) -> dict[str, list[str]]:
    """Return package -> its public modules by dotted name, those of its subpackages too."""
    modules = {}
    for init in sorted(library.glob("*/__init__.py")):
        paths = sorted(path.relative_to(init.parent) for path in init.parent.rglob("*.py"))
        public = [path for path in paths if not path.name.startswith("_")]
        modules[init.parent.name] = [".".join(path.with_suffix("").parts) for path in public]
    return modules


def page(package: str, modules: list[str]) -> str:
    """Return the page of a package: what it says of itself, then each of its modules."""
    name = f"{LIBRARY}.{package}"
    parts = [_heading(name, "="), f".. automodule:: {name}\n   :no-members:\n"]
    for module in modules:
        full = f"{name}.{module}"
        parts += [_heading(full, "-"), f".. automodule:: {full}\n"]
    return "\n".join(parts)


def _heading(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}\n"


def write_pages(app: Sphinx, config: Config) -> None:
    """Write reference/api/*.rst; drop the pages of packages that are gone (event config-inited)."""
    folder = Path(app.srcdir, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    library = Path(find_spec(LIBRARY).submodule_search_locations[0])
    wanted = {f"{name}.rst": page(name, modules) for name, modules in packages(library).items()}
    wanted[".gitignore"] = "*\n"  # the folder keeps itself out of git
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")


def rewrite_docstring(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Hand napoleon a docstring that is safe to parse (event autodoc-process-docstring)."""
    lines[:] = to_rst(lines)


def set_autodoc(app: Sphinx, config: Config) -> None:
    config.autodoc_default_options = {"members": True, "member-order": "bysource"}
    config.html_domain_indices = False  # the list of modules says no more than these pages
    config.autodoc_inherit_docstrings = False  # torch's own docstrings are torch's business
    config.autodoc_typehints_format = "short"
    config.python_use_unqualified_type_names = True
    config.python_maximum_signature_line_length = 80
    config.napoleon_numpy_docstring = False
    config.napoleon_use_param = config.napoleon_use_rtype = False  # "a, b: text" is one entry
    # Types of other packages have no page here; a broken reference to reglab is an error.
    config.nitpick_ignore_regex = [("py:.*", rf"(?!{LIBRARY}\.).*")]


def setup(app: Sphinx) -> None:
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.connect("config-inited", set_autodoc, priority=100)
    app.connect("config-inited", write_pages, priority=100)  # before the table of contents
    app.connect("autodoc-process-docstring", rewrite_docstring, priority=400)  # before napoleon
