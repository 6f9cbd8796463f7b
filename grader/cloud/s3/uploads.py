"""Uploads in parts: which parts there may be, and which uploads there are.

moto lets a part go to another key's upload, forgets to look at their order, and shows
uploads that all began in 2010 on one page. Follows "Uploading and copying objects using
multipart upload" in the S3 user guide.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.s3.models import FakeKey, FakeMultipart

from grader import facts
from grader.cloud.s3 import lifecycle_rules
from grader.cloud.s3.errors import Refused, malformed
from grader.cloud.s3.pages import page

if TYPE_CHECKING:
    from grader.cloud.s3.requests import S3Request

_MAXIMUM = 2_147_483_647
_OWNER = {"ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"}


def require(asked: S3Request) -> FakeMultipart:
    """The upload that a request is about, which is to be of its key.

    Raises:
        Refused: NoSuchUpload.
    """
    upload_id = asked.request.args["uploadId"]
    found = asked.bucket().multiparts.get(upload_id)
    if found is None or found.key_name != asked.parse_key_name():
        raise Refused(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the"
            " upload may have been aborted or completed.",
            404,
            UploadId=upload_id,
        )
    return found


def check_number(number: str) -> None:
    """Refuse a part's number that no part can have."""
    most = facts.aws_s3.PARTS.value
    if not number.isdecimal() or not 1 <= int(number) <= most:
        raise Refused(
            "InvalidArgument",
            f"Part number must be an integer between 1 and {most}, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=number,
        )


def parts(asked: S3Request) -> Iterator[tuple[int, str]]:
    """The parts that CompleteMultipartUpload names, in the order that it has to name.

    Raises:
        Refused: MalformedXML, InvalidPartOrder, InvalidPart or EntityTooSmall.
    """
    upload = require(asked)
    named = lifecycle_rules.listed(asked.parsed("CompleteMultipartUpload").get("Part"))
    try:
        listed = [(int(one["PartNumber"]), str(one["ETag"])) for one in named]
    except (KeyError, TypeError, ValueError):
        raise malformed() from None
    if not listed:
        raise malformed()
    numbers = [number for number, _ in listed]
    if numbers != sorted(set(numbers)):
        raise Refused(
            "InvalidPartOrder",
            "The list of parts was not in ascending order. The parts list must be"
            " specified in order by part number.",
            UploadId=upload.id,
        )
    for number, etag in listed:
        _check_part(upload, number, etag.strip('"'), last=number == numbers[-1])
    upload.put_together = [upload.parts[number].size for number in numbers]
    return iter(listed)


def sizes(stored: FakeKey) -> list[int]:
    """The sizes of the parts that an object was put together from, in bytes."""
    found: list[int] = getattr(stored.multipart, "put_together", [])
    # The copy of such an object is in one part, and so is its ETag.
    return found if "-" in stored.etag else [stored.size]


def list_parts(asked: S3Request) -> Any:
    """ListParts: the parts behind a number."""
    upload, given = require(asked), asked.request.args
    marker = _number(given.get("part-number-marker", "0"), "part-number-marker")
    size = min(_number(given.get("max-parts", "1000"), "max-parts"), 1000)
    behind = [number for number in sorted(upload.parts) if number > marker]
    shown = behind[:size]
    asked.data["Action"] = "ListParts"
    return asked.serialized(
        ActionResult(
            {
                "Bucket": asked.bucket_name,
                "Key": upload.key_name,
                "UploadId": upload.id,
                "Initiator": _OWNER,
                "Owner": _OWNER,
                "StorageClass": upload.storage or "STANDARD",
                "PartNumberMarker": marker,
                "NextPartNumberMarker": shown[-1] if shown else 0,
                "MaxParts": size,
                "IsTruncated": len(behind) > len(shown),
                "Parts": [
                    {
                        "PartNumber": number,
                        "LastModified": upload.parts[number].last_modified_ISO8601,
                        "ETag": upload.parts[number].etag,
                        "Size": upload.parts[number].size,
                    }
                    for number in shown
                ],
            }
        )
    )


def _number(text: str, name: str) -> int:
    if text.isdecimal() and int(text) <= _MAXIMUM:
        return int(text)
    raise Refused(
        "InvalidArgument",
        f"Provided {name} not an integer or within integer range",
        ArgumentName=name,
        ArgumentValue=text,
    )


def _check_part(upload: FakeMultipart, number: int, etag: str, *, last: bool) -> None:
    part = upload.parts.get(number)
    if part is None or part.etag.strip('"') != etag:
        raise Refused(
            "InvalidPart",
            "One or more of the specified parts could not be found. The part may not"
            " have been uploaded, or the specified entity tag may not match the part's"
            " entity tag.",
            UploadId=upload.id,
            PartNumber=number,
            ETag=etag,
        )
    least = facts.aws_s3.SMALLEST_PART.value
    if not last and part.size < least:
        raise Refused(
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
            ProposedSize=part.size,
            MinSizeAllowed=least,
            PartNumber=number,
            ETag=etag,
        )


def list_uploads(asked: S3Request) -> Any:
    """ListMultipartUploads: by key, and for a key by the moment of their beginning."""
    given = asked.request.args
    key_marker = given.get("key-marker", "")
    marker = given.get("upload-id-marker", "") if key_marker else ""
    size = min(_number(given.get("max-uploads", "1000"), "max-uploads"), 1000)
    there = sorted(
        asked.bucket().multiparts.values(),
        key=lambda one: (one.key_name, one.initiated),
    )
    found = page(
        ((one.key_name, one) for one in _behind(there, key_marker, marker)),
        prefix=given.get("prefix", ""),
        delimiter=given.get("delimiter", ""),
        behind=key_marker,
        size=size,
    )
    result: dict[str, Any] = {
        "Bucket": asked.bucket_name,
        "KeyMarker": key_marker,
        "UploadIdMarker": marker,
        "Prefix": given.get("prefix", ""),
        "MaxUploads": size,
        "IsTruncated": found.truncated,
        "Uploads": [_shown(one) for one in found.entries],
        "CommonPrefixes": [{"Prefix": group} for group in found.groups],
    }
    if found.truncated:
        result["NextKeyMarker"] = found.last
        if found.last_entry is not None:
            result["NextUploadIdMarker"] = found.last_entry.id
    asked.data["Action"] = "ListMultipartUploads"
    return asked.serialized(ActionResult(result))


def _behind(
    there: list[FakeMultipart], key_marker: str, marker: str
) -> Iterator[FakeMultipart]:
    passed = not marker
    for one in there:
        if one.key_name < key_marker or (one.key_name == key_marker and not marker):
            continue
        if one.key_name > key_marker or passed:
            yield one
        passed = passed or one.id == marker


def _shown(upload: FakeMultipart) -> dict[str, Any]:
    return {
        "Key": upload.key_name,
        "UploadId": upload.id,
        "Initiator": _OWNER,
        "Owner": _OWNER,
        "StorageClass": upload.storage or "STANDARD",
        "Initiated": datetime.fromtimestamp(upload.initiated, UTC),
    }
