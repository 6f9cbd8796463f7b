"""What a living kernel is told, and says, while one cell runs."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.grading.kernels.forks import Fork
from grader.grading.kernels.limits import Limits
from grader.grading.kernels.outputs import Outputs
from grader.grading.kernels.process import KernelProcess, Said


@dataclass
class Conversation:
    """One cell's, from its start to its end."""

    outputs: Outputs
    fork: Fork | None = None
    """If it's a test cell, which runs in a fork of the kernel."""
    count: int | None = None
    """The execution count, once the cell has ended."""
    lost: bool = False
    """Whether the kernel can't be used any more."""
    _token: str = ""
    _interrupted: str = ""
    """Why, once it was."""

    def hold(
        self,
        order: Mapping[str, Any],
        process: KernelProcess,
        limits: Limits,
        *,
        left: float,
        seconds: float,
    ) -> str:
        """Run the cell; returns why it was ended, if it was, as `Ran.end` has it.

        Args:
            left: seconds that the submission has.
            seconds: that the cell may take.
        """
        # Not to be guessed: a line that a learner wrote doesn't end the cell.
        self._token = secrets.token_hex(8)
        line = json.dumps({"run": self._token, **order}).encode()
        fds = [process.begin_aside().theirs.fileno()] if self.fork else []
        if not process.wire.send(line, fds):
            return self._lose("died")
        if process.aside is not None:
            process.aside.theirs.close()
        end = self._listen(process, limits, left=left, seconds=seconds)
        if self.fork is not None and self.fork.waits and not self.lost:
            process.leave_aside()
        else:
            process.end_aside()
        if self.fork is not None and self.lost:
            self.fork.close()
        return end

    def go_on(
        self, process: KernelProcess, limits: Limits, *, left: float, seconds: float
    ) -> str:
        """Have the fork that waits run its next part; the rest is as with `hold`."""
        assert self.fork is not None
        wire, self.fork.wire = self.fork.wire, None
        if wire is None:
            return "died"
        process.take_up_aside(wire, self.fork.pidfd)
        self.fork.tell(wire)
        end = self._listen(process, limits, left=left, seconds=seconds)
        process.end_aside()
        return end

    def _listen(
        self, process: KernelProcess, limits: Limits, *, left: float, seconds: float
    ) -> str:
        deadline = time.monotonic() + min(seconds, left)
        while True:
            wait = deadline - time.monotonic()
            said = process.listen(wait) if wait > 0 else None
            reason = ""
            if said is None:
                if self._interrupted:
                    return self._lose(self._interrupted)
                reason = "timeout" if seconds < left else "total"
            elif said.by == "end":
                return self._lose(self._interrupted or "died")
            elif said.by == "flood":
                return self._lose("output")
            elif said.by == "gone" or (said.by == "line" and self._is_reply(said.what)):
                for last in process.rest():
                    self._take(process, last)
                return self._interrupted
            elif said.by != "line":
                self._take(process, said)
            if self.outputs.received > limits.flood:
                reason = "output"
            if reason and not self._interrupted:
                self._interrupted = reason
                if self.fork is not None:
                    self.fork.kill()
                else:
                    process.interrupt()
                deadline = time.monotonic() + limits.grace

    def _lose(self, reason: str) -> str:
        self.lost = True
        return reason

    def _take(self, process: KernelProcess, said: Said) -> None:
        if said.by != "aside":
            self.outputs.write(said.by, said.what)
            return
        message = self.outputs.tell(said.what)
        if message is not None and self.fork is not None and process.aside is not None:
            output = self.fork.hear(*message, process.aside)
            if output is not None:
                self.outputs.add(output)

    def _is_reply(self, line: bytes) -> bool:
        match self.outputs.tell(line):
            case ("reply", {"run": token, "count": int(count)}) if token == self._token:
                self.count = count
                return True
        return False
