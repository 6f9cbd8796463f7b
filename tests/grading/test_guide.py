"""The instructor's guide: each of its commands runs, or names the test that runs it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader import cli
from grader.grading import marks, pipeline
from grader.grading.course import Course
from grader.sandbox.causes import explained

ROOT = Path(__file__).parent.parent.parent
GUIDE = ROOT / "docs" / "grading.md"
TOY = Path(__file__).with_name("toy")
ELSEWHERE = {
    "grader doctor": "tests/test_doctor.py",
    "make lab ARGS=--instructor": "tests/grading/test_jupyterlab.py",
    "--gradebook postgresql+pg8000:": "tests/grading/test_postgresql.py",
    "--scheduler tcp:": "tests/grading/workers/test_cluster.py",
}
"""Commands that need more than a folder, and the tests that run them."""


def commands() -> list[str]:
    """The guide's commands, for the toy instead of phase 2."""
    blocks = re.findall(r"```bash\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line]
    return [line.replace("phase2", "toy") for line in lines]


def is_elsewhere(command: str) -> bool:
    """Whether another test runs a command."""
    return any(part in command for part in ELSEWHERE)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The toy as a course of one's own: a class list, and one learner's zip."""
    made = Course(tmp_path / "course")
    shutil.copytree(TOY / "solutions", made.solutions)
    (block,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    settings = str(block)
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    settings += f"c.Exchange.root = {str(exchange)!r}\n"
    (made.root / "nbgrader_config.py").write_text(settings)
    header = "id,first_name,last_name,email,lms_user_id\n"
    (made.root / "students.csv").write_text(f"{header}partly,Ada,Ek,,7\nbo,,,,\n")
    handed_in = TOY / "data" / "submitted" / "partly" / "toy" / "toy.ipynb"
    with zipfile.ZipFile(made.root / "submissions.zip", "w") as archive:
        archive.write(handed_in, "partly/toy/toy.ipynb")
        archive.writestr("partly/toy/timestamp.txt", "2026-05-02 12:00:00 UTC")
        archive.writestr("partly/toy/submission_secret.txt", "a secret")
    return made


def run(command: str, course: Course) -> None:
    """Run a command as a terminal in the course's folder would."""
    program, *arguments = shlex.split(command)
    if program == "grader":
        assert cli.main(arguments) == cli.GOOD, command
        return
    assert program == "nbgrader", command
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{command}\n{ran.stderr}"


def test_the_guide_leads_to_returned_feedback(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command succeeds in its order, and what the guide promises is there."""
    monkeypatch.chdir(course.root)
    for command in commands():
        if not is_elsewhere(command):
            run(command, course)
    work = course.work
    for name in ("report.html", "similarity.html", "exports/toy-canvas.csv"):
        assert (work / name).is_file()
    assert (work / "feedback" / "partly" / "toy" / "toy.html").is_file()
    assert "Handed nothing in: bo" in (work / "report.html").read_text()
    read = marks.read(pipeline.default_gradebook(course.root), ["toy"])
    assert read.handed_in["partly", "toy"].seconds_late == 86400
    returned = list((course.root.parent / "exchange").rglob("feedback/*.html"))
    assert len(returned) == 1
    assert "A toy shop" in returned[0].read_text()


def test_what_the_guide_leaves_to_other_tests_is_there() -> None:
    """Each such command is in the guide, and its test exists."""
    said = "\n".join(commands())
    for part, test in ELSEWHERE.items():
        assert part in said
        assert (ROOT / test).is_file()


def test_the_options_of_the_guide_exist() -> None:
    """`grader grade` takes each of its table."""
    rows = re.findall(
        r"^\| `(--\w+)(?: (\w+))?`", GUIDE.read_text("utf-8"), re.MULTILINE
    )
    assert len(rows) == 5
    for option, value in rows:
        cli._parser().parse_args(["grade", option, *filter(None, [value])])


def test_the_profile_that_the_doctor_speaks_of_is_in_the_guide() -> None:
    """It's for Ubuntu alone, so no test loads it; the setting instead is there too."""
    _, cure = explained("[Errno 13] Permission denied: '/proc/self/setgroups'")
    place, setting = re.findall(r"docs/grading\.md|sudo sysctl \S+", cure)
    assert place == str(GUIDE.relative_to(ROOT))
    guide = GUIDE.read_text("utf-8")
    assert setting in guide
    assert "sudo apparmor_parser -r /etc/apparmor.d/serverless-journey" in guide
