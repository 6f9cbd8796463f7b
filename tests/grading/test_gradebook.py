"""Recording results in nbgrader's gradebook."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from grader.errors import GradebookUnusable
from grader.grading import gradebook, pipeline
from grader.grading.course import Course
from grader.grading.gradebook import NO_RESPONSE
from grader.grading.workers.lost import LOST
from tests.grading.gradebooks import change, graded, released, rows, settings

Result = dict[str, Any]
DUE = "2024-05-01 12:00:00"
PLUGIN = """
from nbgrader.plugins import LateSubmissionPlugin


class PointsPerHour(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {penalty}
"""


@pytest.fixture(scope="session")
def _released(toy: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gradebook")
    released(toy, folder, pipeline.sqlite(folder / "gradebook.db"))
    return folder / "gradebook.db"


@pytest.fixture
def url(_released: Path, tmp_path: Path) -> str:
    """A gradebook that knows the toy and nobody who took it."""
    shutil.copy(_released, tmp_path / "gradebook.db")
    return pipeline.sqlite(tmp_path / "gradebook.db")


@pytest.fixture
def config(toy: Course) -> Any:
    """The toy's settings."""
    return settings(toy)


def _mark(result: Result, name: str) -> dict[str, Any]:
    marks: list[dict[str, Any]] = result["notebooks"]["toy"]["marks"]
    return next(mark for mark in marks if mark["grade_id"] == name)


def _grade(url: str, name: str) -> tuple[Any, ...]:
    found = [row for row in rows(url)["grades"] if row[3] == name]
    assert len(found) == 1
    return found[0][4:]


def test_marks_comments_and_an_unknown_student(
    url: str, config: Any, toy_bundle: Result
) -> None:
    """Each row is there: scores, what waits for a person, "No response." for stubs."""
    result = graded(toy_bundle, "lena")
    _mark(result, "test-put").update(points=0.0, outcome="failed")
    _mark(result, "test-table").update(points=None, outcome="broken")
    result["about"] = {"name": "Lena Meyer", "platform_id": "77"}
    gradebook.record([result], url, config)
    found = rows(url)
    assert found["students"] == [("lena", None, "Lena Meyer", None, "77")]
    assert [(row[3], *row[4:]) for row in found["grades"]] == [
        ("draw", None, None, None, 1),
        ("explain", None, None, None, 1),
        ("test-put", 0.0, None, None, 0),
        ("test-square", 2.0, None, None, 0),
        ("test-table", None, None, None, 1),
    ]
    comments = {row[3]: row[4] for row in found["comments"]}
    assert comments == {
        "draw": None,
        "explain": None,
        "make-table": NO_RESPONSE,
        "put-note": NO_RESPONSE,
        "square": NO_RESPONSE,
    }


def test_recording_twice_changes_nothing(
    url: str, config: Any, toy_bundle: Result
) -> None:
    """Neither in one run nor in two."""
    result = graded(toy_bundle, "lena", timestamp="2024-05-01T10:00:00+00:00")
    gradebook.record([result, result], url, config)
    once = rows(url)
    gradebook.record([result], url, config)
    assert rows(url) == once
    assert len(once["grades"]) == 5


def test_a_regrade_keeps_what_a_person_gave(
    url: str, config: Any, toy_bundle: Result
) -> None:
    """Manual marks, extra credit and comments stay; the mark waits for a look."""
    result = graded(toy_bundle, "lena")
    gradebook.record([result], url, config)
    change(
        url,
        "update grade set manual_score = 1.5, extra_credit = 0.5, "
        "needs_manual_grade = :no where auto_score = 3",
        no=False,
    )
    change(url, "update comment set manual_comment = 'Nice.'")
    _mark(result, "test-put").update(points=0.0, outcome="failed")
    gradebook.record([result | {"digest": "other"}], url, config)
    assert _grade(url, "test-put") == (0.0, 1.5, 0.5, 1)
    assert {row[5] for row in rows(url)["comments"]} == {"Nice."}


def test_a_result_is_recorded_wholly_or_not_at_all(
    url: str, config: Any, toy_bundle: Result
) -> None:
    """A mark that can't be leaves no trace of its submission; others are recorded."""
    wrong = graded(toy_bundle, "mallory")
    _mark(wrong, "test-table")["points"] = float("nan")
    with gradebook.opened(url, config) as book:
        book.record(graded(toy_bundle, "lena"))
        with pytest.raises(GradebookUnusable, match="no mark"):
            book.record(wrong)
        book.record(graded(toy_bundle, "noor"))
        assert book.recorded() == {
            ("lena", "toy"): "digest of lena",
            ("noor", "toy"): "digest of noor",
        }
    assert {row[0] for row in rows(url)["students"]} == {"lena", "noor"}


def test_what_is_recorded_is_the_gradebooks_own_knowledge(
    url: str, config: Any, toy_bundle: Result
) -> None:
    """Whoever removes a submission with nbgrader gets it recorded again."""
    from nbgrader.api import Gradebook as Book

    with gradebook.opened(url, config) as book:
        book.record(graded(toy_bundle, "lena"))
    with Book(url, "serverless-journey") as theirs:
        theirs.remove_submission("toy", "lena")
    with gradebook.opened(url, config) as book:
        assert book.recorded() == {}
        book.record(graded(toy_bundle, "lena"))
        assert book.recorded() == {("lena", "toy"): "digest of lena"}


def test_the_walls_are_stored_with_the_marks(
    url: str, config: Any, toy_bundle: Result
) -> None:
    """Each submission says behind which walls it was graded."""
    gradebook.record([graded(toy_bundle, "lena")], url, config)
    engine = create_engine(url)
    with engine.connect() as line:
        [(tier, details)] = line.execute(
            text("select isolation, details from grader_recorded")
        )
    engine.dispose()
    assert tier == "strong"
    assert json.loads(details)["detail"] == "namespaces"


@pytest.mark.parametrize(
    ("kind", "row"),
    [("file", (0.0, None, None, 0)), (LOST, (None, None, None, 1))],
)
def test_a_submission_without_marks(
    url: str, config: Any, toy_bundle: Result, kind: str, row: tuple[Any, ...]
) -> None:
    """A file that can't be read earns nothing; what failed on our side waits."""
    problems = [{"kind": kind, "cell": None, "message": "so it is"}]
    result = graded(
        toy_bundle, "lena", status="unreadable", notebooks={}, problems=problems
    )
    gradebook.record([result], url, config)
    found = {each[3]: each[4:] for each in rows(url)["grades"]}
    assert found.pop("draw") == (None, None, None, 1)
    assert set(found.values()) == {row}


def test_executed_notebooks_are_where_formgrader_looks(
    url: str, config: Any, toy_bundle: Result, tmp_path: Path
) -> None:
    """With the other files, the time, and nothing of an earlier submission."""
    folder = tmp_path / "autograded"
    result = graded(toy_bundle, "Zoë 1", timestamp="2024-05-01T10:00:00+00:00")
    with gradebook.opened(url, config, autograded_folder=folder) as book:
        book.record(result, {"old.txt": b"old"})
        book.record(result, {"img/photo.png": b"png"})
    written = folder / "Zoë 1" / "toy"
    files = sorted(path.relative_to(written) for path in written.rglob("*.*"))
    assert [str(path) for path in files] == [
        "img/photo.png",
        "timestamp.txt",
        "toy.ipynb",
    ]
    assert json.loads((written / "toy.ipynb").read_text())["nbformat"] == 4
    from nbgrader.utils import parse_utc

    assert str(parse_utc((written / "timestamp.txt").read_text())) == (
        "2024-05-01 10:00:00"
    )


def test_a_new_gradebook_has_nbgraders_own_tables(config: Any, tmp_path: Path) -> None:
    """With the number of its schema, so that `nbgrader db upgrade` knows it."""
    from nbgrader.api import Gradebook as Book

    ours, theirs = (pipeline.sqlite(tmp_path / name) for name in ("ours", "theirs"))
    gradebook.prepare(ours)
    Book(theirs).close()
    schemas = []
    for url in (ours, theirs):
        engine = create_engine(url)
        with engine.connect() as line:
            schema = line.execute(text("select name, sql from sqlite_master"))
            version = line.execute(text("select version_num from alembic_version"))
            tidy = {(name, (sql or "").rstrip(";")) for name, sql in schema}
            schemas.append((tidy, version.all()))
        engine.dispose()
    assert schemas[0] == schemas[1]


@pytest.mark.parametrize("name", ["../x", "..", "a/b", ""])
def test_names_that_lead_elsewhere_aren_t_written(
    url: str, config: Any, toy_bundle: Result, tmp_path: Path, name: str
) -> None:
    """Whoever made the result: nothing is written outside the folder."""
    with (
        gradebook.opened(url, config, autograded_folder=tmp_path / "auto") as book,
        pytest.raises(GradebookUnusable, match="no name of a file"),
    ):
        book.record(graded(toy_bundle, name))
    assert rows(url)["students"] == []


@pytest.mark.parametrize(
    ("handed_in", "penalty"),
    [
        (None, None),
        ("2024-05-01T11:59:59+00:00", None),
        ("2024-05-01T12:00:01+00:00", 10.0),
    ],
)
def test_nbgraders_own_plugin_takes_all_points_if_asked_to(
    url: str, config: Any, toy_bundle: Result, handed_in: str | None, penalty: Any
) -> None:
    """`penalty_method = "zero"`: the penalty is the score, from the due date on."""
    config.LateSubmissionPlugin.penalty_method = "zero"
    change(url, "update assignment set duedate = :due", due=DUE)
    gradebook.record([graded(toy_bundle, "lena", timestamp=handed_in)], url, config)
    assert [row[5] for row in rows(url)["notebooks"]] == [penalty]


def test_without_a_setting_lateness_costs_nothing(
    url: str, config: Any, toy_bundle: Result
) -> None:
    """As nbgrader's default has it."""
    change(url, "update assignment set duedate = :due", due=DUE)
    late = graded(toy_bundle, "lena", timestamp="2024-06-01T00:00:00+00:00")
    gradebook.record([late], url, config)
    assert [row[5] for row in rows(url)["notebooks"]] == [None]


def test_an_extension_counts_and_a_regrade_takes_a_penalty_back(
    url: str, config: Any, toy_bundle: Result
) -> None:
    """Extensions are granted in the gradebook, before or after grading."""
    from nbgrader.api import Gradebook as Book

    config.LateSubmissionPlugin.penalty_method = "zero"
    change(url, "update assignment set duedate = :due", due=DUE)
    late = graded(toy_bundle, "lena", timestamp="2024-05-02T00:00:00+00:00")
    gradebook.record([late], url, config)
    assert [row[5] for row in rows(url)["notebooks"]] == [10.0]
    with Book(url, "serverless-journey") as theirs:
        theirs.grant_extension("toy", "lena", days=2)
    gradebook.record([late], url, config)
    assert [row[5] for row in rows(url)["notebooks"]] == [None]


@pytest.mark.parametrize(
    ("asked", "given"), [("2.5", 2.5), ("-3", 0.0), ("1000", 10.0), ("None", None)]
)
def test_a_plugin_of_the_instructors(
    toy_bundle: Result,
    toy: Course,
    url: str,
    tmp_path: Path,
    asked: str,
    given: float | None,
) -> None:
    """nbgrader_config.py names it; a penalty is between 0 and the score."""
    course = Course(tmp_path / "course")
    shutil.copytree(toy.root, course.root)
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(PLUGIN.format(penalty=asked))
        file.write("\nc.AssignLatePenalties.plugin_class = PointsPerHour\n")
    change(url, "update assignment set duedate = :due", due=DUE)
    late = graded(toy_bundle, "lena", timestamp="2024-05-02T00:00:00+00:00")
    gradebook.record([late], url, pipeline.settings(course))
    assert [row[5] for row in rows(url)["notebooks"]] == [given]


def test_a_plugin_that_breaks_is_named(
    toy_bundle: Result, toy: Course, url: str, tmp_path: Path
) -> None:
    """And nothing of that submission is recorded."""
    course = Course(tmp_path / "course")
    shutil.copytree(toy.root, course.root)
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(PLUGIN.format(penalty="1 / 0"))
        file.write("\nc.AssignLatePenalties.plugin_class = PointsPerHour\n")
    change(url, "update assignment set duedate = :due", due=DUE)
    late = graded(toy_bundle, "lena", timestamp="2024-05-02T00:00:00+00:00")
    with pytest.raises(GradebookUnusable, match=r"PointsPerHour.*ZeroDivisionError"):
        gradebook.record([late], url, pipeline.settings(course))
    assert rows(url)["grades"] == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "an address is like sqlite:"),
        ("oracle2://host/db", "an address is like sqlite:"),
        ("sqlite:////nowhere/at/all.db", "unable to open database file"),
        ("postgresql+pg8000://me:secret@127.0.0.1:1/db", "Can't create a connection"),
    ],
)
def test_an_address_that_is_wrong_is_one_line(url: str, said: str, config: Any) -> None:
    """With the cause, and without a password."""
    with (
        pytest.raises(GradebookUnusable) as refused,
        gradebook.opened(url, config),
    ):
        pass
    message = str(refused.value)
    assert said in message
    assert "\n" not in message
    assert "secret" not in message


def test_one_connection_serves_a_whole_run(
    url: str, config: Any, toy_bundle: Result
) -> None:
    """Rows aren't kept: the session is empty after each submission."""
    with gradebook.opened(url, config) as book:
        for number in range(20):
            book.record(graded(toy_bundle, f"s{number}"))
            assert not list(book._book.db)
    assert len(rows(url)["grades"]) == 100
