"""The device: explicit name, then REGLAB_DEVICE, then the best there is; clear errors otherwise.

What a machine has is faked, so that every branch runs on every machine.
"""

import pytest
import torch

from reglab.core import pick_device
from reglab.core.device import VARIABLE, available_devices


@pytest.fixture
def machine(monkeypatch):
    """Pretend: machine(cuda=2, mps=True) has two GPUs and Apple's MPS."""

    def pretend(cuda=0, mps=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    monkeypatch.delenv(VARIABLE, raising=False)
    pretend()
    return pretend


def test_best_device_comes_first(machine):
    assert available_devices() == ["cpu"]
    assert pick_device() == torch.device("cpu")
    machine(mps=True)
    assert available_devices() == ["mps", "cpu"]
    assert pick_device() == torch.device("mps")
    machine(cuda=1, mps=True)
    assert available_devices() == ["cuda", "mps", "cpu"]
    assert pick_device() == torch.device("cuda")


def test_variable_overrides_the_best_and_the_argument_overrides_both(machine, monkeypatch):
    machine(cuda=2, mps=True)
    monkeypatch.setenv(VARIABLE, "mps")
    assert pick_device() == torch.device("mps")
    assert pick_device("cuda:1") == torch.device("cuda:1")


def test_empty_variable_counts_as_unset(machine, monkeypatch):
    machine(mps=True)
    monkeypatch.setenv(VARIABLE, "")
    assert pick_device() == torch.device("mps")


def test_a_torch_device_is_accepted_too(machine):
    assert pick_device(torch.device("cpu")) == torch.device("cpu")
    with pytest.raises(ValueError, match="no device 'cuda' here"):
        pick_device(torch.device("cuda"))


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps"])
def test_absent_device(machine, name):
    with pytest.raises(ValueError, match=f"^no device '{name}' here; this machine has cpu$"):
        pick_device(name)


def test_device_number_must_exist(machine):
    machine(cuda=2)
    assert pick_device("cuda:1").index == 1
    with pytest.raises(ValueError, match="^no device 'cuda:2' here; this machine has cuda, cpu$"):
        pick_device("cuda:2")


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "CPU "])
def test_unknown_name(machine, name):
    with pytest.raises(ValueError, match=f"^unknown device '{name}'; this machine has cpu$"):
        pick_device(name)


def test_error_says_when_the_name_came_from_the_variable(machine, monkeypatch):
    monkeypatch.setenv(VARIABLE, "gpu")
    with pytest.raises(ValueError, match=r"unknown device 'gpu' \(from REGLAB_DEVICE\)"):
        pick_device()
    monkeypatch.setenv(VARIABLE, "cuda")
    with pytest.raises(ValueError, match=r"no device 'cuda' \(from REGLAB_DEVICE\) here"):
        pick_device()
    with pytest.raises(ValueError, match="no device 'mps' here"):  # the argument, not the variable
        pick_device("mps")


def test_an_empty_variable_is_not_blamed(machine, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    with pytest.raises(ValueError, match="no device 'mps' here"):
        pick_device("mps")


def test_the_real_machine_has_what_it_says():
    for name in available_devices():
        assert torch.ones(2, device=pick_device(name)).sum() == 2
