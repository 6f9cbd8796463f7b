"""Learning what a child will import, in a child that is thrown away."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import traceback

from grader.forkserver import birth


def rehearsed(function: str) -> None:
    """Import here what a function imports, without what else it does.

    A hand-kept list of modules would be wrong with the next release of a library.

    Raises:
        RuntimeError: the rehearsal failed; its traceback is on stderr.
    """
    before = set(sys.modules)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(reading)
            birth.named(function)()
            with os.fdopen(writing, "w") as file:
                json.dump([name for name in sys.modules if name not in before], file)
            status = 0
        except BaseException:  # noqa: BLE001 - the child must not go on as the parent
            traceback.print_exc()
        os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as file:
        names = file.read()
    _, status = os.waitpid(pid, 0)
    if status != 0:
        raise RuntimeError(f"the rehearsal {function} failed")
    for name in json.loads(names):
        # Some are made up by their package and can't be imported alone.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
