"""Why a test found nothing to test: its answer had ended in an error itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.grading.repairing import RepairedCell
from grader.grading.sitting import Sat

_LENGTH = 300
"""Characters of an error's message."""
_STARTER = "NotImplementedError"


def cause(at: int, cells: Sequence[RepairedCell], sat: Mapping[int, Sat]) -> str:
    """A sentence on the answer that the test at a place missed, or nothing.

    The test itself can only say that a name isn't defined, or that nobody asked; of a
    hidden one it isn't told what it says.
    """
    test = sat[at]
    missed = "is not defined" in test.failure or (test.failure and test.hidden)
    if not missed and not (test.calls and test.failure and not test.finding.verdict):
        return ""
    for before in reversed(range(at)):
        cell, ran = cells[before], sat.get(before)
        if cell.is_test:
            return ""
        if cell.origin is None or not cell.origin.solution or ran is None:
            continue
        for output in ran.ran.outputs:
            if output["output_type"] == "error" and output["ename"] != _STARTER:
                said = f"{output['ename']}: {output['evalue']}"[:_LENGTH]
                return f"The answer above it, {cell.name}, had ended in {said}"
    return ""
