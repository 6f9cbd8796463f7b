"""A gradebook in PostgreSQL: a real server, started here and stopped again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.errors import GradebookUnusable
from grader.grading import gradebook, pipeline
from grader.grading.course import Course
from tests.grading.gradebooks import change, graded, released, rows, settings

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
NOBODY = 65534

pytestmark = pytest.mark.skipif(
    not PROGRAMS and shutil.which("initdb") is None,
    reason="no PostgreSQL server is installed (Debian's package postgresql)",
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an empty database."""
    programs = PROGRAMS[-1].parent if PROGRAMS else Path(shutil.which("initdb") or "")
    programs = programs if programs.is_dir() else programs.parent
    # It refuses to run as root, and pytest's folders are root's alone.
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    user: dict[str, Any] = {"cwd": folder}
    if not os.geteuid():
        os.chown(folder, NOBODY, NOBODY)
        user |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    try:
        subprocess.run(
            [
                *(programs / "initdb", "--pgdata", folder / "data", "--no-sync"),
                *("--auth=trust", "--username=grader", "--encoding=UTF8"),
                "--locale=C",
            ],
            check=True,
            capture_output=True,
            **user,
        )
        with subprocess.Popen(
            [
                *(programs / "postgres", "-D", folder / "data", "-F"),
                *("-h", "127.0.0.1", "-p", str(port), "-k", ""),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            **user,
        ) as process:
            assert process.stderr is not None
            assert any("ready to accept connections" in line for line in process.stderr)
            yield f"postgresql+pg8000://grader@127.0.0.1:{port}/postgres"
            process.send_signal(2)
            process.stderr.read()
            assert process.wait() == 0
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def url(server: str, toy: Course, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A gradebook that knows the toy."""
    gradebook.prepare(server)
    return released(toy, tmp_path_factory.mktemp("postgresql"), server)


def test_it_holds_what_a_file_would(
    url: str, toy: Course, toy_bundle: dict[str, Any], tmp_path: Path
) -> None:
    """Every row is as in SQLite, after a regrade that keeps a person's marks."""
    file = pipeline.sqlite(tmp_path / "gradebook.db")
    gradebook.prepare(file)
    released(toy, tmp_path, file)
    config = settings(toy)
    config.LateSubmissionPlugin.penalty_method = "zero"
    late = graded(toy_bundle, "Zoë 名前", timestamp="2024-05-02T10:00:00.5+00:00")
    found = []
    for each in (url, file):
        change(each, "update assignment set duedate = '2024-05-01 00:00:00'")
        gradebook.record([graded(toy_bundle, "lena"), late], each, config)
        change(
            each,
            "update grade set manual_score = 1, extra_credit = 0.5 "
            "where auto_score = 3",
        )
        change(each, "update comment set manual_comment = 'Nice.'")
        gradebook.record([late | {"digest": "changed"}], each, config)
        with gradebook.opened(each, config) as book:
            assert book.recorded()["Zoë 名前", "toy"] == "changed"
        found.append(rows(each))
    assert found[0] == found[1]
    assert len(found[0]["grades"]) == 10
    assert [row[5] for row in found[0]["notebooks"]] == [8.5, None]


def test_nbgrader_exports_what_was_recorded(
    url: str, toy: Course, toy_bundle: dict[str, Any], tmp_path: Path
) -> None:
    """Its own command reads the marks there, as from a file."""
    import csv
    import sys

    gradebook.record([graded(toy_bundle, "noor")], url, settings(toy))
    exported = tmp_path / "grades.csv"
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "nbgrader", "export", "--to", str(exported)),
            f"--CourseDirectory.db_url={url}",
        ],
        cwd=toy.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    with exported.open() as file:
        scores = {row["student_id"]: row["score"] for row in csv.DictReader(file)}
    assert float(scores["noor"]) == 10.0


def test_a_database_that_isn_t_there_is_one_line(server: str, toy: Course) -> None:
    """With the server's own words, and without a password."""
    address = server.replace("grader@", "grader:secret@").replace("/postgres", "/none")
    with (
        pytest.raises(GradebookUnusable, match="none") as refused,
        gradebook.opened(address, settings(toy)),
    ):
        pass
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)
