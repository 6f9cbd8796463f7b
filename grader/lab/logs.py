"""The log lines of one function, from CloudWatch Logs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grader.errors import WrongUse
from grader.lab.listings import items


@dataclass(frozen=True)
class LogLine:
    """One event of a log stream."""

    when: datetime
    stream: str
    message: str

    def __str__(self) -> str:
        return self.message


class LogLines(list[LogLine]):
    """Log lines in the order of their time; shown as text."""

    empty = "no log lines yet"

    @property
    def text(self) -> str:
        """All messages, one below the other."""
        return "\n".join(line.message for line in self)

    def __repr__(self) -> str:
        if not self:
            return self.empty
        return "\n".join(f"{line.when:%H:%M:%S.%f}"[:-3] + f"  {line}" for line in self)


def function_name(function: str) -> str:
    """The name in a function's name, ARN or partial ARN, without its qualifier."""
    if not isinstance(function, str) or not function:
        raise WrongUse(f"{function!r} is not the name of a function")
    parts = function.split(":")
    if "function" in parts:
        return parts[parts.index("function") + 1]
    return parts[0]


def log_group(client: Any, function: str) -> str:
    """Where a function writes; its configured group, or Lambda's default name."""
    name = function_name(function)
    try:
        configuration = client.get_function_configuration(FunctionName=name)
    except client.exceptions.ResourceNotFoundException:
        # A deleted function leaves its logs behind.
        return f"/aws/lambda/{name}"
    return str(
        configuration.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}")
    )


def nothing(client: Any, function: str) -> str:
    """Why there are no lines: it has not run, or there is no such function."""
    name = function_name(function)
    names = [
        one["FunctionName"] for one in items(client, "list_functions", "Functions")
    ]
    if name in names:
        return f"no log lines yet: {name} hasn't run"
    near = difflib.get_close_matches(name, names, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"no log lines, and no function is named {name!r}{meant}"


def lines(client: Any, group: str, *, since: datetime | None = None) -> LogLines:
    """The lines of a log group, oldest first; none when there is no such group."""
    start = {} if since is None else {"startTime": int(since.timestamp() * 1000)}
    try:
        return LogLines(_events(client, logGroupName=group, **start))
    except client.exceptions.ResourceNotFoundException:
        return LogLines()


def _events(client: Any, **wanted: Any) -> Iterator[LogLine]:
    for page in client.get_paginator("filter_log_events").paginate(**wanted):
        for event in page["events"]:
            yield LogLine(
                datetime.fromtimestamp(event["timestamp"] / 1000, UTC),
                event["logStreamName"],
                event["message"].rstrip("\n"),
            )
