"""Random streams keyed by (seed, role): a result never depends on what ran beside it.

Each use of randomness names its role ("init", "order", "noise", "split", "mask"...) and gets a
stream of its own. Two roles of one seed are independent, and drawing more from one never shifts
the other, which is what makes contrasts paired: the same seed means the same data and the same
initial weights, whatever else is varied.
"""

import hashlib

import numpy as np
import torch

from reglab.core.checks import check_count


def stream_key(seed: int, role: str) -> int:
    """Return 63 bits of SHA-256(seed, role): the same on any machine and Python version."""
    check_count("seed", seed, minimum=0)
    if not isinstance(role, str) or not role:
        raise ValueError(f"role must be a non-empty string such as 'init'; got {role!r}")
    digest = hashlib.sha256(f"{int(seed)}/{role}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1  # torch.Generator takes a signed 64-bit seed


def stream(seed: int, role: str, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a fresh torch generator for (seed, role).

    Equal keys give equal draws on one device type; CPU and CUDA draw different numbers.
    """
    return torch.Generator(device=device).manual_seed(stream_key(seed, role))


def numpy_stream(seed: int, role: str) -> np.random.Generator:
    """Return a fresh NumPy generator (Philox) for (seed, role): the same draws on any machine."""
    return np.random.Generator(np.random.Philox(stream_key(seed, role)))
