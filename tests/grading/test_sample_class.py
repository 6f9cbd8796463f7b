"""The sample class gets the marks that its table states."""

from __future__ import annotations

import csv
from pathlib import Path

from grader.grading.class_grading import grade
from grader.grading.course import Course

COURSE = Course(Path(__file__).parent.parent.parent)
PHASE = "phase2"


def test_the_sample_class_gets_its_marks(tmp_path: Path) -> None:
    """Each student's points per exercise are those of data/submitted/marks.csv."""
    with (COURSE.submitted / "marks.csv").open(newline="") as file:
        expected = {
            (row["student"], row["check"]): float(row["points"])
            for row in csv.DictReader(file)
        }
    report = grade(COURSE, [PHASE], submitted=COURSE.submitted, work=tmp_path)
    assert report.troubles == ()
    found = {(score.student, score.exercise): score.points for score in report.scores}
    assert found == expected
