"""Event source mappings: none can be made until something polls the sources."""

from __future__ import annotations

from typing import Any

from grader.cloud.functions import constraints, names, pages
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import invalid, missing

_POLLED = ("sqs", "kinesis", "dynamodb")
NO_POLLER = (
    "This build of the local cloud doesn't poll queues or streams yet, so it makes no"
    " event source mappings (CreateEventSourceMapping). Let an S3 notification or an"
    " API invoke the function, or use real AWS."
)


@operation("CreateEventSourceMapping")
def create_event_source_mapping(call: Call) -> Members:
    """Refuse, first as AWS would, then because nothing would deliver.

    moto delivers in the sender's request, one record at a time.
    https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
    """
    source: str | None = call.get("EventSourceArn")
    if source is None and not call.get("SelfManagedEventSource"):
        raise invalid("Unrecognized event source.")
    service = source.split(":")[2] if source else "kafka"
    if service in ("kinesis", "dynamodb") and "StartingPosition" not in call:
        raise constraints.violation(None, "startingPosition", "Member must not be null")
    _check_function(call)
    batch, window = call.get("BatchSize"), call.get("MaximumBatchingWindowInSeconds")
    if service == "sqs" and batch is not None and batch > 10 and not window:
        raise invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch"
            " size is greater than 10"
        )
    if service not in _POLLED:
        raise invalid("Unrecognized event source.")
    raise invalid(NO_POLLER)


def _check_function(call: Call) -> None:
    named = names.parse(call.account, call.region, call["FunctionName"])
    if call.backend.latest(named.name) is None:
        raise invalid("Function does not exist")


@operation("GetEventSourceMapping")
@operation("UpdateEventSourceMapping")
@operation("DeleteEventSourceMapping")
def about_event_source_mapping(call: Call) -> Members:
    """Refuse: there is no mapping of any id."""
    raise missing("The resource you requested does not exist.")


@operation("ListEventSourceMappings")
def list_event_source_mappings(call: Call) -> Members:
    """List the mappings of a source or function: none."""
    found: list[Any] = []
    return pages.page(call, "EventSourceMappings", found)
