"""What each kind of event source asks of a mapping, and of the execution role."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from moto.sqs.models import Queue, sqs_backends

from grader.cloud.access import acting
from grader.cloud.functions.errors import invalid
from grader.cloud.functions.mapping_streams import check_stream
from grader.cloud.functions.stored_function import StoredFunction
from grader.cloud.polling.mapping import EventSourceMapping, Settings

Check = Callable[[StoredFunction, str, Settings], None]


@dataclass(frozen=True)
class Source:
    """The rules for one service's sources.

    ``check`` refuses a function, the ARN of a source and settings that don't go
    together. The rest is in AWS's words: a stream has a position, and is retried.
    """

    check: Check
    default_batch_size: int
    is_stream: bool
    transition_reason: str


def check_queue(function: StoredFunction, arn: str, settings: Settings) -> None:
    """Refuse a queue that can't be polled for a function.

    Raises:
        AWSError: InvalidParameterValueException.
    """
    fifo = arn.endswith(".fifo")
    size, window = settings.batch_size, settings.batching_window
    if fifo and window:
        raise invalid("Batching window is not supported for FIFO queues")
    if fifo and size > 10:
        raise invalid("Maximum batch size must be between 1 and 10 inclusive")
    if size > 10 and not window:
        raise invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch"
            " size is greater than 10"
        )
    for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        decision = acting.in_role(
            function.role, function.function_name, f"sqs:{action}", arn
        )
        if not decision.allowed:
            raise invalid(
                "The provided execution role does not have permissions to call"
                f" {action} on SQS"
            )
    queue = _queue(arn)
    if queue is None or arn.split(":")[3] != function.region:
        raise invalid(
            "Error occurred while ReceiveMessage. SQS Error Code:"
            " AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified"
            " queue does not exist."
        )
    _check_visibility(queue, function.timeout)


def check_timeout(
    function: StoredFunction, timeout: int, mappings: Iterable[EventSourceMapping]
) -> None:
    """Refuse a timeout for which a queue of the function's hides messages too briefly.

    Raises:
        AWSError: InvalidParameterValueException.
    """
    for mapping in mappings:
        if (mapping.service, mapping.function_name) == ("sqs", function.function_name):
            queue = _queue(mapping.source_arn)
            if queue is not None:
                _check_visibility(queue, timeout)


def _queue(arn: str) -> Queue | None:
    region, account, name = arn.split(":")[3:6]
    queue: Queue | None = sqs_backends[account][region].queues.get(name)
    return queue


def _check_visibility(queue: Queue, timeout: int) -> None:
    hidden: int = queue.visibility_timeout
    if hidden < timeout:
        raise invalid(
            f"Queue visibility timeout: {hidden} seconds is less than Function timeout:"
            f" {timeout} seconds"
        )


_STREAM = Source(
    check=check_stream,
    default_batch_size=100,
    is_stream=True,
    transition_reason="User action",
)
SOURCES: dict[str, Source] = {
    "dynamodb": _STREAM,
    "kinesis": _STREAM,
    "sqs": Source(
        check=check_queue,
        default_batch_size=10,
        is_stream=False,
        transition_reason="USER_INITIATED",
    ),
}
"""The services whose sources can be polled here, as they stand in a source's ARN."""

KNOWN_TO_AWS = frozenset({"dynamodb", "kafka", "kinesis", "mq", "rds"}) - set(SOURCES)
"""Those that only AWS polls."""
