"""Examples and Splits: rows stay together, parts never overlap, errors say what to do."""

import dataclasses

import pytest
import torch

from reglab.data import Examples, Splits


def examples(n, offset=0, width=3, dtype=torch.float32):
    """n examples of their own: row i holds offset + i, its class is i % 2."""
    x = (offset + torch.arange(n, dtype=dtype))[:, None].expand(n, width).clone()
    return Examples(x, torch.arange(n) % 2)


def splits(**changes):
    parts = {"train": examples(6), "val": examples(4, 100), "test": examples(5, 200), "classes": 2}
    return Splits(**{**parts, **changes})


def test_take_keeps_rows_together_and_copies():
    e = examples(6)
    part = e.take(torch.tensor([4, 1, 1]))
    assert part.x[:, 0].tolist() == [4, 1, 1] and part.y.tolist() == [0, 1, 1]
    part.x.fill_(-1)
    part.y.fill_(-1)
    assert e.x[:, 0].tolist() == [0, 1, 2, 3, 4, 5] and e.y.min() == 0
    assert e.take(e.y == 1).x[:, 0].tolist() == [1, 3, 5]
    assert e.take([2]).x[:, 0].tolist() == [2]
    assert len(e.take(torch.tensor([], dtype=torch.int64))) == 0


def test_to_converts_reals_and_leaves_classes_alone():
    e = examples(3).to(dtype=torch.float64)
    assert e.x.dtype == torch.float64 and e.y.dtype == torch.int64
    real = Examples(torch.ones(3, 1), torch.ones(3)).to("cpu", torch.float64)
    assert real.x.dtype == real.y.dtype == torch.float64
    assert examples(3).to("meta").y.device.type == examples(3).to("meta").x.device.type == "meta"
    s = splits().to(dtype=torch.float64)
    assert [p.x.dtype for p in s.parts().values()] == [torch.float64] * 3
    assert [len(p) for p in s.parts().values()] == [6, 4, 5] and s.classes == 2


def test_both_are_frozen_and_print_shapes_not_numbers():
    with pytest.raises(dataclasses.FrozenInstanceError):
        examples(2).x = torch.ones(2, 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        splits().train = examples(2)
    assert repr(examples(2)) == "Examples(x=float32(2, 3), y=int64(2,))"
    assert "val=Examples(x=float32(4, 3)" in repr(splits())


def test_parts_come_in_order():
    assert list(splits().parts()) == ["train", "val", "test"]
    assert splits().parts()["val"] is not splits().parts()["test"]
    s = splits()
    assert s.parts() == {"train": s.train, "val": s.val, "test": s.test}


@pytest.mark.parametrize("x, y", [((3, 2), (2,)), ((3,), ()), ((), (3,)), ((0, 2), (1,))])
def test_examples_need_equal_lengths(x, y):
    with pytest.raises(ValueError, match="x and y need one row per example each; got shapes"):
        Examples(torch.zeros(x), torch.zeros(y))


def test_examples_need_tensors():
    with pytest.raises(ValueError, match=r"x must be a tensor; got list; use torch.as_tensor\(x\)"):
        Examples([[1.0]], torch.zeros(1))
    with pytest.raises(ValueError, match="y must be a tensor; got ndarray"):
        Examples(torch.zeros(1, 1), torch.zeros(1).numpy())


@pytest.mark.parametrize("one, other", [("train", "val"), ("train", "test"), ("val", "test")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_one_shared_example_is_caught(one, other, dtype):
    parts = {name: e.to(dtype=dtype) for name, e in splits().parts().items()}
    parts[other].x[1] = parts[one].x[-1]  # its class may differ: a flipped label hides no leak
    with pytest.raises(ValueError, match=rf"{one} and {other} share 1 example.*draw disjoint"):
        Splits(**parts, classes=2)


def test_overlap_ignores_the_sign_of_zero_and_memory_layout():
    base = torch.zeros(3, 2)
    base[0] = -0.0
    train = Examples(base[:1], torch.zeros(1).long())
    test = Examples(base.T.contiguous().T[1:2], torch.zeros(1).long())
    with pytest.raises(ValueError, match="train and test share 1"):
        Splits(train, examples(1, 100, 2), test, 2)


def test_images_are_compared_whole():
    x = torch.arange(24.0).view(3, 2, 2, 2)
    parts = [Examples(x[i : i + 1], torch.zeros(1).long()) for i in range(3)]
    assert Splits(*parts, 2).classes == 2
    with pytest.raises(ValueError, match="train and val share 1"):
        Splits(parts[0], parts[0], parts[2], 2)


def test_real_targets_may_repeat_a_design_point_but_not_an_observation():
    x = torch.arange(8.0).view(4, 2)
    train, val, test = (Examples(x, torch.arange(4.0) + shift) for shift in (0, 10, 20))
    assert Splits(train, val, test).classes is None
    test.y[2] = train.y[2]
    with pytest.raises(ValueError, match="train and test share 1"):
        Splits(train, val, test)


def test_single_numbers_may_coincide_by_chance_only():
    train, val, test = (examples(200, offset, width=1) for offset in (0, 198, 1000))
    assert len(Splits(train, val, test, 2).val) == 200  # 2 of 200 shared
    with pytest.raises(ValueError, match="train and val share 3"):
        Splits(train, examples(200, 197, width=1), test, 2)


def test_not_checked_where_rounding_or_the_device_forbids_it():
    coarse = splits().to(dtype=torch.float64)
    coarse.val.x[0] = coarse.train.x[5] + 1e-6
    assert coarse.to(dtype=torch.bfloat16).train.x.dtype == torch.bfloat16
    assert splits().to("meta").test.x.device.type == "meta"


def test_parts_may_be_empty():
    none = Examples(torch.empty(0, 3), torch.empty(0, dtype=torch.int64))
    assert len(splits(val=none, test=none).val) == 0


def test_parts_need_one_shape_of_input():
    with pytest.raises(ValueError, match=r"inputs of one shape; got .*'val': \(4,\)"):
        splits(val=examples(4, 100, width=4))


@pytest.mark.parametrize("name", ["train", "val", "test"])
def test_classes_are_checked(name):
    bad = splits().parts()[name]
    with pytest.raises(ValueError, match=f"classes of {name} must be int64; got torch.float32"):
        splits(**{name: Examples(bad.x, bad.y.float())})
    for shift, low, high in [(1, 1, 2), (-1, -1, 0)]:
        with pytest.raises(ValueError, match=f"{name} holds classes {low} .. {high}; .* 0 .. 1"):
            splits(**{name: Examples(bad.x, bad.y + shift)})


def test_large_numbers_whose_sum_is_infinite_are_finite_themselves():
    def part():
        return Examples(torch.full((4, 2), 3e38) * torch.rand(4, 2), torch.zeros(4, 1))

    assert len(Splits(part(), part(), part()).train) == 4


def test_soft_targets_of_one_part():
    part = Examples(torch.randn(4, 2), torch.full((4, 3), 1 / 3))
    hard = Examples(torch.randn(4, 2), torch.tensor([0, 1, 2, 0]))
    other = Examples(torch.randn(4, 2), torch.tensor([0, 1, 2, 0]))
    splits = Splits(part, hard, other, classes=3).to(dtype=torch.float64)
    assert splits.train.y.dtype == torch.float64 and splits.val.y.dtype == torch.int64
    Splits(part.to(dtype=torch.bfloat16), hard.to(dtype=torch.bfloat16), other, classes=3)
    for y, message in [
        (torch.full((4, 2), 0.5), r"soft targets of train must be \(N, 3\); got \(4, 2\)"),
        (torch.full((4, 3), 0.5), r"must be probabilities that sum to 1; got \[0.5, 0.5, 0.5\]"),
        (torch.tensor([[1.5, -0.5, 0.0]] * 4), r"use z.softmax\(1\)"),
        (torch.full((4, 3), torch.nan), "train.y holds NaN"),
    ]:
        with pytest.raises(ValueError, match=message):
            Splits(Examples(part.x, y), hard, other, classes=3)
