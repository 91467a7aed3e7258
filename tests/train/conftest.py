"""Lets the tests of this folder import the helpers beside them, and computes on one thread."""

import sys
from pathlib import Path

import pytest
import torch

for folder in (Path(__file__).parent, Path(__file__).parent / "engines"):
    sys.path.append(str(folder))  # importlib mode adds no folder


@pytest.fixture(autouse=True)
def _one_thread():
    # With one, no bit depends on other networks; two gain nothing and wait on a busy machine.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
