"""Nothing that code prints, warns, displays or plots is shown; what was there before comes back."""

import sys
import warnings

import matplotlib.pyplot as plt
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import clear_output, display

from reglab.exercises.silence import silence


def test_what_is_printed_and_warned_is_swallowed(capsys):
    with silence():
        print("out")
        print("err", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
    print("after")
    assert capsys.readouterr() == ("after\n", "")
    with pytest.warns(UserWarning, match="again"):
        warnings.warn("again", stacklevel=1)


def test_a_loop_that_prints_fills_no_memory():
    with silence():
        assert sys.stdout.write("x" * 5) == 5
        with pytest.raises(OSError):  # nothing to read: it is kept nowhere
            sys.stdout.read()


@pytest.fixture
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_what_is_displayed_is_swallowed_and_the_publisher_comes_back(shell, capsys):
    publisher = shell.display_pub
    with pytest.raises(ZeroDivisionError), silence():
        display("never shown")
        clear_output()
        _ = 1 / 0
    assert shell.display_pub is publisher
    display("shown")
    assert capsys.readouterr().out == "'shown'\n"


def test_figures_are_closed_but_not_those_of_others():
    mine = plt.figure().number
    with silence():
        plt.figure()
        plt.figure()
    assert plt.get_fignums() == [mine]
    plt.close(mine)
