"""Plain nbgrader test cells: asserts, hidden tests, partial credit; no `check`.

They are run fail-closed: the cell's source is the bundle's and compiled here (see
`hardening`), it runs in a fork of the kernel, and it has passed only when a nonce that
stands behind its last line comes back from that fork. No output decides anything.

**What can still be forged.** The learner's functions run in the process that tests
them, so nothing in it is out of their reach. Somebody who writes code against *this
grader* can pass a plain test cell without doing the work:

* a function that walks up the frames to the test's code object finds the nonce among
  its constants, and the fork's socket among the open files; it can send the one over
  the other;
* the comparison that the test calls, or its bytecode, can be found with `gc` or
  `ctypes` and changed in place;
* a library that the test itself uses (`numpy.testing`, `math`) can be patched;
* a value of the learner's own type can give the right answer to `len`, arithmetic,
  indexing or attributes without being what it should be;
* a class can be planted in a library's module so that its `__eq__` is believed.

What a `check` judges can't be forged in these ways, since the examiner is another
process. So marks that matter belong into checks; plain test cells are for those who
could as well have solved the exercise.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import secrets
import signal
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from grader.grading.kernels.hardening import compiled, counts_points
from grader.grading.kernels.outputs import Output
from grader.grading.kernels.wires import Wire

_HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")


@dataclass(frozen=True)
class Finding:
    """What came of a test cell."""

    passed: bool
    """All of it, or partial credit of more than nothing."""
    share: float
    """Of the maximum, 0 to 1."""
    exception: str = ""
    """The name of what was raised, such as AssertionError."""
    message: str = ""
    """What is wrong, in a sentence."""
    line: int | None = None
    """Of the test cell where that came up; 1 is the first."""


class Test:
    """One test cell, from its source to what was found."""

    def __init__(
        self, source: str, maximum: float, *, learners: Collection[str] = ()
    ) -> None:
        """See `Kernel.test`.

        Raises:
            SyntaxError: the cell is wrong.
        """
        self._source = source
        self._maximum = maximum
        self._nonce = secrets.token_hex(16)
        self._counts = counts_points(source)
        code = compiled(source, nonce=self._nonce, learners=learners)
        self._order = json.dumps({"code": base64.b64encode(code).decode()}).encode()
        self._pidfd = -1
        self.finding = Finding(False, 0.0, message="The test didn't come to its end")

    def hear(self, kind: str, content: dict[str, Any], aside: Wire) -> Output | None:
        """Take what the fork says; returns an output to be shown."""
        if kind == "hello" and self._pidfd < 0:
            self._pidfd = os.pidfd_open(aside.pid)
            aside.send(self._order)
        elif kind == "done" and content.get("nonce") == self._nonce:
            self.finding = self._worth(content)
        elif kind == "failed":
            self.finding = _failed(content)
            return _shown(self.finding, content, self._source)
        return None

    def kill(self) -> None:
        """End the fork, which took too long."""
        if self._pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def close(self) -> None:
        if self._pidfd >= 0:
            os.close(self._pidfd)

    def _worth(self, content: dict[str, Any]) -> Finding:
        if content.get("dishonest"):
            return Finding(
                False, 0.0, message="the test's value is an object of the learner's"
            )
        if "number" not in content:
            if self._counts:
                return Finding(False, 0.0, message="the test's value is no number")
            return Finding(True, 1.0)
        number = content["number"]
        honest = isinstance(number, int | float) and not isinstance(number, bool)
        if not honest or not math.isfinite(number) or not 0 <= number <= self._maximum:
            return Finding(
                False,
                0.0,
                message=f"the test's value, {number}, isn't in 0 … {self._maximum:g}",
            )
        share = number / self._maximum if self._maximum else 0.0
        return Finding(share > 0, share)


def _failed(content: dict[str, Any]) -> Finding:
    name, message, line = (content.get(key) for key in ("ename", "evalue", "line"))
    return Finding(
        False,
        0.0,
        exception=str(name),
        message=f"{name}: {message}" if message else str(name),
        line=line if isinstance(line, int) and line > 0 else None,
    )


def _shown(finding: Finding, content: dict[str, Any], source: str) -> Output:
    """The error as the cell's output, without a line that is hidden."""
    where = []
    lines = source.splitlines()
    if finding.line is not None and finding.line <= len(lines):
        line = lines[finding.line - 1]
        told = "a hidden test" if is_hidden(source, finding.line) else line.strip()
        where.append(f"line {finding.line}: {told}")
    below = content.get("below")
    if isinstance(below, list):
        where += [line for line in below if isinstance(line, str)]
    return {
        "output_type": "error",
        "ename": finding.exception,
        "evalue": str(content.get("evalue")),
        "traceback": [*where, finding.message],
    }


def is_hidden(source: str, line: int) -> bool:
    """Whether a line of a test cell, from 1, is in a region of hidden tests."""
    hidden = False
    for text in source.splitlines()[:line]:
        if text.strip().startswith(_HIDDEN[0]):
            hidden = True
        elif text.strip().startswith(_HIDDEN[1]):
            hidden = False
    return hidden
