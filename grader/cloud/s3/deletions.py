"""DeleteObjects: many keys and versions in one request.

Follows DeleteObjects in the S3 API reference. moto is never quiet, takes any number,
and says nothing of the markers that are gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

import xmltodict
from moto.core.responses import ActionResult
from moto.s3.exceptions import AccessDeniedByLock
from moto.s3.models import FakeBucket

from grader import facts
from grader.cloud.s3 import version_ids, versions
from grader.cloud.s3.errors import Refused, malformed
from grader.cloud.s3.permissions import permit

if TYPE_CHECKING:
    from grader.cloud.s3.requests import S3Request


def answer(asked: S3Request) -> Any:
    """Delete each key or version by itself, and tell of each how that went."""
    bucket = asked.bucket()
    quiet, wanted = _read(asked.body)
    bypass = asked.headers.get("x-amz-bypass-governance-retention", "").lower()
    deleted, errors = [], []
    for one in wanted:
        try:
            told = _delete(asked, bucket, one, bypass=bypass == "true")
        except Refused as refused:
            error = {"Code": refused.code, "Message": refused.message}
            errors.append({**_named(one), **error})
        else:
            deleted.append({**_named(one), **told})
    asked.data["Action"] = "DeleteObjects"
    result = {"Deleted": [] if quiet else deleted, "Errors": errors}
    return asked.serialized(ActionResult(result))


def _read(body: bytes) -> tuple[bool, list[Mapping[str, str]]]:
    try:
        root = xmltodict.parse(body, strip_whitespace=False, force_list=("Object",))
        wanted: list[Mapping[str, str]] = root["Delete"]["Object"]
    except (ExpatError, KeyError, TypeError):
        raise malformed() from None
    if len(wanted) > facts.aws_s3.KEYS_PER_DELETION.value:
        raise malformed()
    if any(not one.get("Key") for one in wanted):
        raise Refused("UserKeyMustBeSpecified", "The specified method requires a key.")
    return root["Delete"].get("Quiet") == "true", wanted


def _named(one: Mapping[str, str]) -> dict[str, str]:
    return {name: one[name] for name in ("Key", "VersionId") if one.get(name)}


def _delete(
    asked: S3Request, bucket: FakeBucket, one: Mapping[str, str], *, bypass: bool
) -> dict[str, Any]:
    key, version_id = one["Key"], one.get("VersionId")
    action = "s3:DeleteObjectVersion" if version_id else "s3:DeleteObject"
    permit(action, f"{bucket.arn}/{key}")
    if version_id is not None:
        version_ids.check(version_id)
    _check_etag(bucket, one)
    try:
        done = asked.backend.delete(bucket, key, version_id, bypass=bypass)
    except AccessDeniedByLock:
        raise Refused(
            "AccessDenied",
            "Access Denied because object protected by object lock.",
            403,
        ) from None
    if done.told_marker is None:
        return {}
    marker = done.told_marker.version_id
    return {"DeleteMarker": True, "DeleteMarkerVersionId": marker}


def _check_etag(bucket: FakeBucket, one: Mapping[str, str]) -> None:
    wanted = one.get("ETag")
    if wanted is None:
        return
    found = versions.require(bucket, one["Key"], one.get("VersionId"), "DELETE")
    if found.etag.strip('"') != wanted.strip('"'):
        raise Refused(
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
            412,
        )
