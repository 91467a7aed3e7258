"""What a store may meet: other processes, leftovers, odd files, and results that were forged."""

import hashlib
import json
import os
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from train_toys import assert_equal, nine

from reglab.train import fleet, sweep
from reglab.train.history import CURVES
from reglab.train.running.store import MAGIC, Store, read
from reglab.train.running.store_key import VERSIONS

NAME = "a" * 32 + "-" + "b" * 8 + ".bucket"
OLD = "." + "0" * 32 + ".tmp"


def age(path, hours=25):
    os.utime(path, (0, time.time() - hours * 3600), follow_symlinks=False)


def test_a_store_opens_while_another_process_renames_its_files(tmp_path, monkeypatch):
    """Between the listing and the look at a file, its writer may have renamed it."""
    monkeypatch.setattr(Path, "glob", lambda folder, pattern: [folder / OLD])
    assert Store(tmp_path).folder == tmp_path


def test_what_a_killed_writer_left_is_removed_after_a_day(tmp_path):
    old, new = tmp_path / OLD, tmp_path / OLD.replace("0", "1")
    for path in (old, new):
        path.write_bytes(b"half")
    age(old)
    Store(tmp_path)
    assert [*tmp_path.iterdir()] == [new]


def test_files_of_other_programs_stay(tmp_path):
    other = tmp_path / ".notes.tmp"
    other.write_text("mine")
    age(other)
    Store(tmp_path)
    assert other.read_text() == "mine"


LEFT = {
    "folder": Path.mkdir,
    "dangling link": lambda path: path.symlink_to("nothing"),
    "loop of links": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("kind", LEFT)
def test_no_leftover_blocks_a_store(tmp_path, kind):
    LEFT[kind](tmp_path / OLD)
    age(tmp_path / OLD)
    Store(tmp_path).save(NAME, {"x": np.zeros(3)})
    assert (tmp_path / NAME).is_file()


def forged(about=None, **arrays):
    """A file that someone else wrote, with a checksum that fits."""
    content = BytesIO()
    np.savez(content, about=np.array(json.dumps(about or {"name": NAME})), **arrays)
    return sealed(content.getvalue())


def sealed(body):
    return MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def bomb():
    """Ten million zeros in ten kilobytes."""
    content, about = BytesIO(), np.array(json.dumps({"name": NAME}))
    np.savez_compressed(content, about=about, x=np.zeros(10**7, dtype=np.uint8))
    return sealed(content.getvalue())


FORGED = {
    "an empty body": lambda: sealed(b""),
    "a zip that ends early": lambda: sealed(forged(x=np.zeros(9)).partition(b"PK")[2][:100]),
    "an array that is no zip": lambda: sealed(b"\x93NUMPY\x01\x00" + bytes(200)),
    "a list for about": lambda: forged(about=[NAME]),
    "no name": lambda: forged(about={"versions": {}}),
    "a packed body": bomb,
}


@pytest.mark.parametrize("how", FORGED)
def test_forged_files_are_refused(tmp_path, how):
    store = Store(tmp_path)
    (tmp_path / NAME).write_bytes(FORGED[how]())
    with pytest.warns(RuntimeWarning, match=f"{NAME} is damaged .*recomputed"):
        assert store.load(NAME) is None


@pytest.mark.parametrize("versions", [["torch"], None, 3])
def test_forged_versions_are_refused(tmp_path, versions):
    store, there = Store(tmp_path), NAME.replace("b" * 8, "c" * 8)
    (tmp_path / there).write_bytes(forged(about={"name": there, "versions": versions}))
    with pytest.warns(RuntimeWarning, match="other versions .which can't be read"):
        store.tell_of_other_versions([NAME])


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / NAME)
    with pytest.warns(RuntimeWarning, match="no regular file"):
        assert Store(tmp_path).load(NAME) is None


def test_a_file_without_end_is_refused(tmp_path):
    (tmp_path / NAME).symlink_to("/dev/zero")
    with pytest.warns(RuntimeWarning, match="no regular file"):
        assert Store(tmp_path).load(NAME) is None


def test_a_huge_file_is_refused_by_its_first_line(tmp_path):
    with open(tmp_path / NAME, "wb") as file:
        file.truncate(10**12)  # takes no place on the disk
    with pytest.warns(RuntimeWarning, match="its first line is not ours"):
        assert Store(tmp_path).load(NAME) is None


KEEP = ["predictions", "networks"]


def scalar(found):
    return found | {"train_loss": np.array(0.5)}


# How a stored result of networks is changed: each of these once was a traceback or a wrong number.
CHANGED = {
    "one number for all curves": scalar,
    "no curve": lambda found: {k: v for k, v in found.items() if k != CURVES[0]},
    "another shape": lambda found: found | {"val_loss": found["val_loss"][:, :1]},
    "texts": lambda found: found | {"val_loss": found["val_loss"].astype(str)},
    "complex numbers": lambda found: found | {"val_loss": found["val_loss"] + 0j},
    "a short state": lambda found: found | {"state 0": found["state 0"][:-4]},
    "a state of floats": lambda found: found | {"state 0": found["state 0"].astype(float)},
    "no state": lambda found: {k: v for k, v in found.items() if k != "state 0"},
    "fewer predictions": lambda found: found | {"test_output": found["test_output"][:, :1]},
    "no predictions": lambda found: {k: v for k, v in found.items() if k != "test_output"},
    "seconds for each": lambda found: found | {"seconds": np.zeros(3)},
}


@pytest.fixture(scope="module")
def want():
    return fleet(**nine(keep=KEEP))


@pytest.mark.parametrize("how", CHANGED)
def test_a_result_of_other_networks_is_recomputed(tmp_path, how, want):
    settings = nine(keep=KEEP)
    sweep(**settings, store=tmp_path)
    name = sorted(path.name for path in tmp_path.iterdir())[0]
    found, about = read(tmp_path / name)
    assert about == {"name": name, "versions": VERSIONS}
    Store(tmp_path).save(name, CHANGED[how](found))
    with pytest.warns(RuntimeWarning, match=f"{name} is damaged .*recomputed"):
        assert_equal(sweep(**settings, store=tmp_path), want)


def test_a_short_snapshot_is_recomputed(tmp_path):
    settings = nine(keep="snapshots")
    whole = sweep(**settings, store=tmp_path)
    name = sorted(path.name for path in tmp_path.iterdir())[0]
    found, _ = read(tmp_path / name)
    Store(tmp_path).save(name, found | {"state 0": found["state 0"][:, :-4]})
    with pytest.warns(RuntimeWarning, match=f"{name} is damaged .*bytes.*recomputed"):
        again = sweep(**settings, store=tmp_path)
    np.testing.assert_array_equal(again.val_loss, whole.val_loss)


@pytest.mark.parametrize("gone", [True, False])
def test_what_is_in_the_way_is_named(tmp_path, gone):
    """Not "free some space": here it would not help."""
    store = Store(tmp_path / "runs")
    if gone:
        store.folder.rmdir()
    else:
        (store.folder / NAME / "inside").mkdir(parents=True)
    told = "folder is gone: make it again" if gone else "has the name of a result: move it away"
    with pytest.raises(OSError, match=told):
        store.save(NAME, {"x": np.zeros(3)})
