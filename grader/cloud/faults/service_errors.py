"""What a service answers when it can't take a request for now."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from grader.cloud.access.denials import Denial, protocol_of
from grader.cloud.access.operations import Operation

# Code, message and status by the service's prefix in IAM. Codes and statuses are those
# that botocore takes for throttling.
_THROTTLED: Mapping[str, tuple[str, str, int]] = {
    "dynamodb": (
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded."
        " Consider increasing your provisioning level with the UpdateTable API.",
        400,
    ),
    "kinesis": ("ProvisionedThroughputExceededException", "Rate exceeded", 400),
    "lambda": ("TooManyRequestsException", "Rate exceeded", 429),
    "s3": ("SlowDown", "Please reduce your request rate.", 503),
    "ses": ("TooManyRequestsException", "Maximum sending rate exceeded.", 429),
    "sns": ("Throttled", "Rate exceeded", 429),
    "sqs": ("RequestThrottled", "Request is throttled.", 403),
}
_JSON = ("ThrottlingException", "Rate exceeded", 400)
_XML = ("Throttling", "Rate exceeded", 400)


def throttled(operation: Operation) -> Denial:
    """The service's own refusal of an operation for too many requests."""
    protocol = protocol_of(operation, operation.prefix)
    usual = _XML if protocol in ("query", "ec2") else _JSON
    code, message, status = _THROTTLED.get(operation.prefix, usual)
    if operation.prefix == "ses" and protocol == "query":
        code, status = "Throttling", 400
    return Denial(code, message, status, protocol, str(uuid.uuid4()))
