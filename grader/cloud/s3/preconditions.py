"""Conditional requests: what must be true of an object before it is written or copied.

Follows "How to prevent object overwrites with conditional writes" in the S3 user guide.
moto looks at two of the four conditions of a copy not at all, and at the others in
between looking and storing.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from moto.s3.models import FakeBucket, FakeKey

from grader.cloud.s3 import versions
from grader.cloud.s3.errors import Refused


def check_write(bucket: FakeBucket, key: str, headers: Mapping[str, str]) -> None:
    """Refuse to write over what a request doesn't expect to be there.

    To be called with the lock of the bucket's backend.

    Raises:
        Refused: PreconditionFailed, NoSuchKey or NotImplemented.
    """
    current = versions.find(bucket, key, None)
    found = current if isinstance(current, FakeKey) else None
    unless = headers.get("If-None-Match")
    if unless is not None and unless != "*":
        raise Refused(
            "NotImplemented",
            "A header you provided implies functionality that is not implemented",
            501,
            Header="If-None-Match",
        )
    if unless is not None and found is not None:
        raise _failed("If-None-Match")
    wanted = headers.get("If-Match")
    if wanted is None:
        return
    if found is None:
        raise Refused("NoSuchKey", "The specified key does not exist.", 404, Key=key)
    if wanted != "*" and not _is(found, wanted):
        raise _failed("If-Match")


def check_copy(source: FakeKey, headers: Mapping[str, str]) -> None:
    """Refuse to copy an object that isn't as a request wants it.

    An ETag that is right outweighs a date that is wrong, and the other way round.

    Raises:
        Refused: PreconditionFailed.
    """
    start = "x-amz-copy-source-if-"
    match, unless = headers.get(f"{start}match"), headers.get(f"{start}none-match")
    if match is not None and not _is(source, match):
        raise _failed("x-amz-copy-source-If-Match")
    since = headers.get(f"{start}unmodified-since")
    if since and match is None and _modified(source) > _moment(since):
        raise _failed("x-amz-copy-source-If-Unmodified-Since")
    if unless is not None and _is(source, unless):
        raise _failed("x-amz-copy-source-If-None-Match")
    since = headers.get(f"{start}modified-since")
    if since and unless is None and _modified(source) <= _moment(since):
        raise _failed("x-amz-copy-source-If-Modified-Since")


def _is(found: FakeKey, etag: str) -> bool:
    return bool(found.etag.strip('"') == etag.strip('"'))


def _modified(found: FakeKey) -> datetime:
    whole: Any = found.last_modified.replace(microsecond=0, tzinfo=UTC)
    return whole  # type: ignore[no-any-return]


def _moment(text: str) -> datetime:
    """A date that a header names; one that nobody can read is long ago."""
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _failed(condition: str) -> Refused:
    return Refused(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
        Condition=condition,
    )
