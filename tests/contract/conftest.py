"""Lets the batteries import the table beside them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # importlib mode adds no folder
