"""`check`: the examiner judges, this side shows."""

from __future__ import annotations

import os
import threading
import urllib.parse
from collections.abc import Mapping
from typing import Any

from grader.errors import CheckBroken, CheckFailed, LabEnded, WrongUse
from grader.lab import display, record, work
from grader.lab.cloud import Cloud
from grader.lab.connection import Connection
from grader.lab.starting import current

# Set where nbgrader's Validate runs a notebook, which shows a cell's error alone.
_VALIDATING = "NBGRADER_VALIDATING"
_SESSIONS = "/_lab/checks/sessions"
# What a function prints is kept apart for all of a kernel, so for one check at a time.
_one_at_a_time = threading.Lock()


def check(name: str, *pieces: object, variation: bool = False) -> None:
    """Have your work judged by what it does.

    One call of your function may take 60 s, a check as a whole 5 minutes.

    Args:
        name: the exercise's.
        pieces: your function itself, or what the task asks for.
        variation: in a new account in another Region, with other data.

    Raises:
        CheckFailed: it isn't right yet; what was shown says why.
        CheckBroken: the check itself is wrong.
    """
    if not isinstance(name, str):
        raise WrongUse(
            f'the name of the exercise comes first: check("…", …), not {name!r}'
        )
    cloud = current()
    if not _one_at_a_time.acquire(blocking=False):
        raise WrongUse(
            "a check runs in this notebook already: wait for its end, and call check() "
            "in a cell of its own, not in a function that is checked"
        )
    try:
        verdict = _judged(cloud, cloud.control, name, pieces, variation)
    finally:
        _one_at_a_time.release()
    record.note_verdict(verdict)
    display.show(told(verdict))
    if verdict["outcome"] == "failed":
        raise CheckFailed(
            f"{name} isn't right yet{_reason(verdict)}; {_next_step(verdict)}"
        )
    if verdict["outcome"] == "broken":
        raise CheckBroken(f"{name}: the check broke, not your work; please report it")


def _judged(
    cloud: Cloud,
    examiner: Connection,
    name: str,
    pieces: tuple[object, ...],
    variation: bool,
) -> Mapping[str, Any]:
    order = {
        "work": [work.piece(one) for one in pieces],
        "variation": bool(variation),
        "region": cloud.region,
    }
    caller = work.Caller(cloud)
    message = examiner.post(path_of("checks", name), order)
    while "verdict" not in message:
        answer: dict[str, Any] = {}
        interrupted = None
        if call := message.get("call"):
            function: Any = pieces[call["work"]]
            outcome = caller.run(function, call)
            answer = {**outcome.answer, "number": call["number"]}
            interrupted = outcome.interrupted
        try:
            message = examiner.post(f"{_SESSIONS}/{message['session']}", answer)
        except LabEnded as fault:
            raise LabEnded(f"While {name} was checked, {fault}") from None
        if interrupted is not None:
            raise interrupted
    return {**message["verdict"], "printed": caller.output.text}


def told(verdict: Mapping[str, Any]) -> display.Shown:
    """A verdict as the learner reads it."""
    where = ", in another account and Region" if verdict["variation"] else ""
    title, colour = {
        "passed": (f"✔ {verdict['check']}: right{where}", display.GOOD),
        "failed": (f"✘ {verdict['check']}: not yet{where}", display.BAD),
        "broken": (f"⚠ {verdict['check']}: the check itself broke", display.OURS),
    }[verdict["outcome"]]
    labelled = [
        ("", verdict["message"]),
        ("Expected", verdict["expected"]),
        ("Observed", verdict["observed"]),
        ("", verdict["explanation"]),
        ("Look at", verdict["look"]),
        ("Traceback", _below(verdict["traceback"])),
        ("Your code printed", _below(verdict["printed"])),
    ]
    return display.panel(
        colour, title, [(at, words) for at, words in labelled if words]
    )


def _reason(verdict: Mapping[str, Any]) -> str:
    """What the panel said, where only the error is seen."""
    if not os.environ.get(_VALIDATING):
        return ""
    look = f"; look at {verdict['look']}" if verdict["look"] else ""
    return f": {verdict['message'].strip().rstrip('.')}{look}"


def _next_step(verdict: Mapping[str, Any]) -> str:
    helps = f"hint({verdict['check']!r}) helps"
    # why() knows this account, where a starter or a variation has deployed nothing.
    if verdict["unattempted"] or verdict["variation"]:
        return helps
    return f"{helps}, and so may cloud.why()"


def _below(lines: str | None) -> str:
    return display.Code(f"\n{lines}") if lines else ""


def path_of(kind: str, name: str) -> str:
    """The control API's path of a named check or prediction."""
    return f"/_lab/{kind}/{urllib.parse.quote(str(name), safe='')}"
