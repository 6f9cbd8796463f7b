"""Publishing: what SNS checks of a message before it takes one.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from grader.cloud.topics import ordered_topics
from grader.cloud.topics.errors import Refused, invalid
from grader.cloud.topics.messages import Message

LARGEST = 256 * 1024
"""Bytes of a message with its attributes, and of a batch."""

_BATCH_AT_MOST = 10
_SUBJECT_AT_MOST = 100
_ENTRY_ID = re.compile(r"[\w-]{1,80}", re.ASCII)

Attributes = Mapping[str, Mapping[str, str]]


def check(
    topic: Any,
    body: str,
    *,
    subject: str | None,
    structure: str | None,
    attributes: Attributes,
    group_id: str | None,
    deduplication_id: str | None,
) -> None:
    """Refuse what can't be published to a topic.

    Raises: Refused, InvalidParameter.
    """
    if not body:
        raise invalid("Empty message")
    if subject is not None and not _is_subject(subject):
        raise invalid("Subject")
    if size(body, attributes) > LARGEST:
        raise invalid("Message too long")
    if structure is not None:
        bodies(body, structure)
    if not topic.fifo_topic:
        if deduplication_id is not None:
            raise invalid(
                "MessageDeduplicationId Reason: The request includes"
                " MessageDeduplicationId parameter that is not valid for this topic"
                " type"
            )
        return
    if not group_id:
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if ordered_topics.deduplication_id(topic, body, deduplication_id) is None:
        raise invalid(
            "The topic should either have ContentBasedDeduplication enabled or"
            " MessageDeduplicationId provided explicitly"
        )


def check_batch(entries: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a batch as a whole.

    Raises: Refused.
    """
    if not entries:
        raise Refused(
            "EmptyBatchRequest", "The batch request doesn't contain any entries."
        )
    if len(entries) > _BATCH_AT_MOST:
        raise Refused(
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        )
    ids = [entry["Id"] for entry in entries]
    if not all(_ENTRY_ID.fullmatch(one) for one in ids):
        raise Refused(
            "InvalidBatchEntryId",
            "The Id of a batch entry in a batch request doesn't abide by the"
            " specification.",
        )
    if len(set(ids)) < len(ids):
        raise Refused(
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        )
    sizes = (
        size(entry["Message"], entry.get("MessageAttributes", {})) for entry in entries
    )
    if sum(sizes) > LARGEST:
        raise Refused(
            "BatchRequestTooLong",
            "The length of all the batch messages put together is more than the limit.",
        )


def message(
    topic: Any,
    body: str,
    *,
    subject: str | None = None,
    structure: str | None = None,
    attributes: Attributes | None = None,
    group_id: str | None = None,
    deduplication_id: str | None = None,
    trace_header: str | None = None,
) -> tuple[Message, bool]:
    """Make the message of a topic, and say whether it is a new one.

    To be called in the topic's turn, so that a FIFO topic's are numbered in order.
    """
    known_as = ordered_topics.deduplication_id(topic, body, deduplication_id)
    message_id, sequence_number = str(uuid.uuid4()), None
    new = True
    if topic.fifo_topic:
        before = ordered_topics.earlier(topic, str(group_id), str(known_as))
        if before is not None:
            (message_id, sequence_number), new = before, False
        else:
            sequence_number = ordered_topics.number(
                topic, str(group_id), str(known_as), message_id
            )
    made = Message(
        id=message_id,
        topic_arn=topic.arn,
        body=body,
        subject=subject,
        attributes=attributes or {},
        bodies=bodies(body, structure) if structure is not None else {},
        group_id=group_id,
        deduplication_id=known_as,
        sequence_number=sequence_number,
        trace_header=trace_header,
    )
    return made, new


def bodies(body: str, structure: str) -> dict[str, str]:
    """The texts by protocol of a message of the structure ``json``.

    Raises: Refused, InvalidParameter.
    """
    if structure != "json":
        raise invalid(f"Unsupported message structure: {structure}")
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise invalid("Message Structure - JSON message body failed to parse")
    if "default" not in found:
        raise invalid("Message Structure - No default entry in JSON message body")
    # Keys that are no protocols, and values that are no text, are ignored.
    return {name: text for name, text in found.items() if isinstance(text, str)}


def size(body: str, attributes: Attributes) -> int:
    """How large a message counts, in bytes: names, types and values are part of it."""
    return len(body.encode()) + sum(
        len(name.encode()) + len(one["Type"]) + len(one["Value"].encode())
        for name, one in attributes.items()
    )


def _is_subject(subject: str) -> bool:
    """Whether it is up to 100 characters of printable text in one line."""
    return 0 < len(subject) <= _SUBJECT_AT_MOST and subject.isprintable()
