"""A worker as seen from the process that started it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from grader.errors import MachineLacking, WorkerLost

GRADE = "grader.grading.workers.grading:grade"
NUMBER = "GRADER_WORKER"
"""The variable that tells a worker which one of its machine's it is."""
_START_LIMIT = 120.0
_STOP_LIMIT = 15.0
_MARGIN = 300.0
"""Seconds beyond a submission's own limit after which a worker counts as lost."""


class Worker:
    """One process; it grades one submission at a time, and knows its bundles."""

    def __init__(self, task: str = GRADE, *, number: int | None = None) -> None:
        """`number` is one that no other worker of this machine has now."""
        self.number = number
        # A folder of its own, to be removed as a whole however it ends. Others may
        # pass through: code in it runs as another user where we are root.
        self._folder = tempfile.mkdtemp(prefix="grading-")
        os.chmod(self._folder, 0o711)
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        told = {"TMPDIR": self._folder}
        if number is not None:
            told[NUMBER] = str(number)
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                # -P: modules in the current folder are no part of the package.
                [
                    *(sys.executable, "-P", "-m", "grader.grading.workers.process"),
                    *("--socket", str(theirs.fileno()), "--task", task),
                ],
                stdin=subprocess.DEVNULL,
                stdout=self._complaints,
                stderr=self._complaints,
                pass_fds=[theirs.fileno()],
                # Ctrl-C is for the run alone, which ends its workers.
                start_new_session=True,
                env={**os.environ, **told},
            )
        self.connection: Connection[Any, Any] = Connection(ours.detach())
        self._known: set[str] = set()
        self._is_ready = False
        self.deadline = float("inf")
        """Of what it grades now, on the clock of `time.monotonic`."""

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def begin(
        self,
        submission: Mapping[str, Any],
        bundle: Mapping[str, Any],
        isolation: Mapping[str, Any] | None,
    ) -> None:
        """Give it a submission; its `connection` can be read once that is graded.

        Raises: WorkerLost; MachineLacking when the process couldn't even start.
        """
        self._await_start()
        digest = str(bundle["digest"])
        limit = float(bundle.get("limits", {}).get("submission", 1800.0))
        try:
            if digest not in self._known:
                self._send({"digest": digest, "bundle": bundle})
                self._known.add(digest)
            self._send(
                {"digest": digest, "submission": submission, "isolation": isolation}
            )
        except OSError as fault:
            raise WorkerLost(self._obituary()) from fault
        self.deadline = time.monotonic() + limit + _MARGIN

    def result(self) -> dict[str, Any]:
        """The result of what it was given last.

        Raises: WorkerLost when it ended, or took much too long.
        """
        if not self.connection.poll(max(0.0, self.deadline - time.monotonic())):
            self.kill()
            raise WorkerLost("the process that graded it didn't end in time")
        self.deadline = float("inf")
        try:
            answer = json.loads(self.connection.recv_bytes())
        except (EOFError, OSError) as fault:
            raise WorkerLost(self._obituary()) from fault
        if "fault" in answer:
            raise WorkerLost(f"grading itself broke: {_last_line(answer['fault'])}")
        result: dict[str, Any] = answer["result"]
        return result

    def close(self) -> None:
        """Let it end, at the latest when some seconds are over."""
        self.connection.close()
        try:
            self._process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
        self._clear()

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._clear()

    def let_go(self) -> None:
        """Tell it to end, without waiting for that."""
        self.connection.close()

    def _await_start(self) -> None:
        if self._is_ready:
            return
        try:
            if not self.connection.poll(_START_LIMIT):
                raise MachineLacking(f"no process for grading after {_START_LIMIT:g} s")
            self.connection.recv_bytes()
        except (EOFError, OSError) as fault:
            raise MachineLacking(
                f"grading can't start here: {self._obituary()}; "
                "run `grader doctor` to check this machine"
            ) from fault
        self._is_ready = True

    def _send(self, message: Mapping[str, Any]) -> None:
        self.connection.send_bytes(json.dumps(message).encode())

    def _obituary(self) -> str:
        try:
            status = self._process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            return "the process that graded it stopped answering"
        how = (
            f"killed by {signal.Signals(-status).name}"
            if status < 0
            else f"exit status {status}"
        )
        self._complaints.seek(0)
        said = _last_line(self._complaints.read()[-4000:].decode(errors="replace"))
        return f"the process that graded it ended ({how}){': ' if said else ''}{said}"

    def _clear(self) -> None:
        if not self.connection.closed:
            self.connection.close()
        if not self._complaints.closed:
            self._complaints.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip()[:300] if lines else ""
