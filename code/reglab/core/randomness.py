"""Reseed torch's global generators for one run, and restore them after it.

nn.Linear and nn.Dropout draw from torch's global generators and take no other. Inside the block
those continue a private stream keyed by (seed, role), so that a run repeats and disturbs no other.
There is one set of them for all threads of Python: a second borrower waits until the first returns.
"""

import threading

import torch

from reglab.core.streams import stream_key

IN_USE = threading.RLock()


class KeyedRandomness:
    """A context manager; entering it again continues its stream where it was left.

    Args:
        seed, role: name the stream, as in reglab.core.stream.
        device: its generator is reseeded too, if it is a CUDA device.
    """

    def __init__(self, seed: int, role: str, device: torch.device | str = "cpu"):
        device = torch.device(device)
        self.generators = [torch.default_generator]
        if device.type == "cuda":
            index = torch.cuda.current_device() if device.index is None else device.index
            self.generators.append(torch.cuda.default_generators[index])
        key = stream_key(seed, role)
        own = [torch.Generator(device=g.device).manual_seed(key) for g in self.generators]
        self.states = [g.get_state() for g in own]

    def __enter__(self) -> "KeyedRandomness":
        IN_USE.acquire()
        self._swap()
        return self

    def __exit__(self, *error: object) -> None:
        self._swap()
        IN_USE.release()

    def _swap(self) -> None:
        outside = [g.get_state() for g in self.generators]
        for generator, state in zip(self.generators, self.states, strict=True):
            generator.set_state(state)
        self.states = outside
