"""S3 event notifications: a change to an object reaches what the bucket names.

moto delivers them inside the upload, to any function, in a shortened shape, some of
them for what wasn't asked; here they leave once the answer is made, a function gets
its event through its queue, and only if its resource policy lets S3 invoke it.
Follows "Amazon S3 Event Notifications" in the S3 user guide.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import moto.s3.models
import moto.s3.notifications
from flask import Response, after_this_request, has_request_context, request
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from grader.cloud.asynchronous import AsynchronousInvoker
from grader.cloud.eventbridge.offers import offer
from grader.cloud.journal import Incident
from grader.cloud.notification_events import (
    Change,
    Origin,
    Sequencers,
    event_record,
    eventbridge_event,
)
from grader.cloud.notification_origin import current_origin
from grader.cloud.notification_requests import get_configuration, put_configuration
from grader.cloud.notification_targets import (
    function_allows,
    send_to_queue,
    send_to_topic,
)


class Notifications:
    """Takes the place of moto's S3 notifications from ``install`` to ``close``."""

    def __init__(self, asynchronous: AsynchronousInvoker) -> None:
        self._asynchronous = asynchronous
        self._sequencers = Sequencers()
        self._replaced: list[tuple[Any, str, Any]] = []

    def install(self) -> None:
        """Put ourselves where moto calls its own code."""
        bucket_put = S3Response._bucket_response_put

        def putting(
            response: S3Response, request: Any, bucket: str, query: dict[str, Any]
        ) -> Any:
            if "notification" in query:
                return put_configuration(response, request, bucket, query)
            return bucket_put(response, request, bucket, query)

        self._replace(moto.s3.notifications, "send_event", self._on_event)
        self._replace(moto.s3.models, "events_send_notification", _untold)
        self._replace(S3Response, "_bucket_response_put", putting)
        self._replace(S3Response, "get_bucket_notification", get_configuration)

    def close(self) -> None:
        """Give moto its own code back."""
        while self._replaced:
            setattr(*self._replaced.pop())

    def _replace(self, owner: Any, name: str, ours: Callable[..., Any]) -> None:
        self._replaced.append((owner, name, getattr(owner, name)))
        setattr(owner, name, ours)

    def _on_event(self, account: str, event: str, bucket: FakeBucket, key: Any) -> None:
        """Take what moto tells of; in place of ``moto.s3.notifications.send_event``."""
        event = moto.s3.notifications.S3NotificationEvent(event).value
        if has_request_context() and not _asked_for(event):
            return
        version = key.version_id if bucket.versioning_status is not None else None
        self._changed(account, event, bucket, key, version)

    def _changed(
        self,
        account: str,
        event: str,
        bucket: FakeBucket,
        key: Any,
        version_id: str | None,
    ) -> None:
        """Tell the bucket's destinations of a change once the request is answered."""
        if bucket.notification_configuration is None:
            return
        sequencer, at = self._sequencers.next(), time.time()
        origin = current_origin(account)

        def tell() -> None:
            # Only now, as moto gives the object its metadata and tags after the event.
            change = Change(
                event=event,
                bucket=bucket.name,
                bucket_arn=bucket.arn,
                owner=bucket.account_id,
                region=bucket.region_name,
                key=key.name,
                size=getattr(key, "size", 0),
                etag=getattr(key, "etag", "").replace('"', ""),
                version_id=version_id,
                sequencer=sequencer,
                at=at,
            )
            self._tell(bucket, change, origin)

        if not has_request_context():
            tell()
            return

        @after_this_request
        def answered(response: Response) -> Response:
            tell()
            # moto answers with another service's header for the request id.
            response.headers.pop("x-amzn-requestid", None)
            response.headers["x-amz-request-id"] = origin.request_id
            response.headers["x-amz-id-2"] = origin.host_id
            return response

    def _tell(self, bucket: FakeBucket, change: Change, origin: Origin) -> None:
        kept = bucket.notification_configuration
        if kept is None:
            return
        for kind, rules, send in (
            ("function", kept.cloud_function, self._invoke),
            ("queue", kept.queue, _send_to_queue),
            ("topic", kept.topic, _send_to_topic),
        ):
            for rule in rules:
                if not rule.matches(change.event, change.key):
                    continue
                record = event_record(change, origin, rule.id)
                try:
                    send(rule.arn, record, change, origin)
                except Exception as error:  # noqa: BLE001 - the uploader never hears
                    self._note(change, rule.arn, f"the {kind} {rule.arn}", error)
        if kept.event_bridge is not None:
            event = eventbridge_event(change, origin)
            offer(event, trace_header=origin.trace_header)

    def _invoke(self, arn: str, record: Any, change: Change, origin: Origin) -> None:
        if not function_allows(arn, bucket_arn=change.bucket_arn, owner=change.owner):
            raise PermissionError(
                "the function is gone, or its resource policy doesn't let"
                f" s3.amazonaws.com invoke it for {change.bucket_arn}"
            )
        region, account = arn.split(":")[3:5]
        self._asynchronous.submit(
            account,
            region,
            arn,
            json.dumps(record, separators=(",", ":")).encode(),
            trace_header=origin.trace_header,
            source="s3",
        )

    def _note(
        self, change: Change, resource: str, where: str, error: Exception
    ) -> None:
        """Keep for why() what S3 keeps from the uploader."""
        denied = isinstance(error, PermissionError)
        name = change.event.removeprefix("s3:")
        self._asynchronous.journal.incident(
            Incident(
                at=time.time(),
                kind="permission" if denied else "undelivered",
                source="s3",
                account=change.owner,
                region=change.region,
                resource=resource,
                message=f"S3 couldn't tell {where} of {name} of {change.key!r} in"
                f" {change.bucket}: {error}",
            )
        )


def _untold(**event: Any) -> None:
    """Take an event that moto makes of CreateBucket, past every permission.

    On AWS calls only become events where CloudTrail has a trail.
    """


def _asked_for(event: str) -> bool:
    """Say whether the request is one that S3 sends this event for.

    moto also tells of the parts by which it does something: a multipart upload as an
    ObjectCreated:Put, an upload as an ObjectTagging:Put.
    """
    if event.startswith("s3:ObjectTagging:"):
        return "tagging" in request.args
    if event.startswith("s3:ObjectAcl:"):
        return "acl" in request.args
    if event == "s3:ObjectCreated:Put":
        return "uploadId" not in request.args
    return True


def _send_to_queue(arn: str, record: Any, _change: Change, _origin: Origin) -> None:
    send_to_queue(arn, record)


def _send_to_topic(arn: str, record: Any, _change: Change, _origin: Origin) -> None:
    send_to_topic(arn, record)
