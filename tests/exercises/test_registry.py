"""The registry: names, chapters, errors that help."""

import pytest

from reglab.exercises import available
from reglab.exercises.registry import chapters, exercises, find


def test_available():
    assert list(available("overfitting")) == [
        "flip_labels",
        "bias_variance",
        "choose_capacity",
        "paired_interval",
    ]
    assert available().items() >= available("overfitting").items()
    assert all(task.endswith(".") for task in available().values())


def test_names_are_unique_and_found():
    every = [item for chapter in chapters() for item in exercises(chapter)]
    assert len({item.name for item in every}) == len(every) == len(available())
    assert all(find(item.name) is item for item in every)


def test_errors():
    with pytest.raises(ValueError, match="called 'flip_lables'; did you mean 'flip_labels'"):
        find("flip_lables")
    with pytest.raises(ValueError, match="called 'xyz'; there are min_norm|there are \\w+, \\w+"):
        find("xyz")
    with pytest.raises(ValueError, match="called 3; there are"):
        find(3)
    with pytest.raises(ValueError, match=r"swapped: write check\('name', function\)$"):
        find(find)
    with pytest.raises(ValueError, match="no exercises for 'nowhere'; there are some for "):
        available("nowhere")
