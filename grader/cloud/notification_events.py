"""What S3 tells of a change to an object, in each of the forms that it has.

Follows "Event message structure" and "EventBridge event message structure" in the S3
user guide.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from grader.cloud.eventbridge.events import envelope

DELETE = "s3:ObjectRemoved:Delete"
DELETE_MARKER = "s3:ObjectRemoved:DeleteMarkerCreated"
EXPIRATION = "s3:LifecycleExpiration:Delete"
EXPIRATION_MARKER = "s3:LifecycleExpiration:DeleteMarkerCreated"
TRANSITION = "s3:LifecycleTransition"

_EMPTY_ETAG = hashlib.md5(b"", usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Origin:
    """The request that changed an object.

    ``principal`` is what S3 calls the caller's principal id, ``requester`` the
    caller's account; ``trace_header`` is its ``X-Amzn-Trace-Id``.
    """

    request_id: str
    host_id: str
    source_ip: str
    principal: str
    requester: str
    trace_header: str | None = None


@dataclass(frozen=True)
class Change:
    """What happened to an object; ``event`` is the event type, as ``s3:ObjectAcl:Put``.

    ``owner`` is the bucket owner's account, ``at`` lab time in epoch seconds;
    ``version_id`` is None in a bucket without versions.
    """

    event: str
    bucket: str
    bucket_arn: str
    owner: str
    region: str
    key: str
    size: int
    etag: str
    version_id: str | None
    sequencer: str
    at: float


_DELETIONS = (DELETE, EXPIRATION)
_MARKERS = (DELETE_MARKER, EXPIRATION_MARKER)


class Sequencers:
    """Hexadecimal numbers by which the events of one key can be put in order."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> str:
        with self._lock:
            # Seconds, then a 32-bit fraction: the form of the ones that S3 gives.
            self._last = max(self._last + 1, int(time.time() * 2**32))
            return f"00{self._last:016X}"


def encoded_key(key: str) -> str:
    """Encode a key as S3 does in an event: a space is ``+`` and ``/`` stays."""
    return quote_plus(key, safe="/*")


def event_record(change: Change, origin: Origin, configuration_id: str) -> Any:
    """The event for a queue, topic or function: one record, as S3 always sends."""
    return {
        "Records": [
            {
                "eventVersion": _event_version(change.event),
                "eventSource": "aws:s3",
                "awsRegion": change.region,
                "eventTime": timestamp(change.at),
                "eventName": change.event.removeprefix("s3:"),
                "userIdentity": {"principalId": origin.principal},
                "requestParameters": {"sourceIPAddress": origin.source_ip},
                "responseElements": {
                    "x-amz-request-id": origin.request_id,
                    "x-amz-id-2": origin.host_id,
                },
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": configuration_id,
                    "bucket": {
                        "name": change.bucket,
                        "ownerIdentity": {"principalId": owner_id(change.owner)},
                        "arn": change.bucket_arn,
                    },
                    "object": _object(change),
                },
            }
        ]
    }


def _object(change: Change) -> dict[str, Any]:
    described: dict[str, Any] = {"key": encoded_key(change.key)}
    kind = change.event.split(":")[1]
    removes = ("ObjectRemoved", "LifecycleExpiration")
    if kind not in (*removes, "ObjectTagging", "ObjectAcl"):
        described["size"] = change.size
    if change.event in _MARKERS:
        described["eTag"] = _EMPTY_ETAG
    elif change.event not in _DELETIONS:
        described["eTag"] = change.etag
    if change.version_id is not None:
        described["versionId"] = change.version_id
    if kind not in ("ObjectTagging", "ObjectAcl"):
        described["sequencer"] = change.sequencer
    return described


def _event_version(event: str) -> str:
    if event.startswith("s3:Replication:"):
        return "2.2"
    older = ("s3:ObjectCreated:", "s3:ObjectRemoved:", "s3:ReducedRedundancy")
    restores = ("s3:ObjectRestore:Post", "s3:ObjectRestore:Completed")
    return "2.1" if event.startswith(older) or event in restores else "2.3"


def s3_test_event(bucket: str, origin: Origin, at: float) -> dict[str, str]:
    """What a queue or topic receives when it is made a bucket's destination."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": timestamp(at),
        "Bucket": bucket,
        "RequestId": origin.request_id,
        "HostId": origin.host_id,
    }


_DETAIL_TYPES = {
    "s3:ObjectCreated": "Object Created",
    "s3:ObjectRemoved": "Object Deleted",
    "s3:LifecycleExpiration": "Object Deleted",
    TRANSITION: "Object Storage Class Changed",
    "s3:ObjectRestore:Post": "Object Restore Initiated",
    "s3:ObjectRestore:Completed": "Object Restore Completed",
    "s3:ObjectAcl": "Object ACL Updated",
    "s3:ObjectTagging:Put": "Object Tags Added",
    "s3:ObjectTagging:Delete": "Object Tags Deleted",
}

_REASONS = {
    "s3:ObjectCreated:Put": "PutObject",
    "s3:ObjectCreated:Post": "POST Object",
    "s3:ObjectCreated:Copy": "CopyObject",
    "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    DELETE: "DeleteObject",
    DELETE_MARKER: "DeleteObject",
    EXPIRATION: "Lifecycle Expiration",
    EXPIRATION_MARKER: "Lifecycle Expiration",
}

_DELETION_TYPES = {
    DELETE: "Permanently Deleted",
    DELETE_MARKER: "Delete Marker Created",
    EXPIRATION: "Permanently Deleted",
    EXPIRATION_MARKER: "Delete Marker Created",
}


def eventbridge_event(change: Change, origin: Origin) -> dict[str, Any]:
    """The event for EventBridge."""
    kind = ":".join(change.event.split(":")[:2])
    stored: dict[str, Any] = {"key": change.key}
    if kind == "s3:ObjectCreated" or kind == "s3:ObjectRestore":
        stored["size"] = change.size
    if change.event not in _DELETIONS:
        stored["etag"] = _EMPTY_ETAG if change.event in _MARKERS else change.etag
    if change.version_id is not None:
        stored["version-id"] = change.version_id
    if kind in ("s3:ObjectCreated", "s3:ObjectRemoved", "s3:LifecycleExpiration"):
        stored["sequencer"] = change.sequencer
    detail = {
        "version": "0",
        "event-version": "1.0",
        "bucket": {"name": change.bucket},
        "object": stored,
        "request-id": origin.request_id,
        "requester": origin.requester,
        "source-ip-address": origin.source_ip,
    }
    if change.event in _REASONS:
        detail["reason"] = _REASONS[change.event]
    if change.event in _DELETION_TYPES:
        detail["deletion-type"] = _DELETION_TYPES[change.event]
    return envelope(
        source="aws.s3",
        detail_type=_DETAIL_TYPES.get(change.event) or _DETAIL_TYPES[kind],
        detail=detail,
        account=change.owner,
        region=change.region,
        at=change.at,
        resources=[change.bucket_arn],
    )


def owner_id(account: str) -> str:
    """The customer id that S3 shows for an account: made up, always the same."""
    digest = hashlib.sha256(account.encode()).digest()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return "A" + "".join(letters[byte % 36] for byte in digest[:13])


def timestamp(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
