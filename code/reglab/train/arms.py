"""Arms: named settings that vary together, such as each technique with its own learning rate.

An arm is a dict of any settings of a fleet (of the network, the training, the data), or a list,
which stands for dict(techniques=[...]). What an arm doesn't set has the value of the call; an arm
with a `model` of its own takes nothing from the call's model but what is varied there.
"""

import inspect
from collections.abc import Mapping
from typing import Any

SHARED = (
    "epochs", "seeds", "report", "keep", "dry_run", "memory", "progress", "device", "dtype", "arms",
)  # fmt: skip
VARIES = (list, range)


def check_arms(arms: Mapping[str, Any] | None, varied: Mapping[str, Any]) -> dict[str, dict]:
    """Return the settings of each arm by its name; one arm without a name if there are none.

    Args:
        arms: as `fleet` takes them.
        varied: what the call itself varies.
    Raises: ValueError if there is no arm, one is no dict or list, sets what all arms share or what
        the call varies, or holds a list of values.
    """
    if arms is None:
        return {"": {}}
    if not isinstance(arms, Mapping) or not arms:
        raise ValueError(f'arms must be a dict such as {{"none": [], ...}}; got {arms!r}')
    return {name: _check_arm(name, arm, varied) for name, arm in arms.items()}


def _check_arm(name: str, arm: Any, varied: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(arm, list | tuple):
        arm = {"techniques": arm}
    if not isinstance(arm, Mapping):
        raise ValueError(
            f"arm {name!r} must be a list of techniques or a dict of settings; got {arm!r}"
        )
    for setting, value in arm.items():
        if setting in SHARED:
            raise ValueError(f"arm {name!r} sets {setting}, which all arms share: set it beside")
        if setting in varied:
            raise ValueError(
                f"{setting} is varied beside the arms ({varied[setting]!r}) and set by arm "
                f"{name!r}: give each arm its own {setting}, or take it out of the arms"
            )
        if setting != "techniques" and isinstance(value, VARIES):
            raise ValueError(
                f"arm {name!r} sets {setting} to {value!r}; an arm has one value: vary {setting} "
                f"beside the arms, or write one arm for each value"
            )
    return dict(arm)


def names_of_make(make: Any) -> set[str]:
    """The names of the settings that a function takes, as far as its signature tells."""
    try:
        return set(inspect.signature(make).parameters)
    except (TypeError, ValueError):
        return set()
