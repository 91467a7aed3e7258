"""A folder of results, one file for each bucket: what is in it survives, and is never wrong.

A file is written under another name, brought to the disk, and only then renamed: a reader sees all
of it or nothing, whatever kills the writer, and two processes that write the same result both
leave it whole. A checksum stands before the content, which NumPy's own format holds, no pickle.
The checksum finds damage. It is no signature: use stores only of people whom you trust.
File        line 1 "reglab store", line 2 SHA-256 of the rest, then an .npz with the arrays and
            `about`, JSON of its own name and of the versions that computed it.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import stat
import time
import uuid
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from reglab.train.running.store_key import VERSIONS, unit_keys, version_tag
from reglab.train.running.units import Unit

MAGIC, ENDING = b"reglab store\n", ".bucket"
TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.tmp")
DAY = 24 * 3600.0
Found = dict[str, np.ndarray]


class Store:
    """The results of units, in a folder that is made if need be.

    Raises: ValueError if it can't be written to.
    """

    def __init__(self, folder: str | os.PathLike):
        if not isinstance(folder, str | os.PathLike) or not str(folder):
            raise ValueError(f"store must be the path of a folder; got {folder!r}")
        if "\0" in str(folder):
            raise ValueError(f"store must be a path without NUL; got {str(folder)!r}")
        self.folder = Path(folder)
        self.complained: set[str] = set()  # names of damaged files
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write(self.folder / f".{uuid.uuid4().hex}.tmp", b"")
            self._remove_leftovers()
        except OSError as error:
            why = error.strerror or error
            raise ValueError(
                f"store must be a folder that can be written to; got {str(folder)!r}: {why}"
            ) from error

    def names(self, units: Sequence[Unit]) -> list[str]:
        """The name of each unit's file in this store, for the versions of this process."""
        tag = version_tag(VERSIONS)
        return [f"{key}-{tag}{ENDING}" for key in unit_keys(units)]

    def load(self, name: str, check: Callable[[Found], Any] = lambda found: None) -> Found | None:
        """The stored result, or None if there is none; a damaged one is named in a warning.

        `check` raises an error if this is not a result of the bucket.
        """
        path = self.folder / name
        try:
            found, about = read(path)
            if about["name"] != name:
                raise ValueError(f"it is the result called {about['name']}")
            check(found)
        except FileNotFoundError:
            return None
        except Exception as error:  # a file may hold anything, so reading it may raise anything
            if name not in self.complained:
                self.complained.add(name)
                why = str(error) or type(error).__name__
                text = f"{path} is damaged ({why}); this bucket is recomputed"
                warnings.warn(text, RuntimeWarning, stacklevel=2)
            return None
        return found

    def save(self, name: str, found: Mapping[str, np.ndarray]) -> None:
        """Store a result so that it is there as a whole or not at all.

        Raises: OSError, such as that of a full disk, with what it means for the sweep; ValueError
            for an array of Python objects, which only pickle could store.
        """
        if objects := [key for key, array in found.items() if np.asarray(array).dtype.hasobject]:
            raise ValueError(f"{objects} hold Python objects; a store holds numbers and texts only")
        about = json.dumps({"name": name, "versions": VERSIONS})
        arrays: dict[str, Any] = {**found, "about": np.array(about)}
        content = BytesIO()
        np.savez(content, **arrays)
        body = content.getvalue()
        checksum = hashlib.sha256(body).hexdigest().encode() + b"\n"
        try:
            self._write(self.folder / name, MAGIC + checksum + body)
        except OSError as error:
            raise OSError(
                error.errno,
                f"a result of {len(body) / 1e6:.1f} MB could not be stored ({error.strerror}); "
                f"those stored before are whole. {_remedy(error)}, then repeat",
                str(self.folder),
            ) from error

    def tell_of_other_versions(self, names: Sequence[str]) -> None:
        """Warn if buckets that must be computed are here, but from other versions of the code."""
        wanted = {name.partition("-")[0]: name for name in names}
        others = [
            path
            for path in self.folder.glob(f"*{ENDING}")
            if wanted.get(path.name.partition("-")[0], path.name) != path.name
        ]
        if others:
            warnings.warn(
                f"{self.folder} holds {len(others)} result(s) for these settings from other "
                f"versions ({_difference(others[0])}); they are not used, and recomputed",
                RuntimeWarning,
                stacklevel=2,
            )

    def _remove_leftovers(self) -> None:
        """Delete what writers left that were killed more than a day ago, and nothing else."""
        for left in self.folder.glob(".*.tmp"):
            with contextlib.suppress(OSError):  # a folder, or another process was faster
                if TEMPORARY.fullmatch(left.name) and time.time() - left.lstat().st_mtime > DAY:
                    left.unlink()

    def _write(self, path: Path, content: bytes) -> None:
        """Write a file beside its place, bring it to the disk, then put it there in one step."""
        temporary = self.folder / f".{uuid.uuid4().hex}.tmp"
        try:
            with open(temporary, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if content:
                os.replace(temporary, path)
                _sync(self.folder)
        finally:
            temporary.unlink(missing_ok=True)


def read(path: Path) -> tuple[Found, dict]:
    """The arrays of a file, and what it says about itself.

    Raises: ValueError if a byte is missing or wrong; OSError if it can't be read; and whatever
    NumPy raises where someone else wrote the content, with a checksum that fits.
    """
    magic, _, rest = _content(path).partition(b"\n")
    checksum, _, body = rest.partition(b"\n")
    if magic + b"\n" != MAGIC or hashlib.sha256(body).hexdigest().encode() != checksum:
        raise ValueError("its checksum does not fit")
    with zipfile.ZipFile(BytesIO(body)) as file:
        if sum(member.file_size for member in file.infolist()) > len(body):
            raise ValueError("its content is packed, which no writer of ours does")
    with np.load(BytesIO(body), allow_pickle=False) as arrays:
        found = dict(arrays)
    return found, json.loads(str(found.pop("about")))


def _content(path: Path) -> bytes:
    """The bytes of a regular file; of anything else they might never come, or never end."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is no regular file")
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError("its first line is not ours")
        return MAGIC + file.read()


def _remedy(error: OSError) -> str:
    """What helps against an error in writing."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "The folder is gone: make it again"
    if error.errno in (errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST):
        return "A folder has the name of a result: move it away"
    return "Free some space or use another folder"


def _difference(path: Path) -> str:
    """Which versions of a stored result differ from this process's."""
    try:
        theirs = dict(read(path)[1]["versions"])
    except Exception:  # as in `load`
        return "which can't be read"
    names = [n for n in {**VERSIONS, **theirs} if theirs.get(n) != VERSIONS.get(n)]
    return ", ".join(f"{n} {theirs.get(n)}, here {VERSIONS.get(n)}" for n in names)


def _sync(folder: Path) -> None:
    """Bring a new name in the folder to the disk; without it a power cut may undo the renaming."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
