"""Call code that may do anything: raise, print, warn, leave Python, never return.

How         In the main thread of Unix an alarm signal ends the call: it also wakes code that
            sleeps or waits. A watchdog thread raises in the caller's thread a second later, for
            code that turns the alarm off; in other threads, and on Windows, it does so alone.
            Both keep raising, so that a loop around `except:` ends too.
Limits      A single call into C that never comes back can only be ended by the alarm, and some not
            even by that (a huge matrix product); `os._exit` and a crash in C end the kernel. A
            KeyboardInterrupt passes, also one that the function raises itself.
"""

import contextlib
import ctypes
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import Any

from reglab.exercises.silence import silence

GRACE = 1.0  # seconds between the alarm and the watchdog behind it
TICK = 0.005  # seconds between two attempts to stop a call that swallowed the first
_UNDO: dict[int, list[Callable[[], None]]] = {}  # thread -> what its limited calls must undo


class TimeOut(BaseException):
    """The call took too long. Not an Exception, so that `except Exception` lets it through."""


class _Persistent(TimeOut):
    """A TimeOut that comes again at the next line, which after a bare `except:` is outside its try.

    CPython makes the instance, and so calls this, in the thread and frame that catches it.
    """

    def __init__(self) -> None:
        frame = sys._getframe(1)
        while frame is not None and frame.f_code is not limited.__code__:
            frame.f_trace = _raise_at_line
            frame = frame.f_back
        sys.settrace(_raise_at_line)


def _raise_at_line(frame: FrameType, event: str, arg: Any) -> Any:
    if event == "line":
        raise TimeOut
    return None if event == "call" else _raise_at_line  # not in functions called later


class Raised(Exception):
    """The call raised; the message says what, and in which line of the function."""


def limited(call: Callable[[], Any], seconds: float) -> Any:
    """Return call(), with all that it shows swallowed; TimeOut after `seconds`.

    A StopIteration becomes a RuntimeError, as in any generator.
    """
    in_main = threading.current_thread() is threading.main_thread()
    alarmed = in_main and hasattr(signal, "setitimer")
    watchdog = _Watchdog()
    clocks = [_Alarm(), watchdog] if alarmed else [watchdog]
    tracer, undo = sys.gettrace(), _UNDO.setdefault(threading.get_ident(), [])
    before = len(undo)
    with silence(), _silent_in_callbacks():
        try:
            watchdog.start(seconds + GRACE if alarmed else seconds)
            if alarmed:
                clocks[0].start(seconds)
            return next(_apart(call))
        finally:
            while True:  # a last TimeOut may arrive in here: then once more
                try:
                    for clock in clocks:
                        clock.stop()
                    if sys.gettrace() is not tracer:
                        sys.settrace(tracer)
                    break
                except TimeOut:
                    pass
            while len(undo) > before:  # what a TimeOut kept from being undone
                undo.pop()()


def _apart(call: Callable[[], Any]) -> Iterator[Any]:
    """Yield call(), with a sys.exc_info of its own, as generators have.

    A TimeOut that comes at the end of an `except` block would otherwise leave it there for good,
    and all later errors would be reported to have come "during handling of" it.
    """
    yield call()


@contextlib.contextmanager
def _silent_in_callbacks() -> Iterator[None]:
    """Report no TimeOut that arrives while Python runs a `__del__` or the callback of a weakref.

    There no exception gets any further than `sys.unraisablehook`. The next one ends the call.
    """
    before = sys.unraisablehook

    def report(lost: Any) -> None:
        if not issubclass(lost.exc_type, TimeOut):
            before(lost)

    sys.unraisablehook = report
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextlib.contextmanager
def undone(restore: Callable[[], None]) -> Iterator[None]:
    """Call `restore` at the end of the block, and at the end of the `limited` call around it.

    A TimeOut comes again and again until then, also while the end of a block is being run.
    """
    undo = _UNDO.setdefault(threading.get_ident(), [])
    undo.append(restore)
    try:
        yield
    finally:
        if restore in undo:  # else the `limited` call has called it
            restore()
            undo.remove(restore)


def guarded(function: Callable[..., Any], *args: Any, passing: type[Exception] | tuple = ()) -> Any:
    """Return function(*args); whatever it raises becomes `Raised`, even SystemExit.

    Only TimeOut, the reader's own interrupt (KeyboardInterrupt) and what is `passing` pass.
    """
    try:
        return function(*args)
    except (TimeOut, KeyboardInterrupt):
        raise
    except passing:
        raise
    except BaseException as error:
        raise Raised(_words(error) + _line(error.__traceback__, function)) from None


def _words(error: BaseException) -> str:
    """Say the error on one line that is the same on any machine."""
    try:
        said = " ".join(str(error).split())
    except (TimeOut, KeyboardInterrupt):
        raise
    except BaseException:
        said = ""
    said = re.sub(r"0x[0-9a-fA-F]+", "0x...", said)
    said = said if len(said) <= 200 else said[:200] + "..."
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _line(trace: TracebackType | None, function: Callable[..., Any]) -> str:
    """Say the line, counted from the function's `def`, when the error passed through it."""
    code, found = getattr(function, "__code__", None), ""
    while trace is not None and code is not None:
        if trace.tb_frame.f_code is code:
            found = f" (line {trace.tb_lineno - code.co_firstlineno + 1} of the function)"
        trace = trace.tb_next
    return found


class _Alarm:
    """SIGALRM, whose earlier handler is restored afterwards."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.handler = signal.getsignal(signal.SIGALRM)
        self.timer = signal.getitimer(signal.ITIMER_REAL)
        self.blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])

    def start(self, seconds: float) -> None:
        signal.signal(signal.SIGALRM, self._raise)
        signal.setitimer(signal.ITIMER_REAL, seconds, TICK)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        # If the call blocked the alarm, one may be waiting: let it come to this handler.
        signal.pthread_sigmask(signal.SIG_SETMASK, self.blocked)
        signal.signal(signal.SIGALRM, self.handler)
        delay, every = self.timer
        if delay:
            left = max(delay - (time.monotonic() - self.began), 1e-3)
            signal.setitimer(signal.ITIMER_REAL, left, every)

    @staticmethod
    def _raise(*_: Any) -> None:
        raise _Persistent


class _Watchdog:
    """A thread that raises TimeOut in the thread that started it (CPython only)."""

    def __init__(self) -> None:
        self.caller = ctypes.c_ulong(threading.get_ident())
        self.done, self.lock, self.has_raised = threading.Event(), threading.Lock(), False

    def start(self, seconds: float) -> None:
        with self.lock:  # no TimeOut inside of Thread.start, which would break its own locks
            threading.Thread(target=self._watch, args=(seconds,), daemon=True).start()

    def stop(self) -> None:
        with self.lock:
            self.done.set()
        if self.has_raised:
            # The last one may be on its way still. Withdrawing it (with NULL) would leave CPython
            # 3.11 in a state where the next sys.settrace hangs, so let one arrive here.
            with contextlib.suppress(TimeOut):
                self._raise(TimeOut)
                for _ in range(10**6):
                    pass

    def _watch(self, seconds: float) -> None:
        with self.lock:
            wait = seconds
        while not self.done.wait(wait):
            with self.lock:
                if not self.done.is_set():
                    self._raise(_Persistent)
            wait = TICK

    def _raise(self, error: type[TimeOut]) -> None:
        self.has_raised = True
        kind = ctypes.py_object(error)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(self.caller, kind)
