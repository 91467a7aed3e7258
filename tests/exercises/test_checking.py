"""check(...): any function at all gets a report, and the report says the right thing."""

import os
import sys
import time

import nbclient
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from reglab.chapters.overfitting.exercises import bias_variance
from reglab.exercises import Report, available, check
from reglab.exercises.answers import expect, number, show
from reglab.exercises.checking import check_exercise
from reglab.exercises.exercise import Exercise, Mistake

SIZES = [np.ones(n) for n in (1, 2, 3, 5, 8)]


def toy():
    """Count: the sum of ones. It has one property, and one mistake."""
    exercise = Exercise(
        name="count",
        arguments=("x",),
        task="Count.",
        returns="one number",
        parse=lambda answer, *_: number(answer),
        cases=[(x,) for x in SIZES],
        reference=len,
    )

    @exercise.must("is the count", "Count them.")
    def _count(run, x):
        expect(run(x) == len(x), f"{run(x):g} of {len(x)}")

    @exercise.mistake("That is one more.")
    def _plus(x):
        return len(x) + 1

    return exercise


def statuses(report):
    return [result.status for result in report.results]


def test_a_sound_function_holds():
    report = check_exercise(toy(), len)
    assert report and statuses(report) == ["holds"] * 3


def test_the_first_failing_input_is_the_smallest_tried():
    report = check_exercise(toy(), lambda x: min(len(x), 2))
    *_, last = report.results
    assert statuses(report) == ["holds", "holds", "fails"]
    assert last.inputs == "x = np.array([1.0, 1.0, 1.0])"
    assert (last.found, last.hint) == ("2 of 3", "Count them.")


def test_what_a_property_makes_of_its_inputs_is_told():
    exercise = toy()

    @exercise.must("two more are counted", "Count all.")
    def _two_more(run, x):
        before = run(x)
        expect(run(np.append(x, [1, 1])) == before + 2, "not two more")

    @exercise.must("a copy counts as much", "")
    def _copy(run, x):
        expect(run(x) == run(x.copy()) == len(x), "other")

    *_, more, copy = check_exercise(exercise, lambda x: min(len(x), 4)).results
    assert (more.inputs, more.tried) == (f"x = {show(np.ones(3))}", f"x = {show(np.ones(5))}")
    assert (copy.inputs, copy.tried) == (f"x = {show(np.ones(5))}", "")


def test_a_known_mistake_gives_its_own_hint_once():
    *_, last = check_exercise(toy(), lambda x: len(x) + 1.0).results
    assert last.hint == "That is one more." and last.found == "2 of 1"
    swapped = check("bias_variance", lambda p, t: bias_variance(p, t)[::-1])
    failing = [result for result in swapped.results if result.status == "fails"]
    assert len(failing) > 1 and [bool(result.hint) for result in failing].count(True) == 1


def test_a_judge_may_know_the_better_hint():
    exercise = toy()
    exercise.must("is two", "General.")(lambda run, x: expect(run(x) == 2, "no", "Particular."))
    assert check_exercise(exercise, len).results[-1].hint == "Particular."


def test_changed_inputs_keep_their_hint_beside_a_mistake():
    def spoil_and_mistake(x):
        n = len(x)
        x *= 2
        return n + 1

    _, kept, last = check_exercise(toy(), spoil_and_mistake).results
    assert "copy" in kept.hint and last.hint == "That is one more."


def raises(error):
    def function(x):
        raise error

    return function


class Odd:
    """Whatever is done to it raises."""

    def __getattribute__(self, name):
        raise SystemExit(name)

    __array__ = __eq__ = __len__ = __float__ = __repr__ = __getattribute__
    __hash__ = None


async def waits(x):
    return len(x)


def yields(x):
    yield len(x)


BAD = {
    "None": lambda x: None,
    "Ellipsis": lambda x: ...,
    "NaN": lambda x: float("nan"),
    "wrong type": lambda x: "3",
    "wrong shape": lambda x: x,
    "object array": lambda x: np.array([None, {}], dtype=object),
    "ragged": lambda x: [[1], [2, 3]],
    "odd object": lambda x: Odd(),
    "itself": lambda x: BAD["itself"],
    "coroutine": waits,
    "generator": yields,
    "class": lambda x: Odd,
    "Exception": raises(ValueError("no")),
    "NotImplementedError": raises(NotImplementedError()),
    "SystemExit": raises(SystemExit()),
    "BaseException": raises(BaseException()),
    "AssertionError": raises(AssertionError()),
    "StopIteration": raises(StopIteration()),
    "recursion": lambda x: BAD["recursion"](x),
    "sys.exit": lambda x: sys.exit(3),
    "lying in wait": lambda x: len(x) if len(x) < 8 else 1 / 0,
}


@pytest.mark.parametrize("name", BAD)
def test_bad_code_gets_a_report(name, capsys):
    report = check_exercise(toy(), BAD[name])
    assert isinstance(report, Report) and not report
    first = report.results[0]
    assert first.status == "fails" and first.found and first.inputs.startswith("x = np.array([1.0")
    assert repr(report) == repr(check_exercise(toy(), BAD[name])) and "0x7" not in repr(report)
    assert report._repr_html_() and capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", available())
def test_bad_code_gets_a_report_in_every_exercise(name):
    for bad, function in BAD.items():
        report = check(name, lambda *inputs, function=function: function(inputs[0]))
        assert isinstance(report, Report) and not report, bad
        assert repr(report) and report._repr_html_(), bad


def test_an_error_only_in_later_properties_is_told_there():
    exercise = toy()

    @exercise.must("counts many", cases=[(np.ones(50),)])
    def _many(run, x):
        expect(run(x) == 50, "not 50")

    *_, last = check_exercise(exercise, lambda x: len(x) if len(x) < 9 else x[99]).results
    assert last.status == "fails" and "IndexError" in last.found


def test_what_is_broken_is_said_once():
    report = check_exercise(toy(), lambda x: None)
    assert statuses(report) == ["fails", "holds", "not checked"]
    assert "None. Is the return missing?" in report.results[0].found


def test_changed_inputs_are_noticed_and_do_no_harm():
    def spoil(x):
        n = len(x)
        x *= 2
        return n

    report = check_exercise(toy(), spoil)
    assert statuses(report) == ["holds", "fails", "holds"]
    kept = report.results[1]
    assert kept.found == "x became np.array([2.0])" and "copy" in kept.hint
    assert all((x == 1).all() for x in SIZES)


def test_printing_and_warning_do_no_harm(capsys):
    def loud(x):
        print("hello")
        np.log(x - 1)
        return len(x)

    assert check_exercise(toy(), loud)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "it is a value of type NoneType. Pass the function itself: check('count', count)"),
        (np.ones(3), "it is a value of type ndarray. Pass"),
        ("count", "it is a value of type str. Pass"),
        (lambda: 3, "its arguments are ()"),
        (lambda a, b: 3, "its arguments are (a, b)"),
        (lambda *, x: 3, "its arguments are (x)"),
    ],
)
def test_what_cannot_be_called_so(value, said):
    report = check_exercise(toy(), value)
    assert statuses(report) == ["fails", "not checked", "not checked"]
    assert report.results[0].says == "is a function count(x)"
    assert report.results[0].found.startswith(said)


def test_functions_without_a_signature_are_called():
    assert check_exercise(toy(), lambda *args, **more: len(*args))
    assert not check_exercise(toy(), iter)  # written in C


def test_endless_code_ends_the_check(monkeypatch):
    monkeypatch.setattr("reglab.exercises.checking.SECONDS", 0.2)

    def endless(x):
        while len(x) > 2:
            pass
        return len(x)

    began = time.monotonic()
    report = check_exercise(toy(), endless)
    assert statuses(report) == ["fails", "not checked", "not checked"]
    first = report.results[0]
    assert first.inputs == "x = np.array([1.0, 1.0, 1.0])" and "never ends" in first.hint
    assert first.found == "it took longer than 0.2 seconds" and time.monotonic() - began < 10


def test_a_slow_function_is_called_slow_and_not_endless(monkeypatch):
    monkeypatch.setattr("reglab.exercises.checking.SECONDS", 0.4)

    def slow(x):
        time.sleep(0.1)
        return len(x)

    report = check_exercise(toy(), slow)
    assert statuses(report) == ["not checked"] * 3 and not report
    first = report.results[0]
    assert first.found == "it took longer than 0.4 seconds for all inputs"
    assert "it is slow" in first.hint and "never ends" not in repr(report)


def slowly(function, seconds):
    def slow(*inputs):
        time.sleep(seconds)
        return function(*inputs)

    return slow


def test_the_whole_report_has_a_limit(monkeypatch):
    monkeypatch.setattr("reglab.exercises.checking.SECONDS_OF_ALL", 1.0)  # 5 calls a property
    began = time.monotonic()
    report = check_exercise(toy(), slowly(len, 0.12))
    assert time.monotonic() - began < 1.5
    assert statuses(report) == ["holds", "not checked", "not checked"]
    assert report.results[1].found == "all properties together took longer than 1 seconds"
    assert "it is slow" in report.results[1].hint


def test_known_mistakes_are_looked_for_within_the_limit_and_call_the_function_once_each(
    monkeypatch,
):
    monkeypatch.setattr("reglab.exercises.checking.SECONDS_OF_ALL", 2.0)
    toy_of_many = toy()
    toy_of_many.mistakes[:0] = [Mistake(str(i), lambda x: len(x) + 2) for i in range(20)]
    calls, plus_one = [], toy().mistakes[0].function
    report = check_exercise(toy_of_many, lambda x: calls.append(x) or plus_one(x))
    assert report.results[2].hint == "That is one more."
    # Two properties hold, the third fails at its first input, and one round is for 21 mistakes.
    assert len(calls) == 2 * len(SIZES) + 2 + len(SIZES)
    began = time.monotonic()
    report = check_exercise(toy_of_many, slowly(plus_one, 0.15))
    assert time.monotonic() - began < 2.5
    assert statuses(report) == ["holds", "holds", "fails"]
    assert report.results[2].hint == "Count them."  # no time was left


def test_a_wrong_answer_of_a_slow_function_is_wrong(monkeypatch):
    monkeypatch.setattr("reglab.exercises.checking.SECONDS", 5.0)
    report = check_exercise(toy(), lambda x: time.sleep(0.01) or 7)
    assert statuses(report) == ["holds", "holds", "fails"]


def test_unknown_names():
    with pytest.raises(ValueError, match="no exercise is called 'nothing'"):
        check("nothing", len)


KERNEL = """import os, sys, time
import matplotlib.pyplot as plt
from IPython.display import clear_output
from reglab.exercises import check
def choose_capacity(val_error, widths):
    print("working")
    {body}
check("choose_capacity", choose_capacity)"""


@pytest.mark.skipif(os.name == "nt", reason="the kernel's main thread has no alarm there")
def test_in_a_real_kernel_bad_code_leaves_a_report_and_a_kernel_that_lives():
    bodies = ["sys.exit()", "while True: pass", "time.sleep(99)"]
    bodies.append("display(widths); plt.plot([1]); plt.show(); clear_output(); plt.plot([2])")
    limit = "import reglab.exercises.checking as checking; checking.SECONDS = 0.3"
    cells = [limit, *(KERNEL.format(body=body) for body in bodies), "1 + 1"]
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    *checks, last = [cell.outputs for cell in notebook.cells[1:]]
    for (output,) in checks:  # one output each: nothing printed
        assert output.data["text/plain"].startswith("choose_capacity: 0 of 5 properties hold")
        assert output.data["text/html"].startswith('<div class="reglab-check"')
    assert last[0].data["text/plain"] == "2"
