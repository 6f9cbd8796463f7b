"""Reading log events: FilterLogEvents over a group, GetLogEvents of a stream.

moto orders events by stream, has no prefix, ends ranges elsewhere than AWS, and takes
most patterns to match everything. Follows the CloudWatch Logs API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.logs import errors, pages
from grader.cloud.logs.log_events import LogEvent
from grader.cloud.logs.log_groups import LogsBackend, LogStream
from grader.cloud.logs.patterns import parse
from grader.facts import cloudwatch

_LARGEST = cloudwatch.EVENTS_PER_PAGE.value
# Of one answer, in bytes of messages.
_ANSWER = cloudwatch.PAGE_SIZE.value

Members = Mapping[str, Any]


def filter_events(backend: LogsBackend, members: Members) -> dict[str, Any]:
    """Answer FilterLogEvents: the events that match, by their time.

    Raises:
        AWSError: ResourceNotFoundException, InvalidParameterException.
    """
    if members.get("unmask"):
        raise errors.unmodelled("data protection (unmask)")
    group = backend.group(
        members.get("logGroupName"), members.get("logGroupIdentifier")
    )
    names, prefix = members.get("logStreamNames"), members.get("logStreamNamePrefix")
    if names and prefix:
        raise errors.invalid(
            "logStreamNames and logStreamNamePrefix cannot both be specified."
        )
    if names:
        streams = [backend.stream(group, name) for name in names]
    else:
        streams = [
            stream
            for name, stream in sorted(group.streams.items())
            if name.startswith(prefix or "")
        ]
    pattern = parse(members.get("filterPattern") or "")
    start, end = members.get("startTime", 0), members.get("endTime", float("inf"))
    found = [
        (event, stream)
        for stream in streams
        for event in list(stream.events)
        if start <= event.timestamp <= end and pattern.match(event.message)
    ]
    found.sort(key=lambda one: (one[0].timestamp, one[0].event_id))
    forward, place = _place(members)
    if not forward:
        found.reverse()
    left = found[place:]
    count = _fitting([event for event, _ in left], members.get("limit", _LARGEST))
    answer: dict[str, Any] = {
        "events": [_filtered(event, stream) for event, stream in left[:count]],
        "searchedLogStreams": [],
    }
    if count < len(left):
        answer["nextToken"] = pages.token({"from": place + count, "forward": forward})
    return answer


def _place(members: Members) -> tuple[bool, int]:
    """Say in which direction to read, and after how many events."""
    if "nextToken" not in members:
        return members.get("startFromHead", True), 0
    place = pages.read_token(members["nextToken"])
    return bool(place["forward"]), int(place["from"])


def _fitting(events: list[LogEvent], limit: int) -> int:
    """Count the events that fit into an answer; one always does."""
    size = 0
    for count, event in enumerate(events[:limit]):
        size += len(event.message.encode())
        if size > _ANSWER and count:
            return count
    return min(limit, len(events))


def _filtered(event: LogEvent, stream: LogStream) -> dict[str, Any]:
    return {"logStreamName": stream.log_stream_name, **event.to_filter_dict()}


def get_events(backend: LogsBackend, members: Members) -> dict[str, Any]:
    """Answer GetLogEvents: a stream's events, always with tokens for both directions.

    At either end the token is the one that was given.

    Raises:
        AWSError: ResourceNotFoundException, InvalidParameterException.
    """
    if members.get("unmask"):
        raise errors.unmodelled("data protection (unmask)")
    group = backend.group(
        members.get("logGroupName"), members.get("logGroupIdentifier")
    )
    stream = backend.stream(group, members["logStreamName"])
    start, end = members.get("startTime", 0), members.get("endTime", float("inf"))
    events = sorted(
        (event for event in list(stream.events) if start <= event.timestamp < end),
        key=lambda event: (event.timestamp, event.event_id),
    )
    limit = members.get("limit", _LARGEST)
    if "nextToken" in members:
        forward, place = _turn(members["nextToken"])
        place = min(place, len(events))
    else:
        forward = members.get("startFromHead", False)
        place = 0 if forward else len(events)
    if forward:
        first = place
        last = place + _fitting(events[place:], limit)
    else:
        last = place
        first = place - _fitting(events[:place][::-1], limit)
    return {
        "events": [event.to_response_dict() for event in events[first:last]],
        "nextForwardToken": f"f/{last:056d}/s",
        "nextBackwardToken": f"b/{first:056d}/s",
    }


def _turn(token: str) -> tuple[bool, int]:
    direction, _, rest = token.partition("/")
    place, _, end = rest.partition("/")
    if direction not in ("f", "b") or not place.isdigit() or end != "s":
        raise errors.invalid("The specified nextToken is invalid.")
    return direction == "f", int(place)
