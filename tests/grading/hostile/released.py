"""The course that the cases are made from."""

from __future__ import annotations

import json
from pathlib import Path

from grader.grading.course import Course
from grader.grading.release import release
from tests.conftest import ROOT
from tests.grading.hostile.cases import SOURCES, STEMS


def released_course(root: Path) -> Course:
    """Write the course into a folder that isn't there yet, and release it."""
    course = Course(root)
    for assignment, document in SOURCES.items():
        path = course.solutions / assignment / f"{STEMS[assignment]}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(document))
    (root / "nbgrader_config.py").write_bytes(
        (ROOT / "nbgrader_config.py").read_bytes()
    )
    release(course)
    return course
