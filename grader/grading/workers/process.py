"""A worker: the process in which submissions are graded, one after the other.

It takes orders from the socket that it was started with and ends with the other side of
it, however that ends, so that a run that was killed leaves nothing behind.

    python -m grader.grading.workers.process --socket N --task MODULE:FUNCTION
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import importlib
import json
import os
import select
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

Task = Callable[..., dict[str, Any]]
"""`grade`, or what stands in for it: of a submission, a bundle and an isolation."""

_GRACE = 10.0
"""Seconds in which a worker that is left alone takes down what it started."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m grader.grading.workers.process")
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--task", required=True)
    options = parser.parse_args(arguments)
    # Before all others, and so called after them: they end what uses the folder.
    atexit.register(_remove_folder)
    signal.signal(signal.SIGTERM, _end)
    # A descriptor of its own: closing the socket here isn't the other side's end.
    leash = os.dup(options.socket)
    threading.Thread(target=_leash, args=[leash], daemon=True).start()
    try:
        with contextlib.closing(Connection(options.socket)) as orders:
            task = _named(options.task)
            orders.send_bytes(b"{}")  # what it takes is imported
            _serve(orders, task)
        return 0
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _serve(orders: Connection[Any, Any], task: Task) -> None:
    bundles: dict[str, Any] = {}
    while True:
        try:
            order = json.loads(orders.recv_bytes())
        except (EOFError, OSError):
            return
        if "bundle" in order:
            bundles[order["digest"]] = order["bundle"]
            continue
        try:
            answer: dict[str, Any] = {
                "result": task(
                    order["submission"],
                    bundles[order["digest"]],
                    isolation=order["isolation"],
                )
            }
        except Exception:  # noqa: BLE001 - a fault of ours must not cost a submission
            answer = {"fault": traceback.format_exc()}
        orders.send_bytes(json.dumps(answer).encode())


def _named(task: str) -> Task:
    module, _, function = task.partition(":")
    found: Task = getattr(importlib.import_module(module), function)
    return found


def _end(number: int, frame: FrameType | None) -> None:
    # An exception, so that kernels, labs and temporary folders go too.
    raise SystemExit(0)


def _leash(socket: int) -> None:
    """End this process once nobody holds the other side of the socket."""
    poll = select.poll()
    poll.register(socket, 0)
    poll.poll()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    _remove_folder()
    os._exit(1)


def _remove_folder() -> None:
    # Whoever started this worker gave it a folder of its own, and may be gone.
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
