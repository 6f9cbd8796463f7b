"""What reading a stream needs: which stream it is stands in the iterator."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator

from grader.cloud.access.need import Need
from grader.cloud.access.operations import Operation
from grader.cloud.access.resource_names import Place, given


def table_records(operation: Operation, place: Place) -> Iterator[Need]:
    """GetRecords of DynamoDB Streams, whose iterators begin with the stream's ARN."""
    arn, _, _ = given(operation, "ShardIterator").partition("|")
    yield Need("dynamodb:GetRecords", arn or "*")


def kinesis_records(operation: Operation, place: Place) -> Iterator[Need]:
    """GetRecords of Kinesis, whose iterators hold the stream's name."""
    try:
        place_in = json.loads(base64.b64decode(given(operation, "ShardIterator")))
        name = str(place_in[0])
    except (ValueError, TypeError, IndexError, KeyError, binascii.Error):
        # No iterator; Kinesis says so to whoever may read any stream.
        name = "*"
    yield Need(
        "kinesis:GetRecords",
        f"arn:{place.partition}:kinesis:{place.region}:{place.account}:stream/{name}",
    )
