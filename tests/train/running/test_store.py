"""The store: whole or not at all, damage is noticed, full disks and other versions are told."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from train_toys import task

from reglab.train.running.store import MAGIC, Store, read
from reglab.train.running.store_key import VERSIONS
from reglab.train.running.units import Unit

NAME = "a" * 32 + "-" + "b" * 8 + ".bucket"
FOUND = {"train_loss": np.array([[0.5, np.nan]]), "state 0": np.arange(9, dtype=np.uint8)}


def entries(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def test_what_is_saved_comes_back(tmp_path):
    store = Store(tmp_path / "new" / "folder")
    assert store.load(NAME) is None
    store.save(NAME, FOUND)
    back = store.load(NAME)
    assert set(back) == set(FOUND)
    for name, values in FOUND.items():
        np.testing.assert_array_equal(back[name], values, strict=True)
    assert entries(store.folder) == [NAME]
    assert read(store.folder / NAME)[1] == {"name": NAME, "versions": VERSIONS}


def test_two_writers_of_one_result_do_not_touch_each_other_s_file(tmp_path, monkeypatch):
    """The second opens the store, and saves, while the first has not renamed its file yet."""

    def second(handle, fsync=os.fsync):
        monkeypatch.undo()
        Store(tmp_path).save(NAME, FOUND)
        fsync(handle)

    first = Store(tmp_path)
    monkeypatch.setattr(os, "fsync", second)
    first.save(NAME, FOUND)
    assert entries(tmp_path) == [NAME] and set(first.load(NAME)) == set(FOUND)


def test_no_pickle_is_written_or_read(tmp_path):
    with pytest.raises(ValueError, match=r"\['network'\] hold Python objects"):
        Store(tmp_path).save(NAME, {"network": np.array([object()])})
    assert entries(tmp_path) == []


DAMAGE = {
    "empty": lambda raw: b"",
    "only its first line": lambda raw: MAGIC,
    "truncated": lambda raw: raw[: len(raw) // 2],
    "one byte short": lambda raw: raw[:-1],
    "one byte more": lambda raw: raw + b"\0",
    "one bit flipped": lambda raw: raw[:300] + bytes([raw[300] ^ 1]) + raw[301:],
    "checksum changed": lambda raw: raw[:13] + bytes([raw[13] ^ 1]) + raw[14:],
    "zeros": lambda raw: bytes(len(raw)),
    "not ours": lambda raw: b"hello\n" * 100,
}


@pytest.mark.parametrize("how", DAMAGE)
def test_damage_is_noticed_named_once_and_mended(tmp_path, how, recwarn):
    store, path = Store(tmp_path), tmp_path / NAME
    store.save(NAME, FOUND)
    path.write_bytes(DAMAGE[how](path.read_bytes()))
    with pytest.warns(RuntimeWarning, match=f"{NAME} is damaged .*recomputed"):
        assert store.load(NAME) is None
    assert store.load(NAME) is None and not recwarn.list
    store.save(NAME, FOUND)
    assert set(store.load(NAME)) == set(FOUND)


def test_a_result_under_a_wrong_name_is_damage(tmp_path):
    store, other = Store(tmp_path), NAME.replace("a", "c")
    store.save(NAME, FOUND)
    os.rename(tmp_path / NAME, tmp_path / other)
    with pytest.warns(RuntimeWarning, match=f"it is the result called {NAME}"):
        assert store.load(other) is None


def test_what_cannot_be_read_is_damage(tmp_path):
    (tmp_path / NAME).mkdir()
    with pytest.warns(RuntimeWarning, match="is damaged .*[Dd]irectory"):
        assert Store(tmp_path).load(NAME) is None


@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_a_full_disk_says_so_and_leaves_what_was_there(tmp_path, monkeypatch, call):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    store = Store(tmp_path)
    store.save(NAME, FOUND)
    before = (tmp_path / NAME).read_bytes()
    monkeypatch.setattr("builtins.open" if call == "open" else f"os.{call}", full)
    with pytest.raises(OSError, match=r"0.0 MB could not be stored \(No space left.*Free some"):
        store.save(NAME, {"train_loss": np.zeros((1, 2))})
    monkeypatch.undo()
    assert entries(tmp_path) == [NAME] and (tmp_path / NAME).read_bytes() == before


def test_a_real_limit_on_file_size(tmp_path):
    resource = pytest.importorskip("resource")
    store, limits = Store(tmp_path), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"0.1 MB could not be stored \(File too large"):
            store.save(NAME, {"x": np.zeros(10_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert entries(tmp_path) == []
    store.save(NAME, {"x": np.zeros(10_000)})


KILLED = """
import builtins, os, signal, sys
import numpy as np
import reglab.train.running.store as module
from reglab.train.running.store import Store
def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)
def halfway(file, mode, opened=open):
    handle = opened(file, mode, buffering=0)
    write = handle.write
    class Half:
        def __enter__(self): return self
        def __exit__(self, *error): pass
        def write(self, content): write(content[:len(content) // 2]); die()
    return Half()
folder, name, *moments = sys.argv[1:]
for moment in moments:
    if os.fork():
        assert os.waitstatus_to_exitcode(os.wait()[1]) == -signal.SIGKILL
        continue
    store = Store(os.path.join(folder, moment))
    if moment == "in the middle":
        builtins.open = halfway
    elif moment == "written":
        os.fsync = die
    elif moment == "on the disk":
        os.replace = die
    else:
        module._sync = die
    store.save(name, {"x": np.arange(5000.0)})
"""
MOMENTS = ["in the middle", "written", "on the disk", "renamed"]


def test_killed_while_saving(tmp_path):
    stores, before = {m: Store(tmp_path / m) for m in MOMENTS}, {"x": np.zeros(3)}
    for store in stores.values():
        store.save(NAME, before)
    subprocess.run([sys.executable, "-Wignore", "-c", KILLED, tmp_path, NAME, *MOMENTS], check=True)
    for moment, store in stores.items():
        assert len(entries(store.folder)) == (1 if moment == "renamed" else 2)
        want = np.arange(5000.0) if moment == "renamed" else before["x"]
        np.testing.assert_array_equal(store.load(NAME)["x"], want)


@pytest.mark.parametrize("folder", [3, "", None, b"runs"])
def test_a_store_is_a_path(folder):
    with pytest.raises(ValueError, match="store must be the path of a folder; got"):
        Store(folder)


def test_a_path_with_nul_is_named():
    with pytest.raises(ValueError, match=r"store must be a path without NUL; got 'runs\\x00'"):
        Store("runs\0")


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "inside"):
        with pytest.raises(ValueError, match="a folder that can be written to; got '.*file"):
            Store(folder)


def test_a_folder_without_room(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ValueError, match="can be written to; got .*: No space left"):
        Store(tmp_path)


def test_names_follow_units_and_versions(tmp_path, monkeypatch):
    store, unit = Store(tmp_path), Unit(task(), (0, 3), (), "cpu")
    (name,) = store.names([unit])
    monkeypatch.setitem(VERSIONS, "torch", "9.9")
    (other,) = store.names([unit])
    assert name != other and name[:32] == other[:32]


def test_results_of_other_versions_are_told_and_kept(tmp_path, monkeypatch, recwarn):
    store, unit = Store(tmp_path), Unit(task(), (0, 3), (), "cpu")
    (old,) = store.names([unit])
    store.save(old, FOUND)
    store.tell_of_other_versions([old, NAME])
    assert not recwarn.list
    here = VERSIONS["torch"]
    monkeypatch.setitem(VERSIONS, "torch", "9.9")
    (new,) = store.names([unit])
    told = rf"holds 1 result\(s\) .* other versions \(torch {here}, here 9.9\).*recomputed"
    with pytest.warns(RuntimeWarning, match=told.replace("+", r"\+")):
        store.tell_of_other_versions([new, NAME])
    assert store.load(new) is None and entries(tmp_path) == [old]
    (tmp_path / old).write_bytes(b"")
    with pytest.warns(RuntimeWarning, match="which can't be read"):
        store.tell_of_other_versions([new])


def test_about_is_json(tmp_path):
    Store(tmp_path).save(NAME, FOUND)
    body = (tmp_path / NAME).read_bytes().partition(b"\n")[2].partition(b"\n")[2]
    (tmp_path / "plain.npz").write_bytes(body)
    with np.load(tmp_path / "plain.npz") as arrays:  # anyone can open it
        assert json.loads(str(arrays["about"]))["name"] == NAME
