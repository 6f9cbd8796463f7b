"""Plain nbgrader test cells: asserts, hidden tests, partial credit; no `check`.

They are run fail-closed: the cell's source is the bundle's and compiled here (see
`hardening`), it runs in a fork of the kernel, and it has passed only when a nonce that
stands behind its last line comes back from that fork. No output decides anything.
A learner's function sees what a hidden test calls it with, so hidden tests can wait:
from the first hidden statement on, a test runs when everything that its learner will
see has been said.

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

import itertools
import math
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from grader.grading.kernels.forks import Fork, error
from grader.grading.kernels.hardening import compiled, counts_points, has_value, plain
from grader.grading.kernels.outputs import Output
from grader.grading.kernels.wires import Wire


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


class PlainTest(Fork):
    """One test cell, from its source to what was found."""

    def __init__(
        self,
        source: str,
        maximum: float,
        *,
        released: str | None = None,
        borrowed: str = "",
        learners: Collection[str] = (),
    ) -> None:
        """See `Kernel.test`.

        Args:
            released: the source as learners have it, if what is hidden shall wait;
                empty if all of it shall.
            borrowed: statements of other cells that what is hidden needs.

        Raises:
            SyntaxError: the cell is wrong.
        """
        hidden = range(0)
        if released is not None:
            # A cell magic makes one line of all; its whole cell is hidden then.
            hidden = hidden_lines(plain(source), plain(released))
        self._nonce = secrets.token_hex(16)
        super().__init__(
            *compiled(
                source,
                nonce=self._nonce,
                learners=learners,
                hidden=hidden,
                borrowed=borrowed,
            )
        )
        self._source = source
        self._maximum = maximum
        self._hidden = hidden
        self._has_value = has_value(source)
        self._counts = counts_points(source)
        self.finding = Finding(False, 0.0, message="The test didn't come to its end")

    def hear(self, kind: str, content: dict[str, Any], wire: Wire) -> Output | None:
        """Take what the fork says; returns an output to be shown."""
        if kind == "done" and content.get("nonce") == self._nonce:
            self.finding = self._worth(content)
        elif kind == "failed":
            self.finding = _failed(content)
            return _shown(self.finding, content, self._source, self._hidden)
        return super().hear(kind, content, wire)

    def _worth(self, content: dict[str, Any]) -> Finding:
        if content.get("dishonest"):
            return Finding(
                False, 0.0, message="the test's value is an object of the learner's"
            )
        if "number" in content and not self._has_value:
            return Finding(False, 0.0, message="the test has no value, and one came")
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


def _shown(
    finding: Finding, content: dict[str, Any], source: str, hidden: Collection[int]
) -> Output:
    """The error as the cell's output, without a line that is hidden."""
    where = []
    lines = source.splitlines()
    if finding.line is not None and finding.line <= len(lines):
        line = lines[finding.line - 1]
        told = "a hidden test" if finding.line in hidden else line.strip()
        where.append(f"line {finding.line}: {told}")
    return error(finding.exception, str(content.get("evalue")), content, *where)


def hidden_lines(source: str, released: str) -> range:
    """The lines of a test cell, from 1, from the first to the last that is hidden.

    Args:
        source: the cell as it counts.
        released: the cell as learners have it.
    """
    ours, theirs = source.splitlines(), released.splitlines()
    above = _shared(ours, theirs)
    below = _shared(ours[above:][::-1], theirs[above:][::-1])
    return range(above + 1, len(ours) - below + 1)


def _shared(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """How many lines two texts begin with both."""
    pairs = zip(ours, theirs, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
