"""What the numbers were measured on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

PACKAGES = ("reglab", "torch", "numpy", "scipy", "scikit-learn", "xarray")


def describe() -> dict[str, Any]:
    """CPU, cores, load, operating system and versions."""
    return {
        "cpu": cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "load": load(),
        "system": platform.system(),
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
    }


def load() -> float | None:
    """Processes that wanted to run in the last minute, on average; None where not known."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def cpu(path: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name: from the file that Linux has for it, else what Python knows."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
