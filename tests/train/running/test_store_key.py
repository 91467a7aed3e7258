"""A fingerprint changes with whatever decides a number, and with nothing else."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from train_toys import task, toy

from reglab.augmentation import Mixup
from reglab.data import Examples, Splits
from reglab.data import digits as digits_like
from reglab.train import MLP, mlp, modules
from reglab.train.running.store_key import (
    CODE,
    VERSIONS,
    code_of,
    computing_code,
    data_hash,
    is_ours,
    plain,
    read_code,
    source_hash,
    unit_keys,
    version_tag,
)
from reglab.train.running.units import Unit
from reglab.train.settings import Network
from reglab.train.training import Training


def key(model=None, reported=(0, 3), keep=(), device="cpu", **settings):
    change = settings.pop("change", {})
    whole = replace(task(model, **settings), **change)
    return unit_keys([Unit(whole, reported, keep, device)])[0]


def test_the_same_each_time():
    assert key() == key() and len(key()) == 32
    assert key(device="cuda:0") == key(device="cuda:1")
    assert key(keep=("networks", "predictions")) == key(keep=("predictions", "networks"))
    assert key(lr=np.float64(0.05)) == key(lr=0.05)


def test_everything_that_decides_a_number_is_in_it():
    keys = [
        key(),
        key(mlp([3, 6])),
        key(mlp([3, 5], dropout=0.1)),
        key(mlp([3, 5], init="torch")),
        key(mlp([3, 5], depth=1)),
        key(lr=0.051),
        key(lr=np.nextafter(0.05, 1)),
        key(momentum=0.8),
        key(weight_decay=0.0),
        key(optimizer="adam"),
        key(schedule="linear"),
        key(batch=16),
        key(batch=None),
        key(seeds=[0, 4]),
        key(seeds=[3, 0]),
        key(epochs=4),
        key(loss="squared"),
        key(reported=(1, 3)),
        key(keep=("networks",)),
        key(device="cuda"),
        key(change=dict(width=6)),
        key(change=dict(data=[toy(0), toy(4)])),
        key(change=dict(data=[toy(0, dtype=torch.float32), toy(3, dtype=torch.float32)])),
    ]
    assert len(set(keys)) == len(keys)


def test_every_field_of_a_network_is_in_it():
    kind, settings = plain(task().networks[0])
    assert kind == "reglab.train.settings.Network"
    assert [name for name, _ in settings] == [field.name for field in fields(Network)]
    assert [name for name, _ in dict(settings)["spec"][1]] == [field.name for field in fields(MLP)]
    training = [name for name, _ in dict(settings)["training"][1]]
    assert training == [field.name for field in fields(Training)]


def test_every_number_of_the_data_is_in_it():
    def change(part, field, by):
        parts = {n: Examples(p.x.clone(), p.y.clone()) for n, p in toy().parts().items()}
        getattr(parts[part], field)[-1] += by
        return data_hash(Splits(**parts, classes=9))

    places = [(p, f) for p in ("train", "val", "test") for f in ("x", "y")]
    hashes = [change("train", "x", 0), *(change(*place, 1) for place in places)]
    assert len(set(hashes)) == 7
    assert data_hash(toy()) != data_hash(Splits(**toy().parts(), classes=4))
    bare = toy(n=4, classes=None)  # its y is a column of a matrix: not contiguous
    flat = [Examples(p.x.reshape(4, 2, 3), p.y) for p in bare.parts().values()]
    assert data_hash(Splits(*flat)) != data_hash(bare)


def test_where_the_numbers_lie_in_memory_is_not():
    x = toy().train.x
    wide = torch.cat([x, x], dim=1)[:, : x.shape[1]]
    assert not wide.is_contiguous()
    data = toy()
    assert data_hash(Splits(Examples(wide, data.train.y), data.val, data.test, 3)) == data_hash(
        data
    )


@pytest.mark.parametrize(
    "model, settings, name",
    [
        (modules(lambda: torch.nn.Linear(6, 3)), {}, "<lambda>"),
        (None, dict(schedule=lambda t: 1.0), "<lambda>"),
    ],
)
def test_functions_are_refused(model, settings, name):
    with pytest.raises(ValueError, match=rf"a store can't tell whether .*{name} has changed"):
        key(model, **settings)


def test_plain_values_are_exact():
    assert plain([1, True, None, "a", (2,)]) == [1, True, None, "a", [2]]
    assert plain(0.1) == (0.1).hex() != plain(float(np.float32(0.1)))
    assert plain(np.int64(3)) == 3 and plain(mlp(3)) != plain(mlp(3.0))
    assert plain(mlp(3))[0] == "reglab.train.models.MLP"


def test_only_classes_whose_code_is_hashed_are_plain():
    class Mine(MLP):
        """A network of the reader's own, whose code may change."""

    assert is_ours(MLP) and not is_ours(Mine) and is_ours(Splits) and not is_ours(MLP.__class__)
    for value in (Mine(3), MLP, toy().train.x):
        with pytest.raises(ValueError, match="a store can't tell whether .*(Mine|MLP|Tensor)"):
            plain(value)


def test_functions_and_techniques_of_the_library_are_plain():
    make, mixup = modules(digits_like, norm="batch"), Mixup(0.2)
    (kind, *_), name = plain(make)[1][0][1], digits_like.__module__
    assert plain(digits_like)[0] == f"{name}.{digits_like.__qualname__}" and kind
    told = plain(mixup)
    assert told[0] == "reglab.augmentation.mixing.Mixup" and len(told[1]) == 8
    assert told != plain(Mixup(0.3)) and plain(Training(0.1))[1][0] == ["lr", (0.1).hex()]
    assert key(techniques=[mixup]) != key(techniques=[Mixup(0.3)]) != key()


def test_the_code_of_other_packages_is_hashed_by_folder():
    assert code_of("reglab.train.models") == ""
    one, other = code_of("reglab.augmentation.mixing"), code_of("reglab.augmentation.signals")
    assert one == other != code_of("reglab.targets.smoothing")
    assert code_of("reglab.chapters.overfitting.networks") != code_of(
        "reglab.chapters.weight_decay.networks"
    )


def test_versions_change_the_second_half():
    assert set(VERSIONS) == {"store", "reglab", "reglab's code", "torch", "numpy"}
    tags = {version_tag(VERSIONS | {name: "0"}) for name in VERSIONS} | {version_tag(VERSIONS)}
    assert len(tags) == len(VERSIONS) + 1 and version_tag(dict(VERSIONS)) == version_tag(VERSIONS)


def test_any_line_that_training_runs_counts(tmp_path):
    def write(name, text):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        return source_hash(computing_code(read_code(tmp_path)))

    for room in ("core", "penalties", "figures"):
        write(f"{room}/b.py", "x = 1\n")
    first = write("train/a.py", "import reglab.core\n")
    second = write("train/a.py", "def f():\n    from reglab.core.b import x\n")
    third = write("core/b.py", "x = 2\n")
    assert len({first, second, third}) == 3
    assert write("penalties/b.py", "x = 2\n") == third  # not imported
    fourth = write("core/b.py", "from reglab import penalties\n")
    fifth = write("penalties/b.py", "x = 3\n")
    assert len({third, fourth, fifth}) == 3
    assert write("figures/b.py", "x = 2\n") == fifth
    assert write("train/new.py", "") != fifth
    assert set(computing_code(read_code(tmp_path))) == {
        "train/a.py",
        "train/new.py",
        "core/b.py",
    } | {"penalties/b.py"}


def test_paths_count_as_well_as_lines():
    hashes = {source_hash(code) for code in ({"a": b"x"}, {"b": b"x"}, {"a": b"x", "b": b""})}
    assert len(hashes) == 3


def test_the_library_s_own_computing_code():
    rooms = {path.split("/")[0] for path in CODE}
    assert {"train", "core", "data"} <= rooms
    assert not rooms & {"experiments", "exercises", "figures", "evidence"}
