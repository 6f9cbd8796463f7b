"""nbgrader's gradebook, and the only writer of marks in it.

One transaction per submission, so a gradebook never holds half of one. Recording a
result again changes nothing, and neither manual marks, extra credit nor comments of a
person are ever touched, as nbgrader has it.

A table of ours beside nbgrader's says which result a submission has there, and behind
which walls it was graded.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.errors import GradebookUnusable
from grader.grading import autograded, gradebook_rows, pipeline
from grader.grading.gradebook_rows import Cells
from grader.grading.lateness import Penalty, penalties
from grader.grading.workers.lost import LOST

FILE = "gradebook.db"
NO_RESPONSE = "No response."
"""nbgrader's comment on an answer that is still the stub."""


class Gradebook:
    """An open gradebook: one connection for a whole run."""

    def __init__(
        self, book: Any, *, late: Penalty, autograded_folder: Path | None = None
    ) -> None:
        """`book` is nbgrader's; `autograded_folder` gets the executed notebooks."""
        self._book = book
        self._late = late
        self._autograded = autograded_folder
        self._assignments: dict[str, tuple[str, dict[str, Cells]]] = {}
        self._recorded = _recorded_table()
        self._recorded.create(book.engine, checkfirst=True)

    def recorded(self) -> dict[tuple[str, str], str]:
        """The digests of the results that it holds, by student and assignment."""
        from nbgrader.api import Assignment, SubmittedAssignment
        from sqlalchemy import select

        table = self._recorded
        rows = self._book.db.execute(
            select(SubmittedAssignment.student_id, Assignment.name, table.c.digest)
            .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            .join(table, table.c.submission_id == SubmittedAssignment.id)
        )
        found = {(student, name): digest for student, name, digest in rows}
        self._book.db.remove()
        return found

    def record(
        self, result: Mapping[str, Any], beside: Mapping[str, bytes] | None = None
    ) -> None:
        """Record a result, and write its notebooks where formgrader looks for them.

        Args:
            beside: other files of the submission; formgrader shows its pictures.

        Raises: GradebookUnusable.
        """
        if self._autograded is not None:
            autograded.write(self._autograded, result, beside)
        with refusals():
            try:
                self._record(result)
                self._book.db.commit()
            finally:
                # Rolls back what isn't committed, and forgets every row.
                self._book.db.remove()

    def _record(self, result: Mapping[str, Any]) -> None:
        session = self._book.db
        assignment, notebooks = self._cells_of(result["assignment"])
        gradebook_rows.enter_student(session, result)
        submission = gradebook_rows.submission(
            session, assignment, result["student"], notebooks
        )
        if result["timestamp"]:
            from nbgrader.utils import parse_utc

            submission.timestamp = parse_utc(result["timestamp"])
        found = gradebook_rows.submitted_notebooks(session, submission.id, notebooks)
        for name, submitted in found.items():
            graded = result["notebooks"].get(name)
            rows = gradebook_rows.rows(session, submitted.id, notebooks[name])
            if graded is None:
                _mark_missing(rows.grades, is_lost=_is_lost(result))
                continue
            _mark(rows.grades, graded["marks"])
            _comment(rows.comments, graded.get("executed"), notebooks[name])
            submitted.late_submission_penalty = None
            if submission.total_seconds_late > 0:
                submitted.late_submission_penalty = self._late(
                    result["student"],
                    sum(_score(grade) for grade in rows.all_grades),
                    submission.total_seconds_late,
                )
        self._note(submission.id, result)

    def _note(self, submission: str, result: Mapping[str, Any]) -> None:
        session, table = self._book.db, self._recorded
        isolation = result["isolation"]
        session.execute(table.delete().where(table.c.submission_id == submission))
        session.execute(
            table.insert().values(
                submission_id=submission,
                digest=result["digest"],
                isolation=str(isolation.get("tier", "")),
                details=json.dumps(isolation, sort_keys=True),
            )
        )

    def _cells_of(self, assignment: str) -> tuple[str, dict[str, Cells]]:
        if assignment not in self._assignments:
            self._assignments[assignment] = gradebook_rows.cells(
                self._book.db, assignment
            )
        return self._assignments[assignment]


def address(asked: str | None, config: Any, course: Path, work: Path) -> str:
    """Where the gradebook is: as asked, as nbgrader_config.py has it, or in `work`.

    A relative path of SQLite's counts from here, or from the course where its own
    settings have it, as with nbgrader.

    Raises: GradebookUnusable for what is no address.
    """
    configured = config.CourseDirectory.get("db_url")
    if not asked and configured in (None, "", pipeline.default_gradebook(course)):
        return pipeline.sqlite(work / FILE)
    from sqlalchemy.engine import make_url

    wanted, start = (asked, Path.cwd()) if asked else (str(configured), course)
    with refusals(wanted):
        url = make_url(wanted)
    if url.get_backend_name() == "sqlite" and url.database not in (
        None,
        "",
        ":memory:",
    ):
        url = url.set(database=str(start / url.database))
    return str(url.render_as_string(hide_password=False))


def unused(url: str, course: Path) -> str:
    """A sentence on a gradebook that nbgrader's own commands made elsewhere.

    That is what they do where nbgrader_config.py doesn't say where it is.
    """
    file = course / FILE
    if url == pipeline.sqlite(file) or not file.is_file():
        return ""
    return (
        f"{file} isn't used: a class list or due dates in it don't count. With "
        "with_settings(c, …) in nbgrader_config.py, nbgrader uses the same one"
    )


@contextmanager
def opened(
    url: str, config: Any, *, autograded_folder: Path | None = None
) -> Iterator[Gradebook]:
    """The gradebook at an address of SQLAlchemy's, made if it isn't there.

    Args:
        config: nbgrader's settings; the plugin for late submissions is taken from it.

    Raises: GradebookUnusable.
    """
    pipeline.prepare_imports()
    from nbgrader.api import Gradebook as Book

    prepare(url)
    with refusals(url):
        book = Book(url, str(config.CourseDirectory.course_id or "default_course"))
    try:
        with refusals(url):
            made = Gradebook(
                book, late=penalties(config), autograded_folder=autograded_folder
            )
        yield made
    finally:
        book.close()


def prepare(url: str) -> None:
    """Make nbgrader's tables where there are none.

    nbgrader does so too, by starting alembic for the number of its schema, which takes
    two seconds and an environment that is activated.

    Raises: GradebookUnusable.
    """
    pipeline.prepare_imports()
    import nbgrader
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from nbgrader.api import Base
    from sqlalchemy import create_engine, inspect, text

    with refusals(url):
        engine = create_engine(url)
        try:
            if inspect(engine).get_table_names():
                return
            settings = Config()
            folder = Path(nbgrader.__file__).parent / "alembic"
            settings.set_main_option("script_location", str(folder))
            version = ScriptDirectory.from_config(settings).get_current_head()
            with engine.begin() as line:
                Base.metadata.create_all(line)
                for statement in (
                    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
                    f"INSERT INTO alembic_version VALUES ('{version}')",
                ):
                    line.execute(text(statement))
        finally:
            engine.dispose()


def record(
    results: Iterable[Mapping[str, Any]],
    url: str,
    config: Any,
    *,
    autograded_folder: Path | None = None,
) -> None:
    """Record results, one transaction each, into the gradebook at `url`.

    Raises: GradebookUnusable.
    """
    with opened(url, config, autograded_folder=autograded_folder) as gradebook:
        for result in results:
            gradebook.record(result)


def _recorded_table() -> Any:
    from sqlalchemy import Column, MetaData, String, Table, Text

    # No foreign key: nbgrader removes submissions without knowing of this table.
    return Table(
        "grader_recorded",
        MetaData(),
        Column("submission_id", String(32), primary_key=True),
        Column("digest", String(64), nullable=False),
        Column("isolation", String(16), nullable=False),
        Column("details", Text(), nullable=False),
    )


def _mark(grades: Mapping[str, Any], marks: Iterable[Mapping[str, Any]]) -> None:
    by_name = {mark["grade_id"]: mark for mark in marks}
    for name, grade in grades.items():
        if name in by_name:
            _set(grade, _auto_score(by_name[name]))


def _auto_score(mark: Mapping[str, Any]) -> float | None:
    """None leaves it to a person, as for a check of ours that broke."""
    if mark["outcome"] in ("manual", "broken") or mark["points"] is None:
        return None
    points = float(mark["points"])
    if not (math.isfinite(points) and 0 <= points <= float(mark["maximum"])):
        raise GradebookUnusable(
            f"{points} of {mark['maximum']} points for {mark['grade_id']} are no mark"
        )
    return points


def _is_lost(result: Mapping[str, Any]) -> bool:
    return any(problem["kind"] == LOST for problem in result["problems"])


def _mark_missing(grades: Mapping[str, Any], *, is_lost: bool) -> None:
    """What wasn't handed in earns nothing; what we couldn't grade waits."""
    for grade in grades.values():
        grade.auto_score = None if is_lost else 0.0
        grade.needs_manual_grade = is_lost


def _set(grade: Any, points: float | None) -> None:
    grade.auto_score = points
    # Who marked it by hand looks at it again, as with nbgrader.
    grade.needs_manual_grade = points is None or grade.manual_score is not None


def _score(grade: Any) -> float:
    for points in (grade.manual_score, grade.auto_score):
        if points is not None:
            return float(points + (grade.extra_credit or 0.0))
    return 0.0


def _comment(comments: Mapping[str, Any], executed: Any, cells: Cells) -> None:
    if executed is None:
        return
    from nbformat import NotebookNode, from_dict
    from nbgrader.utils import compute_checksum

    for plain in executed["cells"]:
        cell: NotebookNode = from_dict(plain)
        about = cell.metadata.get("nbgrader") or {}
        name = str(about.get("grade_id"))
        if name not in comments:
            continue
        is_stub = name in cells.answers and about.get("checksum") == compute_checksum(
            cell
        )
        comments[name].auto_comment = NO_RESPONSE if is_stub else None


@contextmanager
def refusals(url: str = "") -> Iterator[None]:
    """Turn what a database says into one line, without the password in its address.

    Raises: GradebookUnusable.
    """
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, ImportError) as fault:
        where = "the gradebook" if not url else f"the gradebook {_shown(url)}"
        cause = _cause(getattr(fault, "orig", None) or fault)
        hint = (
            "; an address is like sqlite:////home/me/gradebook.db or "
            "postgresql+pg8000://user:password@host/database"
            if isinstance(fault, (ArgumentError, ImportError))
            else ""
        )
        raise GradebookUnusable(f"{where} can't be used: {cause}{hint}") from fault


def _cause(fault: BaseException) -> str:
    # pg8000 gives a server's message as a dictionary of the protocol's fields.
    said = fault.args[0] if fault.args else ""
    text = str(said["M"] if isinstance(said, dict) and "M" in said else fault)
    return text.strip().splitlines()[0] if text.strip() else type(fault).__name__


def _shown(url: str) -> str:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return str(make_url(url).render_as_string(hide_password=True))
    except ArgumentError:
        return repr(url)
