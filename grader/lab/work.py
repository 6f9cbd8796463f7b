"""Calling a learner's function for the examiner, and telling what came of it."""

from __future__ import annotations

import inspect
import json
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grader
from grader.lab.cloud import Cloud, from_wire
from grader.lab.confinement import OutOfTime, Output, confined

RESULT_LIMIT = 4_000_000
"""Bytes of JSON that a function may return to a check."""
_MESSAGE = 2000
"""Characters of an exception's message that are sent."""
_TRACEBACK_LINES = 30
_LINE = 500
"""Characters of a line of a traceback."""
_PACKAGE = str(Path(grader.__file__).parent)


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
            with confined(self.output, float(call["seconds"])):
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
    if inspect.iscoroutine(result):
        result.close()
        return {"unsendable": "a coroutine: write `def` where it says `async def`"}
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
    # The frames of this package and of libraries tell a learner nothing.
    story.stack = traceback.StackSummary.from_list(
        [
            frame
            for frame in story.stack
            if not frame.filename.startswith(_PACKAGE)
            and "site-packages" not in frame.filename
        ]
    )
    lines = [_cut(line, _LINE) for line in "".join(story.format()).splitlines()]
    if len(lines) > _TRACEBACK_LINES:
        half = _TRACEBACK_LINES // 2
        lines = [*lines[:half], "  …", *lines[-half:]]
    return {
        "raised": {
            "type": type(fault).__name__,
            "message": _cut(_message(fault), _MESSAGE),
            "traceback": "\n".join(lines),
        }
    }


def _message(fault: BaseException) -> str:
    try:
        return str(fault)
    except BaseException as another:  # noqa: BLE001 - a learner's __str__ may do so
        return f"(its message can't be read: {type(another).__name__})"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]} …"
