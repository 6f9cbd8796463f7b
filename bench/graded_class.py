"""Grading a class: one try, in an interpreter of its own.

Run as `python -m bench.graded_class COURSE ASSIGNMENT JOBS COUNT`. As many submissions
as asked for are graded, those of the course's class over and over, each by a student of
its own. Prints as JSON the seconds to the first result, those from each result to the
next, and the most memory that this process, the coordinator, has used.
"""

from __future__ import annotations

import base64
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PREFIX = "GRADED_CLASS "


def graded(root: Path, assignment: str, jobs: int, count: int) -> dict[str, Any]:
    """Grades, and says how long it took."""
    began = time.perf_counter()
    from grader.grading.bundle import make_bundle
    from grader.grading.course import Course
    from grader.grading.workers.pool import Pool

    course = Course(root)
    bundles = {assignment: make_bundle(course, assignment)}
    moments, statuses = [], Counter[str]()
    with Pool(bundles, None, jobs=jobs) as pool:
        for result in pool.graded(_submissions(course.submitted, assignment, count)):
            moments.append(time.perf_counter() - began)
            statuses[result["status"]] += 1
    return {
        "first": moments[0],
        "following": [b - a for a, b in itertools.pairwise(moments)],
        "statuses": statuses,
    }


def _submissions(folder: Path, assignment: str, count: int) -> Iterator[dict[str, Any]]:
    students = itertools.cycle(sorted(folder.glob(f"*/{assignment}")))
    for number, handed_in in enumerate(itertools.islice(students, count)):
        yield {
            "student": f"{handed_in.parent.name}-{number}",
            "assignment": assignment,
            "timestamp": None,
            "notebooks": {
                one.stem: base64.b64encode(one.read_bytes()).decode()
                for one in sorted(handed_in.glob("*.ipynb"))
            },
            "files": {},
        }


def parse(output: str) -> dict[str, Any] | None:
    """What a try printed, whatever else is there."""
    for line in reversed(output.splitlines()):
        if line.startswith(PREFIX):
            return dict(json.loads(line.removeprefix(PREFIX)))
    return None


if __name__ == "__main__":
    found = graded(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    print(PREFIX + json.dumps(found), flush=True)
