"""`cloud.why()`: the last failure, what it means and where to look."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from grader.lab import display, loops, reports
from grader.lab.advice import advice
from grader.lab.answers import Answer
from grader.lab.architecture import Architecture, Arrow
from grader.lab.denials import Denial, denial
from grader.lab.listings import items
from grader.lab.logs import LogLine, function_name, lines
from grader.lab.survey import survey

if TYPE_CHECKING:
    from grader.lab.cloud import Cloud

_GROUPS = "/aws/lambda/"
_RECENT = timedelta(hours=1)
"""How far back a real account's logs are read, since reading them costs money there."""
_A_MOMENT = timedelta(seconds=5)
_QUOTED = 1200

_FUNCTION = re.compile(r":function:([\w-]+)(?::[\w$-]+)?$")
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


# The sources of the journal's entries that are requests and not events.
_FRONT_DOORS = ("apigateway", "function-url")
_SENDERS = {"events": "EventBridge"}
"""Services whose names in the journal aren't what people call them."""
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
    function: str | None = None
    """Whose failure it was, so that later runs can be told."""
    request: str | None = None


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
            [("", display.Code(last.detail)), ("Look at", last.look), *denied],
        )


def explain(
    cloud: Cloud,
    journal: Iterable[dict[str, Any]],
    denied: Iterable[dict[str, Any]] = (),
    answered: tuple[datetime, Answer] | None = None,
) -> Explanation:
    """The latest of failed invocations, of denials, and of what else was noted.

    `journal` is the lab's, `denied` what it knows of denials; `answered` is the last
    answer of 500 or more to a request of this handle, and its time.
    """
    drawn = survey(cloud)
    denials = [denial(told) for told in denied]
    failed = [_with_denial(one, denials) for one in _failed_invocations(cloud)]
    failures = [*_noted(list(journal), drawn), *map(_of_denial, denials), *failed]
    last = max(failures, key=lambda failure: failure.when, default=None)
    # A function that failed a moment before the answer is that answer's cause.
    if answered and (last is None or last.when < answered[0] - _A_MOMENT):
        last = _of_answer(*answered)
    if last is not None and last.function is not None:
        after = since(last, cloud.logs(last.function))
        last = replace(last, look=last.look + after)
    return Explanation(last, _broken(drawn))


def _of_denial(denied: Denial) -> Failure:
    return Failure(
        denied.when,
        f"{denied.who} was refused {denied.what}",
        denied.sentence,
        denied.explanation,
    )


def _with_denial(failure: Failure, denials: list[Denial]) -> Failure:
    """A function's failure, explained by the refusal that it comes from."""
    for denied in reversed(denials):
        before = timedelta() <= failure.when - denied.when <= _A_MOMENT
        if (
            before
            and "is not authorized to perform" in failure.detail
            and denied.principal.endswith(f"/{failure.function}")
        ):
            return replace(failure, look=f"{failure.look}\n{denied.explanation}")
    return failure


def _broken(drawn: Architecture) -> list[str]:
    """Arrows that nothing gets through, one line for those between the same two."""
    told: dict[tuple[str, str], list[Arrow]] = {}
    for arrow in drawn.arrows:
        if arrow.broken:
            told.setdefault((str(arrow.source), str(arrow.target)), []).append(arrow)
    return [
        f"{source} → {target} ({', '.join(one.label for one in arrows)}): "
        f"{arrows[0].broken}"
        for (source, target), arrows in told.items()
    ]


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
        if advice(log[at].message) is not None:
            at = _most_telling(log, at)
            line = log[at]
            request = _request_of(log, at)
            whose = f", request {request}" if request else ""
            return Failure(
                line.when,
                f"{function} failed{whose}",
                _cut(line.message),
                f"{advice(line.message)}\nAll of its log: cloud.logs({function!r})",
                function,
                request,
            )
    return None


def _most_telling(log: list[LogLine], at: int) -> int:
    """The line with the error itself, where `at` is but the report of its INIT."""
    if log[at].message.startswith("INIT_REPORT"):
        for before in range(at - 1, -1, -1):
            if log[before].stream != log[at].stream:
                continue
            if log[before].message.startswith("INIT_"):
                break
            if advice(log[before].message) is not None:
                return before
    return at


def since(failure: Failure, log: list[LogLine]) -> str:
    """How often its function has run well after a failure; empty if it hasn't."""
    later = (reports.parse(line.message) for line in log if line.when > failure.when)
    good = [
        end
        for end in later
        if end and end.status == "success" and end.request_id != failure.request
    ]
    if not good:
        return ""
    times = "once" if len(good) == 1 else f"{len(good)} times"
    return f"\nSince then it has run {times} without an error."


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


def _noted(journal: list[dict[str, Any]], drawn: Architecture) -> Iterator[Failure]:
    stopped = {one["request_id"] for one in journal if one["kind"] == "recursion"}
    for entry in journal:
        # A loop that was stopped is dropped too, which says less.
        doubled = entry["kind"] == "dropped" and entry["request_id"] in stopped
        if entry["kind"] == "delivery" or doubled:
            continue
        if entry["kind"] == "late":
            yield _of_late_call(entry)
            continue
        whose = f", request {entry['request_id']}" if entry["request_id"] else ""
        source = entry["source"]
        yield Failure(
            datetime.fromtimestamp(entry["at"], UTC),
            f"{entry['kind']}: an event of {_SENDERS.get(source, source)} for"
            f" {entry['resource']}"
            f"{whose}",
            entry["message"],
            _look_for(entry, journal, drawn),
            found[1] if (found := _FUNCTION.search(entry["resource"])) else None,
            entry["request_id"],
        )


def _of_late_call(entry: dict[str, Any]) -> Failure:
    return Failure(
        datetime.fromtimestamp(entry["at"], UTC),
        f"{function_name(entry['resource'])} didn't wait for a call",
        entry["message"],
        "the calls in the handler. On AWS an environment stands still from its answer "
        "on, so such a call is made with a later event, or never: in Node.js it needs "
        "await before it, and forEach waits for none.",
        function_name(entry["resource"]),
    )


def _look_for(
    entry: dict[str, Any], journal: list[dict[str, Any]], drawn: Architecture
) -> str:
    if entry["kind"] == "recursion":
        before = [one for one in journal if one["at"] <= entry["at"]]
        return loops.told(function_name(entry["resource"]), before, drawn)
    if entry["kind"] == "malformed":
        return (
            "what the handler returns: a dict with a statusCode that is a number and a "
            "body that is text (json.dumps makes it)"
        )
    if entry["kind"] == "dropped":
        return (
            "the error of its last attempt: "
            f"cloud.logs({function_name(entry['resource'])!r})"
        )
    if entry["kind"] == "report":
        item = "messageId" if entry["source"] == "sqs" else "SequenceNumber"
        return (
            'what the handler returns: {"batchItemFailures": [{"itemIdentifier": …}]}, '
            f"with the {item} of a record; an empty list where all went well"
        )
    if entry["kind"] == "blocked":
        return (
            "the error of its attempts: "
            f"cloud.logs({function_name(entry['resource'])!r}); and the mapping's "
            "MaximumRetryAttempts, BisectBatchOnFunctionError and DestinationConfig, "
            "which say when records are given up"
        )
    if entry["kind"] == "fault":
        return (
            "cloud.fail_next(…), cloud.slow(…) or a check asked for it; "
            "cloud.no_faults() ends them all"
        )
    if entry["kind"] == "alarm":
        name = entry["resource"].split(":", 6)[-1]
        return (
            "the policy of the topic or function that the alarm is to reach; "
            f"describe_alarm_history(AlarmName={name!r}) lists what it tried"
        )
    return "cloud.diagram(), which shows who may call whom, and cloud.logs(…)"


def _request_of(log: list[LogLine], at: int) -> str | None:
    if found := _REQUEST_ID.search(log[at].message):
        return found.group(0)
    for line in reversed(log[:at]):
        if line.stream == log[at].stream and line.message.startswith("START "):
            request = _REQUEST_ID.search(line.message)
            return request.group(0) if request else None
    return None


def _cut(message: str) -> str:
    # Node.js writes its errors as JSON, behind the time and the request.
    before, brace, tail = message.partition("{")
    with contextlib.suppress(ValueError):
        told = json.loads(brace + tail)
        if not before:
            message = json.dumps(told, indent=1, ensure_ascii=False)
        elif isinstance(told.get("stack"), list):
            message = before + "\n" + "\n".join(map(str, told["stack"]))
    return message if len(message) <= _QUOTED else message[:_QUOTED] + " …"
