"""What a process does between being forked and being itself."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import random
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from grader.forkserver import descendants

Entry = Callable[[dict[str, Any], list[int]], int | None]
"""Given the order and the descriptors; returns the exit status, None for 0."""


NOTHING = "grader.forkserver.birth:nothing"
"""The entry of a warm process whose children know what to be."""


def named(name: str) -> Callable[..., Any]:
    """The function named as `package.module:function`."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def nothing(order: dict[str, Any], fds: list[int]) -> int:
    """The entry of a warm process that couldn't import its own."""
    return 1


def obstacle() -> str | None:
    """Why this process must not fork: threads, whose locks nobody would release."""
    try:
        count = len(os.listdir("/proc/self/task"))
    except OSError:
        count = threading.active_count()
    if count == 1:
        return None
    names = ", ".join(thread.name for thread in threading.enumerate())
    return f"the warm process has {count} threads ({names}) and can't fork safely"


def begin(*, parent: int) -> None:
    """Be a process of one's own, that ends with `parent`."""
    descendants.die_with_parent()
    if os.getppid() != parent:
        os._exit(1)  # it died before that held
    descendants.adopt()
    renew()


def renew() -> None:
    """Be as a process is at its beginning, in a session of one's own."""
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    _reseed()


def written(order: Any) -> int:
    """A file, to be closed, with an order: JSON, for `read` in another process."""
    descriptor = os.memfd_create("order")
    with os.fdopen(descriptor, "wb", closefd=False) as file:
        file.write(json.dumps(order).encode())
    return descriptor


def read(order: int) -> Any:
    """What the owner wrote into the order's file, which is closed."""
    with os.fdopen(order, "rb") as file:
        file.seek(0)
        return json.load(file)


def live(run: Entry, order: int, fds: list[int], *, parent: int) -> NoReturn:
    """Be a child of `parent`: carry out the order that a file holds, and end."""
    begin(parent=parent)
    status: int | None = 1
    try:
        whole = read(order)
        if whole["environment"] is not None:
            os.environ.clear()
            os.environ.update(whole["environment"])
        if whole["cwd"] is not None:
            os.chdir(whole["cwd"])
        status = run(whole["order"], fds)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int | None) else 1
    except BaseException:  # noqa: BLE001 - nothing may climb into the server's loop
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    # The interpreter's own end would visit, and so copy, every page.
    os._exit((status or 0) & 0xFF)


def _reseed() -> None:
    """Children of one parent must not throw the same dice."""
    random.seed()
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        numpy.seed()
