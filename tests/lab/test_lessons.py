from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grader.lab.lessons import Lesson, Step, lessons


def markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: str | list[str], **nbgrader: Any) -> dict[str, Any]:
    metadata = {"nbgrader": nbgrader} if nbgrader else {}
    return {"cell_type": "code", "metadata": metadata, "source": source}


def graded(name: str, points: int) -> dict[str, Any]:
    return code(f'check("{name}", deploy)', grade=True, grade_id=name, points=points)


def write(folder: Path, *cells: dict[str, Any], **metadata: Any) -> None:
    notebook = {"cells": cells, "metadata": metadata}
    (folder / "lesson.ipynb").write_text(json.dumps(notebook))


def test_a_lesson_has_its_steps_in_order(tmp_path: Path) -> None:
    """Predictions and exercises come as they are met, each with its section."""
    write(
        tmp_path,
        markdown("# Cloud basics\n\ntext"),
        markdown("## 1.2 Regions\n\n```\n# a comment\n```"),
        code(["import boto3\n", 'predict("one-place", "a")']),
        graded("find-table", 5),
        markdown("## 1.3 Buckets\n### Exercise: make-bucket"),
        code("def make_bucket(name): ...", grade=True, solution=True, grade_id="s"),
        graded("make-bucket", 7),
    )
    assert lessons(tmp_path) == [
        Lesson(
            "Cloud basics",
            (
                Step("one-place", "1.2 Regions"),
                Step("find-table", "1.2 Regions", 5),
                Step("make-bucket", "1.3 Buckets", 7),
            ),
        )
    ]


def test_what_a_person_marks_isnt_a_step(tmp_path: Path) -> None:
    """A graded cell without a check has nothing that could be done here."""
    write(
        tmp_path, graded("first", 1), code("1 + 1", grade=True, grade_id="e", points=5)
    )
    (lesson,) = lessons(tmp_path)
    assert [step.name for step in lesson.steps] == ["first"]


def test_the_marks_to_pass_are_the_notebooks(tmp_path: Path) -> None:
    """What it takes to pass stands in the notebook's metadata."""
    write(
        tmp_path,
        graded("safe", 30),
        course={
            "pass": 70,
            "bonus": 5,
            "capstone": {"pass": 18, "exercises": ["safe"]},
        },
    )
    (lesson,) = lessons(tmp_path)
    assert (lesson.pass_mark, lesson.bonus) == (70, 5)
    assert (lesson.capstone, lesson.capstone_pass_mark) == (frozenset({"safe"}), 18)


def test_damaged_notebooks_are_left_out(tmp_path: Path) -> None:
    """A notebook that isn't JSON, or has no cells, doesn't stop the others."""
    for number, text in enumerate(("<<<<<<< HEAD", "[]", "{}", '{"cells": [1]}')):
        (tmp_path / f"{number}.ipynb").write_text(text)
    write(tmp_path, graded("first", 1))
    assert [lesson.title for lesson in lessons(tmp_path)] == ["lesson"]
