"""`cloud.why()`: the last failure, what it means and where to look."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from grader.lab import display, reports
from grader.lab.answers import Answer
from grader.lab.architecture import survey
from grader.lab.listings import items
from grader.lab.logs import LogLine, lines

if TYPE_CHECKING:
    from grader.lab.cloud import Cloud

_GROUPS = "/aws/lambda/"
_RECENT = timedelta(hours=1)
"""How far back a real account's logs are read, since reading them costs money there."""
_A_MOMENT = timedelta(seconds=5)
_QUOTED = 1200

# What a line of a function's log matches when it tells of a failure, and what a reader
# can do about it. The first match counts, so the more telling ones come first.
# https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-execution.html
_ADVICE: tuple[tuple[str, str], ...] = (
    (
        r"Task timed out after",
        "The function was ended by its Timeout (3 s unless it is set). Look at what it "
        "waits for, then at Timeout in update_function_configuration.",
    ),
    (
        r"Runtime\.ImportModuleError",
        "The file or a module that the code imports isn't in the package. List the "
        "names in the zip: the handler's file belongs at its top, and what it imports "
        "beside it or in a layer.",
    ),
    (
        r"Runtime\.HandlerNotFound|Handler '.*' missing on module|is undefined or not "
        r"exported",
        "The file was found, the function in it wasn't. The handler is file.function: "
        "compare its second half with the name in the code.",
    ),
    (
        r"Runtime\.UserCodeSyntaxError",
        "The code doesn't parse. The log names the file and the line.",
    ),
    (
        r"Runtime\.MarshalError",
        "The handler returned what can't become JSON, such as a set, bytes or a date. "
        "Return text, numbers, lists and dicts of them.",
    ),
    (
        r"Runtime\.OutOfMemory|signal: killed",
        "The function needed more memory than MemorySize. Compare Max Memory Used "
        "with Memory Size in cloud.reports(…).",
    ),
    (
        r"Runtime\.ExitError|Runtime exited",
        "The process of the function ended by itself, as after sys.exit or a crash. A "
        "handler returns; it never exits.",
    ),
    (
        r"AccessDenied|is not authorized to perform",
        "The function's role isn't allowed to do this. The message names the action "
        "and the resource: both have to be in a policy of the role.",
    ),
    (
        r"NoSuchKey",
        "The key that the code asks for isn't there. Keys in S3 events are "
        "URL-encoded: decode them with unquote_plus before use.",
    ),
    (
        r"KeyError: 'Records'",
        "The event has no Records: it isn't what S3 sends. Print it and compare.",
    ),
    (
        r"^\[ERROR\]|\tERROR\t|Traceback \(most recent call last\)|\"errorType\"",
        "The handler raised. The last line above says what, the lines before it where.",
    ),
)
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


# The sources of the journal's entries that are requests and not events.
_FRONT_DOORS = ("apigateway", "function-url")
_ANSWER_ADVICE = (
    "what the function returns: a dict with a statusCode that is a number and a body "
    "that is text (json.dumps makes it)."
)


@dataclass(frozen=True)
class Failure:
    """Something that went wrong at a moment."""

    when: datetime
    what: str
    detail: str
    look: str


class Explanation:
    """The last failure, and the arrows that nothing gets through; text and HTML."""

    def __init__(self, last: Failure | None, broken: list[str]) -> None:
        self.last = last
        self.broken = broken

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return self._shown().text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self._shown().html

    def _shown(self) -> display.Shown:
        denied = [("Nothing gets through", reason) for reason in self.broken]
        if self.last is None:
            title = "Nothing has failed" if not denied else "A permission is missing"
            return display.panel(display.PLAIN, title, denied)
        last = self.last
        return display.panel(
            display.BAD,
            f"{last.when:%Y-%m-%d %H:%M:%S} UTC: {last.what}",
            [("", last.detail), ("Look at", last.look), *denied],
        )


def explain(
    cloud: Cloud,
    journal: Iterable[dict[str, Any]],
    answered: tuple[datetime, Answer] | None = None,
) -> Explanation:
    """The latest of failed invocations, of the lab's journal, and of a 5xx answer.

    `answered` is the last such answer to a request of this handle, and its time.
    """
    failures = [*_noted(journal), *_failed_invocations(cloud)]
    last = max(failures, key=lambda failure: failure.when, default=None)
    # A function that failed a moment before the answer is that answer's cause.
    if answered and (last is None or last.when < answered[0] - _A_MOMENT):
        last = _of_answer(*answered)
    broken = [
        f"{arrow.source} → {arrow.target} ({arrow.label}): {arrow.broken}"
        for arrow in survey(cloud).arrows
        if arrow.broken
    ]
    return Explanation(last, broken)


def _of_answer(when: datetime, answer: Answer) -> Failure:
    return Failure(
        when,
        f"{answer.asked} was answered with {answer.status}",
        _cut(answer.text),
        "No function raised before it, so the request didn't reach one, or its answer "
        "wasn't of the form that an API passes on: a dict with a statusCode that is a "
        "number and a body that is text (json.dumps makes it).",
    )


def in_log(function: str, log: list[LogLine]) -> Failure | None:
    """The last failure that a function's log lines tell of."""
    for at in range(len(log) - 1, -1, -1):
        if (look := _advice(log[at].message)) is not None:
            line = log[at]
            request = _request_of(log, at)
            whose = f", request {request}" if request else ""
            return Failure(
                line.when,
                f"{function} failed{whose}",
                _cut(line.message),
                f"{look}\nAll of its log: cloud.logs({function!r})",
            )
    return None


def _failed_invocations(cloud: Cloud) -> Iterator[Failure]:
    client = cloud.client("logs")
    since = None
    if cloud.endpoint_url is None:
        since = cloud.clock.now() - _RECENT
    for group in items(
        client, "describe_log_groups", "logGroups", logGroupNamePrefix=_GROUPS
    ):
        name = group["logGroupName"]
        failure = in_log(name.removeprefix(_GROUPS), lines(client, name, since=since))
        if failure is not None:
            yield failure


def _noted(journal: Iterable[dict[str, Any]]) -> Iterator[Failure]:
    for entry in journal:
        if entry["kind"] == "delivery":
            continue
        whose = f", request {entry['request_id']}" if entry["request_id"] else ""
        asked = entry["source"] in _FRONT_DOORS
        what = "a request to" if asked else f"an event of {entry['source']} for"
        yield Failure(
            datetime.fromtimestamp(entry["at"], UTC),
            f"{entry['kind']}: {what} {entry['resource']}{whose}",
            entry["message"],
            _ANSWER_ADVICE
            if entry["kind"] == "malformed"
            else "cloud.diagram(), which shows who may call whom, and cloud.logs(…)",
        )


def _advice(message: str) -> str | None:
    report = reports.parse(message)
    if report is not None or message.startswith(("START ", "END ")):
        # The line before a REPORT says more than its status does.
        return None
    for pattern, advice in _ADVICE:
        if re.search(pattern, message, re.MULTILINE):
            return advice
    return None


def _request_of(log: list[LogLine], at: int) -> str | None:
    if found := _REQUEST_ID.search(log[at].message):
        return found.group(0)
    for line in reversed(log[:at]):
        if line.stream == log[at].stream and line.message.startswith("START "):
            request = _REQUEST_ID.search(line.message)
            return request.group(0) if request else None
    return None


def _cut(message: str) -> str:
    with contextlib.suppress(ValueError):
        message = json.dumps(json.loads(message), indent=1, ensure_ascii=False)
    return message if len(message) <= _QUOTED else message[:_QUOTED] + " …"
