"""Results as `grade` gives them, for what reads results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.conftest import cell, notebook

ASSIGNMENT = "phase2"
STEM = "lambda"
SECRET = 'assert greet("Zoltan")["greeting"] == "Hello, Zoltan!"'
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAA"
    "AABJRU5ErkJggg=="
)
WICKED = "<script>document.title='stolen'</script><table><tr><td>one</td></tr></table>"


def mark(name: str, outcome: str = "passed", **more: Any) -> dict[str, Any]:
    """One mark; four points if it passed."""
    points = {"passed": 4.0, "manual": None, "broken": None}.get(outcome, 0.0)
    return {
        "grade_id": name,
        "points": points,
        "maximum": 4.0,
        "outcome": outcome,
        "message": "",
        "expected": None,
        "observed": None,
        "look": None,
        "misconception": None,
        "explanation": None,
        "hint": None,
        "seconds": 1.25,
        "variation": False,
        "checks": [],
        **more,
    }


HELLO = mark("hello-python")
TABLE = mark(
    "welcome-new-customers",
    "failed",
    message="I changed Ada's address in the table.\nHer welcome was sent again.",
    expected="1 welcome",
    observed="2 welcomes",
    look="the eventName of each record",
    misconception="every-change-is-new",
    explanation="You may think that a stream tells of new items only. It tells of "
    "every change: INSERT, MODIFY and REMOVE.",
    hint='pattern = json.dumps({"eventName": [____]})',
    seconds=3.5,
)
HIDDEN = mark(
    "monthly-cost",
    "failed",
    message="I asked for the cost of a bigger month; it was too low.",
    expected="12.34 dollars: the hidden answer",
    observed="11.00 dollars",
    look="the free requests",
    misconception="free-for-ever",
    explanation="The first million requests are free, and no more.",
    variation=True,
)
UNTRIED = mark("notes-api", "unattempted", look="the cell that defines deploy_notes")
BROKEN = mark("word-count", "broken", message="The check itself broke.")
BY_HAND = mark("essay", "manual")
ALL = (HELLO, TABLE, HIDDEN, UNTRIED, BROKEN, BY_HAND)


def executed(*extra: dict[str, Any]) -> dict[str, Any]:
    """A notebook as it ran: a test with a hidden part, an answer, outputs."""
    test = cell(
        "code",
        3,
        'check("hello-python", deploy_hello)\n'
        f"### BEGIN HIDDEN TESTS\n{SECRET}\n### END HIDDEN TESTS\n",
        grade_id="hello-python",
        grade=True,
        locked=True,
        points=4,
    )
    test["outputs"] = [error(f"----> {SECRET}")]
    answer = cell(
        "code",
        2,
        "def deploy_hello(cloud):\n    return 'hello'",
        grade_id="hello-answer",
    )
    answer["metadata"]["nbgrader"]["solution"] = True
    answer["outputs"] = [stream("deployed \x1b[32mhello\x1b[0m")]
    title = cell("markdown", 0, "# Greeting\n\nSay **hello**.", grade_id="title")
    title["metadata"]["nbgrader"]["locked"] = True
    return notebook(title, answer, test, *extra)


def ran(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    """A cell of the learner's own, with what it showed."""
    made = cell("code", 9, source)
    made["outputs"] = list(outputs)
    return made


def stream(text: str) -> dict[str, Any]:
    """What a cell printed."""
    return {"output_type": "stream", "name": "stdout", "text": text}


def error(*lines: str) -> dict[str, Any]:
    """An exception that a cell ended with."""
    return {
        "output_type": "error",
        "ename": "AssertionError",
        "evalue": "",
        "traceback": list(lines),
    }


def display(**data: str) -> dict[str, Any]:
    """Something displayed, by media type with `_` for `/`."""
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {kind.replace("_", "/"): content for kind, content in data.items()},
    }


def result(
    student: str = "ada", marks: Iterable[dict[str, Any]] = ALL, **more: Any
) -> dict[str, Any]:
    """The result of one submission."""
    ran = more.pop("executed", None) or executed()
    return {
        "version": 1,
        "student": student,
        "assignment": ASSIGNMENT,
        "digest": f"digest-{student}",
        "timestamp": "2026-03-01T12:00:00+00:00",
        "status": "graded",
        "isolation": {"tier": "strong", "detail": "namespaces, Landlock, seccomp"},
        "seconds": 12.5,
        "problems": [],
        "integrity": [],
        "notebooks": {STEM: {"marks": list(marks), "executed": ran}},
        **more,
    }


def note(kind: str, message: str, cell: str | None = None) -> dict[str, Any]:
    """A problem of a run, or a note on what a submission tried."""
    return {"kind": kind, "cell": cell, "message": message}
