"""Event source mappings, which nothing polls yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Refused = Callable[..., tuple[str, str, int]]
Create = Callable[..., dict[str, Any]]
INVALID = "InvalidParameterValueException"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:work"
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/work"


def test_says_that_nothing_would_deliver(
    aws: Any, create: Create, refused: Refused
) -> None:
    """A mapping that never fires would be worse than an error."""
    create()
    code, message, status = refused(
        aws.create_event_source_mapping, FunctionName="greet", EventSourceArn=QUEUE
    )
    assert (code, status) == (INVALID, 400)
    assert "doesn't poll queues or streams yet" in message


@pytest.mark.parametrize(
    ("wanted", "code", "message"),
    [
        ({"EventSourceArn": QUEUE}, INVALID, "Function does not exist"),
        ({}, INVALID, "Unrecognized event source."),
        (
            {"EventSourceArn": STREAM},
            "ValidationException",
            "1 validation error detected: Value null at 'startingPosition' failed to"
            " satisfy constraint: Member must not be null",
        ),
    ],
)
def test_says_first_what_aws_would(
    aws: Any, refused: Refused, wanted: dict[str, Any], code: str, message: str
) -> None:
    """Wrong requests get AWS's own words."""
    answer = refused(aws.create_event_source_mapping, FunctionName="greet", **wanted)
    assert answer == (code, message, 400)


def test_lists_none(aws: Any) -> None:
    """There are none to list."""
    assert aws.list_event_source_mappings()["EventSourceMappings"] == []


def test_says_that_a_mapping_is_missing(aws: Any, refused: Refused) -> None:
    """Whatever its id."""
    uuid = "01234567-89ab-cdef-0123-456789abcdef"
    assert refused(aws.get_event_source_mapping, UUID=uuid) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
        404,
    )
