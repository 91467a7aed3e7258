"""Lets the tests of threads train the small networks of `train_toys`."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "train"))  # importlib mode adds no folder
