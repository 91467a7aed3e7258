"""Lets this room's tests import the helpers beside them (importlib mode adds no folder)."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
