"""Putting log events: which batches are taken, and which of their events.

moto takes batches of any size and span, and marks rejected events by other places than
AWS. Follows "PutLogEvents" in the CloudWatch Logs API reference.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from grader.cloud.logs import errors
from grader.cloud.logs.log_events import OVERHEAD
from grader.cloud.logs.log_groups import LogStream
from grader.facts import cloudwatch

_EVENTS = cloudwatch.EVENTS_PER_BATCH.value
_BATCH = cloudwatch.BATCH_SIZE.value
# In ms, as log events count time.
_SPAN = cloudwatch.BATCH_SPAN.value * 1000
_PAST = cloudwatch.OLDEST_EVENT.value * 1000
_FUTURE = cloudwatch.NEWEST_EVENT.value * 1000

Members = Mapping[str, Any]


def put(stream: LogStream, given: Sequence[Members]) -> dict[str, Any]:
    """Store a batch's events but the too old, too new and expired ones.

    Raises:
        AWSError: InvalidParameterException for a batch that isn't taken at all.
    """
    _check(given)
    now = time.time() * 1000
    retention = stream.log_group.retention
    expired = None if retention is None else now - retention
    rejected: dict[str, int] = {}
    taken = []
    for place, event in enumerate(given):
        stamp = event["timestamp"]
        if stamp > now + _FUTURE:
            rejected.setdefault("tooNewLogEventStartIndex", place)
        elif stamp < now - _PAST:
            # Both of these ends are exclusive.
            rejected["tooOldLogEventEndIndex"] = place + 1
        elif expired is not None and stamp < expired:
            rejected["expiredLogEventEndIndex"] = place + 1
        else:
            taken.append(event)
    answer: dict[str, Any] = {"nextSequenceToken": stream.put_log_events(taken)}
    if rejected:
        answer["rejectedLogEventsInfo"] = rejected
    return answer


def _check(given: Sequence[Members]) -> None:
    if not 1 <= len(given) <= _EVENTS:
        constraint = (
            "greater than or equal to 1"
            if not given
            else f"less than or equal to {_EVENTS}"
        )
        raise errors.invalid(
            "1 validation error detected: Value at 'logEvents' failed to satisfy"
            f" constraint: Member must have length {constraint}"
        )
    for place, event in enumerate(given, 1):
        for name in ("timestamp", "message"):
            if event.get(name) is None or event[name] == "":
                rule = (
                    "have length greater than or equal to 1"
                    if event.get(name) == ""
                    else "not be null"
                )
                raise errors.invalid(
                    "1 validation error detected: Value at"
                    f" 'logEvents.{place}.member.{name}' failed to satisfy constraint:"
                    f" Member must {rule}"
                )
    size = sum(len(event["message"].encode()) + OVERHEAD for event in given)
    if size > _BATCH:
        raise errors.invalid(
            f"Upload too large: {size} bytes exceeds limit of {_BATCH}"
        )
    stamps = [event["timestamp"] for event in given]
    if any(later < earlier for earlier, later in pairwise(stamps)):
        raise errors.invalid(
            "Log events in a single PutLogEvents request must be in chronological"
            " order."
        )
    if stamps[-1] - stamps[0] > _SPAN:
        raise errors.invalid(
            "The batch of log events in a single PutLogEvents request cannot span more"
            " than 24 hours."
        )
