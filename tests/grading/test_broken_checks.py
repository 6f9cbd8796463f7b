"""A check of ours that breaks costs nobody anything."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.grading.class_grading import grade
from grader.grading.course import Course

BROKEN = Path(__file__).with_name("broken_check")


@pytest.fixture(autouse=True)
def _broken_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lab processes whose check of hello-python breaks."""
    path = [str(BROKEN), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))


def test_a_broken_check_waits_for_the_instructor(
    solved_course: Course, submit: Callable[..., Path], answer: str, tmp_path: Path
) -> None:
    """No mark, no loss in the total, and feedback that says whose fault it is."""
    folder = submit("anna", answer=answer)
    work = tmp_path / "work"
    report = grade(solved_course, submitted=folder, work=work)
    assert report.troubles == ()
    assert [score.points for score in report.scores] == [None]
    said = str(report).splitlines()
    assert said[-3].split() == ["anna", "?", "0", "/", "0", "(4", "?)"]
    assert said[-1].startswith("? waits for the instructor")
    assert "a check itself broke" in (work / "report.html").read_text()
    row = (work / "report.csv").read_text().splitlines()[1]
    assert row.startswith("anna,phase2,hello-python,,4,broken,")
    feedback = work / "feedback" / "anna" / "phase2" / "greeting.html"
    assert "our fault and costs you nothing" in feedback.read_text()
