"""The grader's end of a fork of a kernel, which runs code of ours in one part or two.

What is hidden from learners is the second part. Between the two the fork waits, and
has got no word of it: it is told when all that a learner will ever see of this kernel
has been said.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
from typing import Any

from grader.grading.kernels.outputs import Output
from grader.grading.kernels.wires import Wire


class Fork:
    """One fork; what comes of its code is for those to tell who know the code."""

    def __init__(
        self,
        first: bytes | None,
        second: bytes | None = None,
        *,
        is_examined: bool = False,
    ) -> None:
        """The marshalled code of its parts; nothing runs first where that is hidden.

        Args:
            is_examined: finds the pristine `check` by its name, and all else as the
                learner's cells left it.
        """
        self._parts = (first, second) if second is not None else (first,)
        self._is_examined = is_examined
        self._told = 0
        """How many parts it was sent."""
        self._pidfd = -1
        self.wire: Wire | None = None
        """To it, as long as it waits."""

    @property
    def order(self) -> dict[str, Any]:
        """What the kernel is told of it."""
        return {
            "fork": True,
            "waits": len(self._parts) > 1,
            "examined": self._is_examined,
        }

    @property
    def waits(self) -> bool:
        """Whether it has run its first part, and waits for the second."""
        return self.wire is not None

    @property
    def pidfd(self) -> int:
        """Its process, as a descriptor that can be read when it ends."""
        return self._pidfd

    def hear(self, kind: str, content: dict[str, Any], wire: Wire) -> Output | None:
        """Take what it says; returns an output to be shown."""
        if kind == "hello" and self._pidfd < 0:
            self._pidfd = os.pidfd_open(wire.pid)
            self.tell(wire)
        elif kind == "paused":
            self.wire = wire
        elif kind == "failed":
            name, message = str(content.get("ename")), str(content.get("evalue"))
            return error(name, message, content)
        return None

    def tell(self, wire: Wire) -> bool:
        """Send it its next part; False if it's gone."""
        code = self._parts[self._told]
        self._told += 1
        order = {
            "code": None if code is None else base64.b64encode(code).decode(),
            "last": self._told == len(self._parts),
        }
        return wire.send(json.dumps(order).encode())

    def kill(self) -> None:
        """End it, when it took too long."""
        if self._pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def begin_again(self) -> None:
        """Forget the process: its kernel has died, and another will fork it."""
        self.close()
        self._told = 0

    def close(self) -> None:
        """Let go of it; again does nothing."""
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1
        if self.wire is not None:
            self.wire.close()
            self.wire = None


def error(name: str, message: str, content: dict[str, Any], *where: str) -> Output:
    """What a fork says of an exception as a cell's output.

    Args:
        where: lines of ours above those of the learner's functions.
    """
    below = content.get("below")
    lines = [*where]
    if isinstance(below, list):
        lines += [line for line in below if isinstance(line, str)]
    said = f"{name}: {message}" if message else name
    return {
        "output_type": "error",
        "ename": name,
        "evalue": message,
        "traceback": [*lines, said],
    }
