"""Running a learner's function for the examiner, within limits."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

from grader.lab.cloud import Cloud, from_wire

RESULT_LIMIT = 4_000_000
"""Bytes of JSON that a function may return to a check."""
OUTPUT_LIMIT = 10_000
"""Characters of what it prints that are kept."""
_TRACEBACK_LINES = 30


class OutOfTime(BaseException):
    """Raised inside the learner's function; not an Exception, so it gets through."""


class Output(io.TextIOBase):
    """Keeps the first characters that are printed, and counts the others."""

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


@dataclass(frozen=True)
class Outcome:
    """What came of a call: the answer for the examiner."""

    answer: dict[str, Any]
    interrupted: KeyboardInterrupt | None = None


class Caller:
    """Calls a learner's functions for one check, whose handles live as long."""

    def __init__(self, cloud: Cloud) -> None:
        self.output = Output()
        self._cloud = cloud
        self._handles: dict[str, Cloud] = {}

    def run(self, function: Callable[..., Any], call: dict[str, Any]) -> Outcome:
        """Call a function as the examiner asks; it can't break out of this.

        `call` has `args` and `kwargs`, or in `at_once` the `args` of several calls
        that are made at the same moment, each in a thread of its own.
        """
        try:
            with _captured(self.output), _time_limit(float(call["seconds"])):
                if "at_once" in call:
                    given = [self._arguments(args) for args in call["at_once"]]
                    return Outcome({"answers": _at_once(function, given)})
                named = call["kwargs"].items()
                kwargs = {name: self._argument(value) for name, value in named}
                result = function(*self._arguments(call["args"]), **kwargs)
        except OutOfTime:
            return Outcome({"timed_out": True})
        except KeyboardInterrupt as interrupt:
            return Outcome(_raised(interrupt), interrupt)
        except BaseException as fault:  # noqa: BLE001 - SystemExit is the learner's too
            return Outcome(_raised(fault))
        return Outcome(_sendable(result))

    def _arguments(self, values: Iterable[Any]) -> list[Any]:
        return [self._argument(value) for value in values]

    def _argument(self, value: Any) -> Any:
        if not (isinstance(value, dict) and set(value) == {"$cloud"}):
            return value
        account = json.dumps(value, sort_keys=True)
        if account not in self._handles:
            self._handles[account] = from_wire(value["$cloud"], self._cloud)
        return self._handles[account]


def _at_once(
    function: Callable[..., Any], calls: list[list[Any]]
) -> list[dict[str, Any]]:
    """What came of calls that begin together, in the order given."""
    answers: list[dict[str, Any]] = [{} for _ in calls]
    together = threading.Barrier(len(calls))

    def call(at: int) -> None:
        together.wait()
        try:
            answers[at] = _sendable(function(*calls[at]))
        except BaseException as fault:  # noqa: BLE001 - SystemExit is the learner's too
            answers[at] = _raised(fault)

    threads = [
        threading.Thread(target=call, args=(at,), daemon=True)
        for at in range(len(calls))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def piece(work: object) -> dict[str, Any]:
    """A piece of work as the examiner is told of it."""
    if callable(work):
        return {
            "callable": True,
            "name": getattr(work, "__name__", type(work).__name__),
        }
    sendable = _sendable(work)
    if "result" in sendable:
        return {"value": sendable["result"]}
    return {"unsendable": sendable["unsendable"]}


def _sendable(result: object) -> dict[str, Any]:
    try:
        text = json.dumps(result, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as fault:
        kind = type(result).__name__
        return {"unsendable": f"a value of type {kind} ({fault})"}
    if len(text) > RESULT_LIMIT:
        return {
            "unsendable": f"{len(text)} characters, and {RESULT_LIMIT} is the limit"
        }
    return {"result": json.loads(text)}


def _raised(fault: BaseException) -> dict[str, Any]:
    story = traceback.TracebackException.from_exception(fault)
    # The frames of this module and of libraries tell a learner nothing.
    story.stack = traceback.StackSummary.from_list(
        [
            frame
            for frame in story.stack
            if frame.filename != __file__ and "site-packages" not in frame.filename
        ]
    )
    lines = "".join(story.format()).splitlines()
    if len(lines) > _TRACEBACK_LINES:
        half = _TRACEBACK_LINES // 2
        lines = [*lines[:half], "  …", *lines[-half:]]
    return {
        "raised": {
            "type": type(fault).__name__,
            "message": str(fault)[:2000],
            "traceback": "\n".join(lines),
        }
    }


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
def _time_limit(seconds: float) -> Iterator[None]:
    """Interrupt what runs after a while, and again for code that swallows it.

    Only a main thread can be interrupted; elsewhere the examiner's own limit holds.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
