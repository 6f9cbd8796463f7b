"""The folder that grading writes into: one run at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import WorkUnusable

_LOCK = ".lock"


@contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """The folder's whole path, made if it isn't there, and no other run's meanwhile.

    The claim ends with this process, however that ends.

    Raises: WorkUnusable.
    """
    folder = folder.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as fault:
        raise WorkUnusable(
            f"{folder} can't be written: {fault.strerror}; choose another with --work"
        ) from fault
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.read(descriptor, 20).decode(errors="replace").strip()
            raise WorkUnusable(
                f"another run (process {other or 'unknown'}) grades in {folder}: "
                "wait for its end, or choose another folder with --work"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield folder
    finally:
        os.close(descriptor)
