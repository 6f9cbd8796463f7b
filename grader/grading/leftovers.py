"""Temporary folders of processes that were killed: the next that grades removes them.

Whether a folder's owner lives is asked of a lock on it, which ends with its process:
a process id may be another's by now, or one of another container's.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from pathlib import Path

from grader.sandbox import reaper

KERNEL, MATERIAL = "serverless-kernel-", "serverless-material-"
"""What the names of such folders, and of nobody else's, begin with."""
_FRESH = 60.0
"""Seconds in which a folder's owner has claimed it."""


def claim(folder: str) -> int:
    """Say that somebody needs a folder, until the descriptor given is closed."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def sweep() -> None:
    """Remove this user's folders that nobody needs any more."""
    for kind in (KERNEL, MATERIAL):
        for folder in Path(tempfile.gettempdir()).glob(f"{kind}*"):
            # Another may remove it at the same time.
            with contextlib.suppress(OSError):
                if _is_left(folder):
                    reaper.remove(str(folder))


def _is_left(folder: Path) -> bool:
    status = folder.lstat()
    if status.st_uid != os.geteuid() or time.time() - status.st_mtime < _FRESH:
        return False
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
