"""Devices, random streams keyed by (seed, role), value checks."""

from reglab.core.checks import (
    check_choice,
    check_count,
    check_flag,
    check_list,
    check_momentum,
    check_nonnegative,
    check_positive,
    check_probability,
    check_shape,
)
from reglab.core.device import pick_device
from reglab.core.draws import normal_like, random_bits_like, uniform_like
from reglab.core.streams import numpy_stream, stream

__all__ = [
    "check_choice",
    "check_count",
    "check_flag",
    "check_list",
    "check_momentum",
    "check_nonnegative",
    "check_positive",
    "check_probability",
    "check_shape",
    "normal_like",
    "numpy_stream",
    "pick_device",
    "random_bits_like",
    "stream",
    "uniform_like",
]
