"""In a fork of the kernel: running a test cell that the grader compiled.

The fork has the learner's names and none of his threads, and a wire of its own to the
grader. What it says there isn't safe from code that is written against this module:
the learner's functions run in the same process as their test. See `test_cells`.
"""

from __future__ import annotations

import asyncio
import base64
import builtins
import decimal
import gc
import inspect
import json
import marshal
import numbers
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from types import CodeType
from typing import Any, NoReturn

from grader.grading.kernels.changes import Changes
from grader.grading.kernels.comparisons import Comparison, is_known
from grader.grading.kernels.hardening import FILENAME
from grader.grading.kernels.marks import COMPARE, KEEP, KEPT, REPORT, filled

_MESSAGE = 2000
"""Characters of an exception's message that are sent."""


class Originals:
    """Python as it was before the learner's first cell."""

    def __init__(self) -> None:
        self.builtins = dict(vars(builtins))
        self._modules = dict(sys.modules)
        self._changes = Changes(sys.modules)
        self._finders = list(sys.meta_path)
        self._hooks = list(sys.path_hooks)

    def restore(self) -> None:
        """Undo what a learner replaced, by mistake or not."""
        sys.settrace(None)
        sys.setprofile(None)
        threading.settrace(None)
        threading.setprofile(None)
        gc.callbacks.clear()
        there = vars(builtins)
        there.update(self.builtins)
        for name in there.keys() - self.builtins.keys():
            del there[name]
        if not self._changes.none_in(sys.modules):
            sys.modules.update(self._modules)
        sys.meta_path[:] = self._finders
        sys.path_hooks[:] = self._hooks
        for number in (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)


def judge(
    channel: socket.socket,
    originals: Originals | None,
    namespace: dict[str, Any],
    tell: Callable[[str, dict[str, Any]], None],
    pause: Callable[[], Callable[[], None]],
) -> NoReturn:
    """Be the fork: run what comes over the channel, tell how it ended, and end.

    Args:
        originals: what is put right again before the code of a test cell runs.
        tell: sends a message of Jupyter's protocol, or one of ours, over the channel.
        pause: is called after a part that isn't the last, tells that it was, and
            returns what is called when the next one has come.
    """
    leave = os._exit
    try:
        if originals is not None:
            originals.restore()
        tell("hello", {})
        run = _runner(originals, namespace, tell)
        go_on: Callable[[], None] | None = None
        with channel.makefile("rb") as lines:
            for line in lines:
                if go_on is not None:
                    go_on()
                order = json.loads(line)
                if order["code"] is not None:
                    run(marshal.loads(base64.b64decode(order["code"])))
                if order["last"]:
                    break
                go_on = pause()
    except BaseException as fault:  # noqa: BLE001 - whatever a learner's code raises
        tell("failed", told(fault))
    finally:
        leave(0)


def _runner(
    originals: Originals | None,
    namespace: dict[str, Any],
    tell: Callable[[str, dict[str, Any]], None],
) -> Callable[[CodeType], None]:
    """What runs one part; the parts share counters, and a loop for what they await."""
    kept: tuple[object, ...] = ()
    loop: asyncio.AbstractEventLoop | None = None

    def report(nonce: str, value: object) -> None:
        tell("done", {"nonce": nonce, **worth(value)})

    def keep(*values: object) -> None:
        nonlocal kept
        kept = values

    objects = {
        **(vars(builtins) if originals is None else originals.builtins),
        COMPARE: Comparison().compare,
        REPORT: report,
        KEEP: keep,
        KEPT: lambda: kept,
    }

    def run(code: CodeType) -> None:
        nonlocal loop
        whole = filled(code, objects)
        if not whole.co_flags & inspect.CO_COROUTINE:
            exec(whole, namespace)
            return
        # The kernel's own loop stands still in a fork.
        asyncio._set_running_loop(None)
        loop = loop or asyncio.new_event_loop()
        loop.run_until_complete(eval(whole, namespace))

    return run


def worth(value: object) -> dict[str, Any]:
    """What a test cell's last value says about its points.

    `number` is there when it is one; `dishonest` when a learner's type would have said
    which one it is.
    """
    kind = type(value)
    if kind in (int, float):
        return {"number": value}
    if kind is bool:
        return {}
    if issubclass(kind, numbers.Number | decimal.Decimal):
        return {"number": float(value)} if is_known(kind) else {"dishonest": True}  # type: ignore[arg-type]
    if not is_known(kind) and any(hasattr(kind, n) for n in ("__float__", "__index__")):
        return {"dishonest": True}
    return {}


def told(fault: BaseException) -> dict[str, Any]:
    """An exception, and where in the test and below it came up."""
    try:
        message = str(fault)
    except BaseException as another:  # noqa: BLE001 - a learner's __str__ may do so
        message = f"(its message can't be read: {type(another).__name__})"
    frames = traceback.extract_tb(fault.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == FILENAME]
    below = [
        f"  in {frame.name}, line {frame.lineno}: {frame.line}"
        for frame in frames
        if "ipykernel_" in frame.filename
    ]
    return {
        "ename": type(fault).__name__,
        "evalue": message[:_MESSAGE],
        "line": lines[-1] if lines else None,
        "below": [line[:500] for line in below[-10:]],
    }
