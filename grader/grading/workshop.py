"""The warm processes of a worker: kernels and labs are forked from them.

Started when the first submission needs them, kept for the next ones, and ended with the
worker.
"""

from __future__ import annotations

import atexit
import base64
import functools
import os
import shutil
import tempfile
import threading
from pathlib import Path

from grader.forkserver import ForkServer
from grader.grading import leftovers
from grader.grading.assignment import Assignment
from grader.grading.kernels import MOTO, warm_server
from grader.grading.labs import Labs
from grader.grading.seats import Seat, Seats, Setting
from grader.sandbox import Isolation, probe


class Workshop:
    """What the submissions of one worker share."""

    def __init__(self) -> None:
        self.seats = Seats(self._seat)
        self._lock = threading.Lock()
        self._kernels: dict[bool, ForkServer] = {}
        self._labs: Labs | None = None
        self._folder: str | None = None

    def kernels(self, *, pretending: bool = False) -> ForkServer:
        """Where kernels are forked, also those of notebooks that bring their moto."""
        with self._lock:
            if pretending not in self._kernels:
                prepare = (MOTO,) if pretending else ()
                self._kernels[pretending] = warm_server(prepare=prepare)
            return self._kernels[pretending]

    @property
    def labs(self) -> Labs:
        """Where labs are forked."""
        with self._lock:
            if self._labs is None:
                self._labs = Labs()
            return self._labs

    def material(self, assignment: Assignment) -> Path:
        """The folder with the course's data, written once for each bundle."""
        with self._lock:
            if self._folder is None:
                # Learners' code reads in it as another user where we are root.
                self._folder = tempfile.mkdtemp(prefix=leftovers.MATERIAL)
                self._claim = leftovers.claim(self._folder)
                os.chmod(self._folder, 0o755)
            folder = Path(self._folder) / assignment.digest
            if not folder.is_dir():
                _write(folder, assignment)
            return folder

    def close(self) -> None:
        """End all of it; the next submission starts it again."""
        self.seats.close()
        with self._lock:
            for kernels in self._kernels.values():
                kernels.close()
            if self._labs is not None:
                self._labs.close()
            if self._folder is not None:
                os.close(self._claim)
                shutil.rmtree(self._folder, ignore_errors=True)
            self._kernels = {}
            self._labs = self._folder = None

    def _seat(self, setting: Setting) -> Seat:
        return Seat(setting, self.kernels(pretending=setting.pretending), self.labs)


@functools.cache
def workshop() -> Workshop:
    """This process's own."""
    leftovers.sweep()
    made = Workshop()
    atexit.register(made.close)
    return made


@functools.cache
def isolation() -> Isolation:
    """What holds on this machine, found out once."""
    return probe()


def _write(folder: Path, assignment: Assignment) -> None:
    fresh = folder.with_suffix(".new")
    fresh.mkdir()
    for name, text in assignment.data.items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(text))
    fresh.rename(folder)
