"""Launch and repository buttons, once the project's address is known from `git remote`.

No address, no buttons: a button that leads nowhere is worse than none, and jupyter-book's default
leads to another project.
"""

import re
import subprocess
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

# scheme://[user[:password]@]host[:port]/owner/name, or the short form user@host:owner/name
LONG = re.compile(r"(?:https?|ssh|git)://(?:[^@/]+@)?(?P<host>[^/:]+)(?::\d+)?/(?P<path>.+)")
SHORT = re.compile(r"(?:[^@/:]+@)(?P<host>[^/:]+):(?P<path>[^/].*)")
HOSTS = {"github.com": "github", "gitlab.com": "gitlab"}  # those that the theme can link into


def public_address(remote: str) -> str | None:
    """Return https://host/owner/name for the remotes that the buttons can serve, else None.

    A password in the remote is dropped; a local path or an unknown host gives None.
    """
    found = LONG.fullmatch(remote.strip()) or SHORT.fullmatch(remote.strip())
    if not found or found["host"].lower() not in HOSTS:
        return None
    parts = found["path"].removesuffix("/").removesuffix(".git").split("/")
    fine = len(parts) == 2 and all(re.fullmatch(r"[\w.-]+", part) for part in parts)
    return f"https://{found['host'].lower()}/{'/'.join(parts)}" if fine else None


def git(folder: str | Path, *words: str) -> str:
    """Return what git prints, or "" where there is no git, no repository or no answer."""
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def theme_options(address: str | None, branch: str) -> dict:
    """Return the theme's options for the buttons; every one off if there is no address."""
    buttons = {f"use_{what}_button": bool(address) for what in ("repository", "issues", "source")}
    if not address:
        return {"repository_url": "", "launch_buttons": {}, **buttons}
    launch = {"binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab"}
    if address.startswith("https://github.com/"):
        launch["colab_url"] = "https://colab.research.google.com"
    return {
        "repository_url": address,
        "repository_branch": branch,
        "repository_provider": HOSTS[address.split("/")[2]],
        "path_to_docs": "",
        "launch_buttons": launch,
        **buttons,
    }


def add_buttons(app: Sphinx, config: Config) -> None:
    address = public_address(git(app.srcdir, "remote", "get-url", "origin"))
    head = git(app.srcdir, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    config.html_theme_options.update(theme_options(address, head.removeprefix("origin/") or "main"))


def setup(app: Sphinx) -> None:
    app.connect("config-inited", add_buttons)
