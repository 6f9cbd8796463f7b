"""What holds while a function of a learner's runs for the examiner.

What it prints is kept apart, its time is limited, and exit() ends nothing.
"""

from __future__ import annotations

import contextlib
import io
import logging
import signal
import sys
import sysconfig
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any, NoReturn

OUTPUT_LIMIT = 10_000
"""Characters of what it prints that are kept."""
_AGAIN = 0.25
"""Seconds between interruptions of code that swallows them."""
_OF_WITH = (__file__, contextlib.__file__)
_LIBRARIES = tuple(
    sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)


class OutOfTime(BaseException):
    """Raised inside the learner's function; not an Exception, so it gets through."""


class Output(io.TextIOBase):
    """Keeps the first characters that are printed, and counts the others."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._room = OUTPUT_LIMIT
        self._dropped = 0

    def write(self, text: str) -> int:
        kept = text[: self._room]
        if kept:
            self._kept.append(kept)
        self._room -= len(kept)
        self._dropped += len(text) - len(kept)
        return len(text)

    def writable(self) -> bool:
        return True

    @property
    def text(self) -> str:
        """What was kept."""
        cut = f"\n… and {self._dropped} more characters" if self._dropped else ""
        return "".join(self._kept).rstrip("\n") + cut


@contextlib.contextmanager
def confined(output: Output, seconds: float) -> Iterator[None]:
    """Run a block within all limits.

    Raises:
        OutOfTime: it took longer than `seconds`.
    """
    with _captured(output), _exit_raises(), _time_limit(seconds):
        yield


@contextlib.contextmanager
def _captured(output: Output) -> Iterator[None]:
    """Keep prints, warnings and logging off the cell's stdout and stderr."""
    streams, stderr = (sys.stdout, sys.stderr), sys.stderr
    handlers = [handler for handler in _handlers() if handler.stream in streams]
    before = [handler.setStream(output) for handler in handlers]
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            yield
    finally:
        for handler, stream in zip(handlers, before, strict=True):
            handler.setStream(stream)
        # A handler that was made meanwhile would write to this output for ever.
        for handler in _handlers():
            if handler.stream is output:
                handler.setStream(stderr)


def _handlers() -> Iterator[logging.StreamHandler[Any]]:
    root = logging.getLogger()
    for known in [root, *root.manager.loggerDict.values()]:
        if isinstance(known, logging.Logger):
            for handler in known.handlers:
                if isinstance(handler, logging.StreamHandler):
                    yield handler


@contextlib.contextmanager
def _exit_raises() -> Iterator[None]:
    """Have exit() raise SystemExit, as in a script; a notebook's ends the kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        yield
        return
    shell.ask_exit = _exit
    try:
        yield
    finally:
        # The shell's own method is its class's.
        with contextlib.suppress(AttributeError):
            del shell.ask_exit


def _exit() -> NoReturn:
    raise SystemExit


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Interrupt what runs after a while, and again for code that swallows it.

    Only a main thread can be interrupted; elsewhere the examiner's own limit holds.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    entered, rings, over = _entered_by(), 0, False

    def ring(_signal: int, frame: FrameType | None) -> None:
        nonlocal rings
        if over:
            return
        rings += 1
        if rings > 1:
            _raise_in_handlers(frame, entered)
        raise OutOfTime

    before, traced = signal.signal(signal.SIGALRM, ring), sys.gettrace()
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
        _late_if(rings)
    except Exception:
        _late_if(rings)
        raise
    finally:
        over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if rings > 1:
            sys.settrace(traced)


def _late_if(rings: int) -> None:
    # What swallowed an interruption is late all the same, whatever it did then.
    if rings:
        raise OutOfTime


def _entered_by() -> FrameType | None:
    """The frame whose `with` block runs the learner's function."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_filename in _OF_WITH:
        frame = frame.f_back
    return frame


def _raise_in_handlers(frame: FrameType | None, entered: FrameType | None) -> None:
    """Have the next line of the learner's frames, maybe in an `except`, raise too.

    A loop around a bare `except` would catch the interruption for ever.
    """

    def again(_frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line":
            raise OutOfTime
        return again

    while frame is not None and frame is not entered:
        # One exception ends all tracing: not one in a `finally` of a library's.
        if not frame.f_code.co_filename.startswith(_LIBRARIES):
            frame.f_trace = again
        frame = frame.f_back
    # Frames that are new aren't traced.
    sys.settrace(lambda *_: None)
