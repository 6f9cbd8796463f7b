"""What a run says of its results."""

from __future__ import annotations

import io
from typing import Any

from grader.grading.progress import Progress


def _result(*kinds: str) -> dict[str, Any]:
    problems = [{"kind": kind, "cell": None, "message": kind} for kind in kinds]
    return {"student": "ada", "assignment": "toy", "problems": problems}


def test_only_what_a_person_should_look_at_is_counted() -> None:
    """What was mended is told under another word."""
    said = io.StringIO()
    progress = Progress(said)
    progress.expect(3)
    for result in (_result("file name", "moved cell"), _result("cut"), _result()):
        progress.count(result)
    progress.summarise()
    *lines, summary = said.getvalue().splitlines()
    assert lines == [
        "mended: ada, toy: file name",
        "mended: ada, toy: moved cell",
        "problem: ada, toy: cut",
    ]
    assert summary.endswith("1 with problems")
    assert summary.startswith("graded 3 in ")
