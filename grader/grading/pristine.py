"""`check` as the course brings it, whatever a kernel's modules have become.

The text runs in the kernel of whoever is graded: in a test cell itself, or, where
kernels are ours, in the process that they are forked from, which saves each test cell
the import of 30 modules.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grader

NAME = "__examiner_check"
"""Unlikely on purpose: it lives in the learner's name space."""

FOLDER = str(Path(grader.__file__).parent.parent)
"""Where the package lies."""

IMPORT = f"""\
def {NAME}(folder):
    import os, sys
    is_ours = lambda name: name.partition(".")[0] == "grader"
    theirs = {{name: sys.modules.pop(name) for name in [*sys.modules] if is_ours(name)}}
    sys.path.insert(0, folder)
    try:
        from grader import lab
        from grader.lab import starting
    finally:
        sys.path.remove(folder)
        for name in [name for name in sys.modules if is_ours(name)]:
            del sys.modules[name]
        sys.modules.update(theirs)

    def attached(endpoint_url):
        os.environ["LAB_ENDPOINT_URL"] = endpoint_url
        starting.attach(endpoint_url)
        return lab.check

    return attached

{NAME} = {NAME}({FOLDER!r})
"""
"""Gives the name to what takes a lab's address and returns the lab's `check`."""


def attaching() -> Callable[[str], Any]:
    """What the text gives the name to; the modules are imported now."""
    space: dict[str, Any] = {}
    exec(IMPORT, space)
    made: Callable[[str], Any] = space[NAME]
    return made
