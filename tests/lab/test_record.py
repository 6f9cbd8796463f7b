import json
from pathlib import Path
from typing import Any

import pytest

from grader import lab
from grader.errors import CheckFailed
from grader.lab import record

CONTENTS = {
    "exercises": [{"name": "first"}, {"name": "second"}],
    "predictions": ["guess", "other"],
}


def verdict(outcome: str, **more: Any) -> dict[str, Any]:
    made = {"check": "first", "variation": False, "message": "seen"}
    return {**made, "unattempted": False, "outcome": outcome, **more}


def notebook(folder: Path) -> None:
    """A notebook with two exercises and a cell that a person marks."""
    cells = [
        {"metadata": {"nbgrader": {"grade": True, "grade_id": name, "points": points}}}
        for name, points in (("second", 8), ("essay", 5), ("first", 4))
    ]
    (folder / "lesson.ipynb").write_text(json.dumps({"cells": cells}))


def shown(folder: Path) -> str:
    return record.summary(CONTENTS, record.read(folder), folder).text


def test_a_failed_check_is_counted() -> None:
    """Failed checks count, and the last observation is kept for the first hint."""
    record.note_verdict(verdict("failed"))
    record.note_verdict(verdict("failed", message="later"))
    kept = record.of_exercise("first")
    assert (kept["failed"], kept["observed"]) == (2, "later")


def test_an_untouched_starter_is_no_attempt() -> None:
    """Running all cells first doesn't open the solution."""
    record.note_verdict(verdict("failed", unattempted=True))
    assert record.of_exercise("first")["failed"] == 0


def test_our_fault_is_no_attempt() -> None:
    """A check that broke counts for nothing."""
    record.note_verdict(verdict("broken"))
    assert record.of_exercise("first")["failed"] == 0


def test_a_passed_exercise_stays_passed() -> None:
    """A later failure doesn't take back what was done."""
    record.note_verdict(verdict("passed"))
    record.note_verdict(verdict("failed"))
    assert record.of_exercise("first")["passed"]


def test_a_variation_alone_isnt_done() -> None:
    """The visible check has to pass."""
    record.note_verdict(verdict("passed", variation=True))
    assert not record.of_exercise("first")["passed"]


def test_points_are_the_notebooks(tmp_path: Path) -> None:
    """Points and order come from the test cells; other graded cells aren't checks."""
    notebook(tmp_path)
    record.note_verdict(verdict("passed"))
    lines = shown(tmp_path).splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["second", "first"]
    assert "1 of 2 exercises done, 4 of 12 points; 0 of 2 predictions made." in lines


def test_what_comes_next_is_said(tmp_path: Path) -> None:
    """The first exercise that isn't done is next."""
    notebook(tmp_path)
    record.note_verdict(verdict("passed", check="second"))
    assert "Next: first." in shown(tmp_path)


def test_the_end_is_said(tmp_path: Path) -> None:
    """With everything done there is no next."""
    record.note_verdict(verdict("passed", check="second"))
    record.note_verdict(verdict("passed"))
    assert "Everything here is done." in shown(tmp_path)


def test_predictions_are_counted(tmp_path: Path) -> None:
    """A prediction that was committed to is counted, once."""
    record.note_prediction("guess", "a")
    record.note_prediction("guess", "b")
    assert "1 of 2 predictions made" in shown(tmp_path)


def test_an_unreadable_record_is_kept(tmp_path: Path) -> None:
    """A damaged file doesn't stop a check, and isn't thrown away."""
    (tmp_path / record.FILE).write_text("{half")
    record.note_verdict(verdict("passed"))
    assert record.of_exercise("first")["passed"]
    assert (tmp_path / ".progress.unreadable").read_text() == "{half"


def test_a_damaged_notebook_has_no_cells(tmp_path: Path) -> None:
    """A notebook that isn't JSON doesn't stop progress()."""
    (tmp_path / "broken.ipynb").write_text("<<<<<<< HEAD")
    notebook(tmp_path)
    assert len(record.graded_cells(tmp_path)) == 3


def test_html_has_what_the_text_has(tmp_path: Path) -> None:
    """Both forms name each exercise and what is next."""
    page = record.summary(CONTENTS, record.read(tmp_path), tmp_path).html
    for word in ("first", "second", "Next: first."):
        assert word in page


def test_progress_shows_the_examiners_exercises(
    attached: lab.Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    """progress() knows what was done in this folder."""
    lab.check("double-it", lambda n: n * 2)
    with pytest.raises(CheckFailed):
        lab.check("number", 1)
    capsys.readouterr()
    lab.progress()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["double-it", "0", "✔", "done"] in lines
    assert ["number", "0", "✘", "not", "yet,", "1", "tried"] in lines
