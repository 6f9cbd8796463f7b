"""The lab process, as seen from the kernel that starts it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import IO

from grader.errors import LabStartFailed

_ANNOUNCEMENT = b"AWS_ENDPOINT_URL="
_START_LIMIT = 30.0
_STOP_LIMIT = 5.0


class LabProcess:
    """One lab process and the pipe whose closing ends it."""

    def __init__(
        self, port: int, *, environment: Mapping[str, str] | None = None
    ) -> None:
        # The lab watches the reading end: it closes when this kernel ends, however
        # that happens, and then no lab is left behind.
        leash, self._leash = os.pipe()
        # Nobody reads stderr while the lab runs, and a full pipe would stop it.
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._child = subprocess.Popen(
                # -P: a learner's own moto.py in this folder is not the lab's.
                [
                    *(sys.executable, "-P", "-m", "grader.process"),
                    *("--port", str(port), "--parent-fd", str(leash)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                pass_fds=(leash,),
                # Ctrl-C in a cell goes to the kernel's process group only.
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )
        except BaseException:
            os.close(self._leash)
            self._complaints.close()
            raise
        finally:
            os.close(leash)
        try:
            self.endpoint_url = self._announced(port)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The lab's process id."""
        return self._child.pid

    def obituary(self) -> str:
        """How the process ended, in brackets; empty while it runs."""
        if self._leash < 0:
            return " (you stopped it)"
        status = self._child.poll()
        if status is None:
            return ""
        if status < 0:
            return f" (killed by {signal.Signals(-status).name})"
        return f" (exit status {status})"

    def stop(self) -> None:
        """End the process, kindly first; a second time does nothing."""
        if self._leash >= 0:
            os.close(self._leash)
            self._leash = -1
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(_STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()
        self._complaints.close()

    def _announced(self, port: int) -> str:
        stdout = self._child.stdout
        assert stdout is not None
        said = b""
        deadline = time.monotonic() + _START_LIMIT
        while b"\n" not in said:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([stdout], [], [], left)[0]:
                raise LabStartFailed(
                    f"the lab process didn't answer within {_START_LIMIT:g} s; "
                    "run `grader doctor` to check this machine"
                )
            chunk = os.read(stdout.fileno(), 4096)
            if not chunk:
                self._child.wait()
                raise LabStartFailed(self._complaint(port))
            said += chunk
        line = said.split(b"\n", 1)[0].strip()
        if not line.startswith(_ANNOUNCEMENT):
            raise LabStartFailed(
                f"the lab process said {line!r} instead of its address"
            )
        return line.removeprefix(_ANNOUNCEMENT).decode()

    def _complaint(self, port: int) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        last = lines[-1].strip() if lines else "it said nothing"
        where = f" on port {port}" if port else ""
        return f"the lab process didn't start{where}{self.obituary()}: {last}"
