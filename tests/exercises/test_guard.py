"""The guard: endless code ends in every thread, and nothing of the caller's is left changed."""

import signal
import sys
import threading
import time
import warnings
import weakref

import numpy as np
import pytest

from reglab.exercises.guard import Raised, TimeOut, guarded, limited, undone


def spin():
    while True:
        pass


def spin_and_swallow():
    rng = np.random.default_rng(0)
    while True:
        try:
            rng.integers(3)
        except:  # noqa: E722  what a beginner writes
            pass


def spin_and_swallow_exceptions():
    while True:
        try:
            sum(range(100))
        except Exception:
            continue


def in_a_thread(function):
    """Return what function() returned or raised in a thread of its own."""
    box = []

    def work():
        try:
            box.append(function())
        except BaseException as error:
            box.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert not thread.is_alive(), "the call did not end"
    return box[0]


@pytest.mark.parametrize("function", [spin, spin_and_swallow, spin_and_swallow_exceptions])
@pytest.mark.parametrize("place", ["main", "thread"])
def test_endless_loops_end(function, place):
    began = time.monotonic()
    if place == "main":
        with pytest.raises(TimeOut):
            limited(function, 0.1)
    else:
        assert isinstance(in_a_thread(lambda: limited(function, 0.1)), TimeOut)
    assert time.monotonic() - began < 10  # a bound against hanging, no measure of speed


@pytest.mark.parametrize("place", ["main", "thread"])
def test_a_bare_except_swallows_nothing(place):
    swallowed = []

    def swallow():
        while True:
            try:
                sorted(range(50))
            except:  # noqa: E722
                swallowed.append(1)

    def run():
        with pytest.raises(TimeOut):
            limited(swallow, 0.1)

    assert (run() if place == "main" else in_a_thread(run)) is None
    assert not swallowed


@pytest.mark.parametrize("place", ["main", "thread"])
def test_what_two_excepts_swallow_comes_again(place):
    def stubborn():
        try:
            try:
                spin()
            except BaseException:
                pass
        except BaseException:
            pass
        spin()

    def run():
        with pytest.raises(TimeOut):
            limited(stubborn, 0.1)

    assert (run() if place == "main" else in_a_thread(run)) is None


@pytest.mark.parametrize("place", ["main", "thread"])
def test_a_time_out_lost_in_a_callback_is_not_reported_and_comes_again(place, monkeypatch):
    """As when garbage is collected just then: of a weakref's callback Python lets nothing pass."""
    reported, references = [], []

    def function():
        for callback in (lambda _: 1 / 0, lambda _: spin()):
            dying = set()
            references.append(weakref.ref(dying, callback))
            del dying  # the first TimeOut ends the second of these
        spin()

    def run():
        with pytest.raises(TimeOut):
            limited(function, 0.1)

    monkeypatch.setattr(sys, "unraisablehook", lambda lost: reported.append(lost.exc_type))
    assert (run() if place == "main" else in_a_thread(run)) is None
    assert reported == [ZeroDivisionError]


def test_time_outs_are_no_errors_of_the_function():
    with pytest.raises(TimeOut):
        limited(lambda: guarded(spin), 0.1)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs the alarm of Unix")
def test_sleep_ends_in_the_main_thread():
    began = time.monotonic()
    with pytest.raises(TimeOut):
        limited(lambda: time.sleep(30), 0.1)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("place", ["main", "thread"])
def test_nothing_arrives_late(place):
    """Calls that end just about when the time runs out: no TimeOut may leak out afterwards."""

    def many():
        ended = 0
        for _ in range(60):
            try:
                limited(lambda: time.sleep(0.004), 0.005)
            except TimeOut:
                ended += 1
        for _ in range(20):
            time.sleep(0.005)
        return ended

    assert isinstance(many() if place == "main" else in_a_thread(many), int)


def test_the_watchdog_waits_until_its_own_thread_is_started(monkeypatch):
    """A TimeOut inside Thread.start would break the locks in there."""
    started = []

    class Slow(threading.Thread):
        def start(self):
            super().start()
            time.sleep(0.05)
            started.append(1)

    def run():
        with monkeypatch.context() as patch:
            patch.setattr("reglab.exercises.guard.threading.Thread", Slow)
            limited(spin, 0.001)

    assert isinstance(in_a_thread(run), TimeOut) and started == [1]


def alarm_off():
    signal.setitimer(signal.ITIMER_REAL, 0)


def alarm_ignored():
    signal.signal(signal.SIGALRM, signal.SIG_IGN)


def alarm_blocked():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs the alarm of Unix")
@pytest.mark.parametrize("disarm", [alarm_off, alarm_ignored, alarm_blocked])
def test_code_that_turns_the_alarm_off_ends_too(disarm, monkeypatch):
    def function():
        disarm()
        spin()

    monkeypatch.setattr("reglab.exercises.guard.GRACE", 0.1)
    before = signal.getsignal(signal.SIGALRM), signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with pytest.raises(TimeOut):
        limited(function, 0.1)
    assert (
        signal.getsignal(signal.SIGALRM),
        signal.pthread_sigmask(signal.SIG_BLOCK, []),
    ) == before
    assert limited(lambda: 3, 1.0) == 3


def test_value_and_output():
    assert limited(lambda: 3, 1.0) == 3


def test_what_is_printed_and_warned_is_swallowed(capsys):
    def loud():
        print("out")
        print("err", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        return np.float64(1) / np.float64(0)

    assert limited(loud, 1.0) == np.inf
    assert capsys.readouterr() == ("", "")


def test_tracers_of_others_are_put_back():
    def mine(frame, event, arg):
        return None

    in_a_thread(lambda: limited(spin, 0.05))  # the watchdog must leave nothing behind, either
    before = sys.gettrace()
    sys.settrace(mine)
    try:
        with pytest.raises(TimeOut):
            limited(spin_and_swallow, 0.05)
        assert sys.gettrace() is mine
    finally:
        sys.settrace(before)


def test_alarm_and_timer_of_others_are_put_back():
    def mine(*_):
        raise AssertionError

    before = signal.signal(signal.SIGALRM, mine)
    signal.setitimer(signal.ITIMER_REAL, 100, 7)
    try:
        limited(lambda: time.sleep(0.05), 1.0)
        assert signal.getsignal(signal.SIGALRM) is mine
        left, every = signal.getitimer(signal.ITIMER_REAL)
        assert 90 < left < 99.96 and every == 7
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_errors_become_words():
    def broken(x):
        y = x + 1
        return y[3]

    with pytest.raises(Raised, match=r"^IndexError: .*\(line 3 of the function\)$"):
        guarded(broken, np.zeros(2))
    with pytest.raises(Raised, match=r"^ZeroDivisionError: division by zero \(line 1"):
        guarded(lambda: 1 / 0)


@pytest.mark.parametrize("error", [SystemExit(2), GeneratorExit(), MemoryError(), BaseException()])
def test_even_what_is_no_exception(error):
    def leave():
        raise error

    with pytest.raises(Raised, match=type(error).__name__):
        guarded(leave)


def test_deep_recursion_ends():
    def again(n):
        return again(n + 1)

    with pytest.raises(Raised, match="RecursionError"):
        guarded(again, 0)


def test_errors_of_builtins_have_no_line():
    with pytest.raises(Raised, match=r"^ValueError: .*'x'$"):
        guarded(int, "x")


def test_words_are_the_same_on_any_machine_and_short():
    class Odd(Exception):
        def __str__(self):
            raise ValueError

    def fail(error):
        raise error

    with pytest.raises(Raised, match=r"TypeError: no <object at 0x\.\.\.> here \(line 2"):
        guarded(fail, TypeError("no <object at 0x7f3c> \n here"))
    with pytest.raises(Raised, match=r"Odd \(line 2"):
        guarded(fail, Odd())
    for raised in (SystemExit, GeneratorExit):
        Odd.__str__ = lambda self, raised=raised: (_ for _ in ()).throw(raised)
        with pytest.raises(Raised, match=r"Odd \(line 2"):
            guarded(fail, Odd())
    with pytest.raises(Raised) as caught:
        guarded(fail, ValueError("x" * 9999))
    assert len(str(caught.value)) < 260


def test_interrupt_and_named_errors_pass():
    def stop(error):
        raise error

    with pytest.raises(KeyboardInterrupt):
        limited(lambda: guarded(stop, KeyboardInterrupt()), 1.0)
    with pytest.raises(LookupError):
        guarded(stop, KeyError(), passing=LookupError)


def test_what_a_call_changed_is_undone_however_it_ends():
    state = {"changed": False}

    def change(then):
        with undone(lambda: state.update(changed=False)):
            state["changed"] = True
            then()

    with pytest.raises(TimeOut):
        limited(lambda: change(spin), 0.05)
    assert not state["changed"]
    limited(lambda: change(lambda: None), 1.0)
    assert not state["changed"]


def test_no_exception_is_left_behind():
    """Else each later error would be shown as one "during handling of" the TimeOut."""

    def change():
        with undone(lambda: None):
            spin()

    for _ in range(5):
        with pytest.raises(TimeOut):
            limited(change, 0.02)
        assert sys.exc_info() == (None, None, None)


def test_what_a_timeout_kept_from_being_undone_is_undone_afterwards():
    begun = []

    def restore():
        begun.append("once more")
        if len(begun) == 1:
            spin()

    def change():
        with undone(restore):
            pass

    with pytest.raises(TimeOut):
        limited(change, 0.05)
    assert len(begun) == 2


def test_what_was_undone_after_a_timeout_is_not_undone_again():
    """A generator that a TimeOut left open is closed when it is collected, at any later time."""
    blocks, calls = [], []

    def left_open():
        blocks.append(undone(lambda: calls.append("restored")).gen)
        next(blocks[0])

    limited(left_open, seconds=5)
    assert calls == ["restored"]
    blocks[0].close()
    assert calls == ["restored"]
