"""What a living kernel is told, and says, while one cell runs."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.grading.kernels.limits import Limits
from grader.grading.kernels.outputs import Outputs
from grader.grading.kernels.process import KernelProcess, Said
from grader.grading.kernels.test_cells import Test


@dataclass
class Conversation:
    """One cell's, from its start to its end."""

    outputs: Outputs
    test: Test | None = None
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
        process: KernelProcess,
        order: Mapping[str, Any],
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
        fds = [process.begin_aside().theirs.fileno()] if self.test else []
        if not process.wire.send(line, fds):
            return self._lose("died")
        if process.aside is not None:
            process.aside.theirs.close()
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
            elif said.by == "line":
                if self._is_reply(said.what):
                    for last in process.rest():
                        self._take(process, last)
                    process.end_aside()
                    return self._interrupted
            else:
                self._take(process, said)
            if self.outputs.received > limits.flood:
                reason = "output"
            if reason and not self._interrupted:
                self._interrupted = reason
                if self.test is not None:
                    self.test.kill()
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
        if message is not None and self.test is not None and process.aside is not None:
            output = self.test.hear(*message, process.aside)
            if output is not None:
                self.outputs.add(output)

    def _is_reply(self, line: bytes) -> bool:
        match self.outputs.tell(line):
            case ("reply", {"run": token, "count": int(count)}) if token == self._token:
                self.count = count
                return True
        return False
