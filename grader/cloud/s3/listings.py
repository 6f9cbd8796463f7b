"""ListObjectsV2, ListObjects and ListObjectVersions.

moto groups deleted keys as well, counts groups in one listing and not in the other,
fails on a token that it didn't give, and starts a page of versions at its end.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from moto.core.responses import ActionResult
from moto.s3.models import FakeBucket, FakeKey

from grader import facts
from grader.cloud.s3 import version_ids
from grader.cloud.s3.errors import Refused
from grader.cloud.s3.pages import Page, page
from grader.cloud.s3.versions import Marker, versions

if TYPE_CHECKING:
    from grader.cloud.s3.requests import S3Request

_MAXIMUM = 2_147_483_647
_TOKEN = b"after:"


def list_objects_v2(asked: S3Request) -> Any:
    """A page of the current objects, with tokens that nobody has to understand."""
    given, bucket = _given(asked), asked.bucket()
    token, start = given.get("continuation-token"), given.get("start-after")
    after = _read_token(token) if token is not None else start or ""
    found = _page_of_objects(bucket, given, after)
    encoded = _encoder(given)
    result = {
        **_described(bucket, given, found),
        "KeyCount": len(found.entries) + len(found.groups),
        "Contents": [
            _object(one, encoded, owner="fetch-owner" in given) for one in found.entries
        ],
    }
    if token is not None:
        result["ContinuationToken"] = token
    if start is not None:
        result["StartAfter"] = encoded(start)
    if found.truncated:
        result["NextContinuationToken"] = _token(found.last)
    asked.data["Action"] = "ListObjectsV2"
    return asked.serialized(ActionResult(result))


def list_objects(asked: S3Request) -> Any:
    """A page of the current objects, as the first version of the operation told it."""
    given, bucket = _given(asked), asked.bucket()
    found = _page_of_objects(bucket, given, given.get("marker", ""))
    encoded = _encoder(given)
    result = {
        **_described(bucket, given, found),
        "Marker": encoded(given.get("marker", "")),
        "Contents": [_object(one, encoded, owner=True) for one in found.entries],
    }
    # Without a delimiter the last key tells as much.
    if found.truncated and given.get("delimiter"):
        result["NextMarker"] = encoded(found.last)
    asked.data["Action"] = "ListObjects"
    return asked.serialized(ActionResult(result))


def list_object_versions(asked: S3Request) -> Any:
    """A page of all versions and delete markers, each key's youngest first."""
    given, bucket = _given(asked), asked.bucket()
    key_marker = given.get("key-marker", "")
    version_marker = given.get("version-id-marker", "")
    if version_marker and not key_marker:
        raise Refused(
            "InvalidArgument",
            "A version-id marker cannot be specified without a key marker.",
            ArgumentName="version-id-marker",
            ArgumentValue=version_marker,
        )
    if version_marker:
        version_ids.check(version_marker)
    found = page(
        _all_versions(bucket, key_marker, version_marker),
        prefix=given.get("prefix", ""),
        delimiter=given.get("delimiter", ""),
        behind=key_marker,
        size=_size(given),
    )
    encoded = _encoder(given)
    result = {
        **_described(bucket, given, found),
        "KeyMarker": encoded(key_marker),
        "VersionIdMarker": version_marker,
        "Versions": [
            {
                **_object(one, encoded, owner=True),
                "VersionId": one.version_id,
                "IsLatest": latest,
            }
            for one, latest in found.entries
            if isinstance(one, FakeKey)
        ],
        "DeleteMarkers": [
            {
                "Key": encoded(one.name),
                "VersionId": one.version_id,
                "IsLatest": latest,
                "LastModified": one.last_modified_ISO8601,
                "Owner": _OWNER,
            }
            for one, latest in found.entries
            if isinstance(one, Marker)
        ],
    }
    if found.truncated:
        result["NextKeyMarker"] = encoded(found.last)
        if found.last_entry is not None:
            result["NextVersionIdMarker"] = found.last_entry[0].version_id
    asked.data["Action"] = "ListObjectVersions"
    return asked.serialized(ActionResult(result))


def objects(bucket: FakeBucket, after: str = "") -> Iterator[tuple[str, FakeKey]]:
    """The current objects of a bucket behind a key, in the order of their keys.

    Keys are in UTF-8 order, which is that of Python's strings.
    """
    for key in sorted(bucket.keys._self_iterable()):
        current = versions(bucket, key)[-1:] if key > after else []
        if current and isinstance(current[0], FakeKey):
            yield key, current[0]


def _all_versions(
    bucket: FakeBucket, key_marker: str, version_marker: str
) -> Iterator[tuple[str, tuple[Any, bool]]]:
    """Every version behind the markers, with whether it is its key's latest."""
    for key in sorted(bucket.keys._self_iterable()):
        if key < key_marker or (key == key_marker and not version_marker):
            continue
        known = versions(bucket, key)
        if key == key_marker:
            known = _older(known, version_marker)
        latest = versions(bucket, key)[-1:]
        for one in reversed(known):
            yield key, (one, one in latest)


def _older(known: list[Any], version_id: str) -> list[Any]:
    """The versions before the one with an id, or that would be if it still were."""
    ids = [one.version_id for one in known]
    if version_id in ids:
        return known[: ids.index(version_id)]
    age = version_ids.age(version_id)
    return [one for one in known if version_ids.age(one.version_id) < age]


_OWNER = {"ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"}


def _given(asked: S3Request) -> dict[str, str]:
    given = dict(asked.request.args)
    if given.get("encoding-type", "url") != "url":
        raise Refused(
            "InvalidArgument",
            "Invalid Encoding Method specified in Request",
            ArgumentName="encoding-type",
            ArgumentValue=given["encoding-type"],
        )
    return given


def _size(given: Mapping[str, str]) -> int:
    value = given.get("max-keys")
    if not value:
        return facts.aws_s3.KEYS_PER_PAGE.value
    if not value.lstrip("-").isdecimal() or int(value) > _MAXIMUM:
        message = "Provided max-keys not an integer or within integer range"
    elif int(value) < 0:
        message = f"Argument maxKeys must be an integer between 0 and {_MAXIMUM}"
    else:
        return min(int(value), facts.aws_s3.KEYS_PER_PAGE.value)
    raise Refused(
        "InvalidArgument", message, ArgumentName="max-keys", ArgumentValue=value
    )


def _page_of_objects(
    bucket: FakeBucket, given: Mapping[str, str], after: str
) -> Page[FakeKey]:
    return page(
        objects(bucket, after),
        prefix=given.get("prefix", ""),
        delimiter=given.get("delimiter", ""),
        behind=after,
        size=_size(given),
    )


def _described(
    bucket: FakeBucket, given: Mapping[str, str], found: Page[Any]
) -> dict[str, Any]:
    """What every listing tells of itself."""
    encoded = _encoder(given)
    result: dict[str, Any] = {
        "Name": bucket.name,
        "Prefix": encoded(given.get("prefix", "")),
        "MaxKeys": _size(given),
        "IsTruncated": found.truncated,
        "CommonPrefixes": [{"Prefix": encoded(group)} for group in found.groups],
    }
    if given.get("delimiter"):
        result["Delimiter"] = encoded(given["delimiter"])
    if "encoding-type" in given:
        result["EncodingType"] = given["encoding-type"]
    return result


def _object(
    stored: FakeKey, encoded: Callable[[str], str], *, owner: bool
) -> dict[str, Any]:
    result = {
        "Key": encoded(stored.name),
        "LastModified": stored.last_modified_ISO8601,
        "ETag": stored.etag,
        "Size": stored.size,
        "StorageClass": stored.storage_class,
    }
    if stored.checksum_algorithm:
        result["ChecksumAlgorithm"] = [stored.checksum_algorithm]
        result["ChecksumType"] = stored.checksum_type or "FULL_OBJECT"
    if owner:
        result["Owner"] = _OWNER
    return result


def _encoder(given: Mapping[str, str]) -> Callable[[str], str]:
    """How keys are told: as they are, or so that XML can have any of them."""
    if "encoding-type" in given:
        return lambda text: quote_plus(text, safe="/")
    return lambda text: text


def _token(last: str) -> str:
    return base64.urlsafe_b64encode(_TOKEN + last.encode()).decode()


def _read_token(token: str) -> str:
    try:
        raw = base64.urlsafe_b64decode(token)
    except binascii.Error:
        raw = b""
    if not raw.startswith(_TOKEN):
        raise Refused(
            "InvalidArgument",
            "The continuation token provided is incorrect",
            ArgumentName="continuation-token",
        )
    return raw.removeprefix(_TOKEN).decode()
