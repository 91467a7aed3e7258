"""Where tensors live: CUDA if there is one, else Apple's MPS, else the CPU.

The environment variable REGLAB_DEVICE overrides the choice, e.g. `REGLAB_DEVICE=cpu make test`.
"""

import os

import torch

VARIABLE = "REGLAB_DEVICE"


def available_devices() -> list[str]:
    """Names of the device types that this machine can use, the preferred one first."""
    cuda = ["cuda"] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]


def pick_device(name: str | torch.device | None = None) -> torch.device:
    """Return the device called `name`, or REGLAB_DEVICE, or the best one there is.

    Raises: ValueError if the name is unknown to torch, or the device is not on this machine.
    """
    wanted = str(name or os.environ.get(VARIABLE) or available_devices()[0])
    source = "" if name or VARIABLE not in os.environ else f" (from {VARIABLE})"
    there = ", ".join(available_devices())
    try:
        device = torch.device(wanted)
    except RuntimeError:
        raise ValueError(f"unknown device {wanted!r}{source}; this machine has {there}") from None
    too_high = device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count()
    if device.type not in available_devices() or too_high:
        raise ValueError(f"no device {wanted!r}{source} here; this machine has {there}")
    return device
