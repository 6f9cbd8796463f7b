"""PutBucketNotificationConfiguration and its Get, in place of moto's.

moto asks no destination whether S3 may deliver there.
"""

from __future__ import annotations

import time
from typing import Any
from xml.sax.saxutils import escape

from moto.core.responses import ActionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from grader.cloud import notification_configuration
from grader.cloud.aws_errors import AWSError
from grader.cloud.notification_configuration import Configuration
from grader.cloud.notification_events import Origin, s3_test_event
from grader.cloud.notification_origin import current_origin
from grader.cloud.notification_targets import refusal, send_to_queue, send_to_topic


def put_configuration(
    response: S3Response, request: Any, bucket_name: str, query: Any
) -> Any:
    """Check and store a bucket's configuration, and try its queues and topics.

    Functions are never sent the test event.
    """
    response._set_action("BUCKET", "PUT", query)
    response._authenticate_and_authorize_s3_action(bucket_name=bucket_name)
    bucket = response.backend.get_bucket(bucket_name)
    origin = current_origin(response.current_account)
    try:
        configuration = notification_configuration.read(
            response.body, region=bucket.region_name
        )
        if request.headers.get("x-amz-skip-destination-validation") != "true":
            _check_destinations(configuration, bucket)
    except AWSError as error:
        return error.status, {"content-type": "application/xml"}, _drawn(error, origin)
    kept = notification_configuration.stored(configuration)
    bucket.notification_configuration = kept
    told = s3_test_event(bucket.name, origin, time.time())
    for rule in configuration.rules:
        if rule.kind == "Queue":
            send_to_queue(rule.arn, told)
        elif rule.kind == "Topic":
            send_to_topic(rule.arn, told)
    return ""


def get_configuration(response: S3Response) -> Any:
    """GetBucketNotificationConfiguration; moto leaves EventBridge out."""
    kept = response.backend.get_bucket_notification_configuration(response.bucket_name)
    response.data["Action"] = "GetBucketNotificationConfiguration"
    return response.serialized(ActionResult(notification_configuration.shown(kept)))


def _check_destinations(configuration: Configuration, bucket: FakeBucket) -> None:
    arguments: dict[str, str] = {}
    for rule in configuration.rules:
        reason = refusal(
            rule.kind, rule.arn, bucket_arn=bucket.arn, owner=bucket.account_id
        )
        if reason is not None:
            number = len(arguments) // 2 + 1
            name = f"{rule.arn}, null" if rule.kind == "CloudFunction" else rule.arn
            arguments[f"ArgumentName{number}"] = name
            arguments[f"ArgumentValue{number}"] = reason
    if arguments:
        raise AWSError(
            "InvalidArgument",
            "Unable to validate the following destination configurations",
            400,
            **arguments,
        )


def _drawn(error: AWSError, origin: Origin) -> str:
    members = {
        "Code": error.code,
        "Message": error.message,
        **error.fields,
        "RequestId": origin.request_id,
        "HostId": origin.host_id,
    }
    inside = "".join(
        f"<{name}>{escape(str(value))}</{name}>" for name, value in members.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inside}</Error>'
