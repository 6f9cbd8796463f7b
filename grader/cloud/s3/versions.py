"""The versions of a key, in a bucket with versioning, without, or with it suspended.

Follows "Retaining multiple versions of objects with S3 Versioning" in the S3 user
guide. moto forgets every version once versioning is suspended, and marks nothing as
deleted that wasn't there.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey

from grader.cloud.s3 import version_ids
from grader.cloud.s3.errors import Refused
from grader.cloud.s3.version_ids import NULL

ENABLED = "Enabled"
_STATES = (ENABLED, "Suspended")


class Marker(FakeDeleteMarker):  # type: ignore[misc]
    """A delete marker: a version that says that there is no object."""

    def __init__(self, name: str, version_id: str) -> None:
        super().__init__(SimpleNamespace(name=name))
        self._version_id = version_id

    def dispose(self) -> None:
        """A marker holds nothing that would have to be given back."""


@dataclass(frozen=True)
class Deletion:
    """What a deletion did: which version it removed, or the marker that it set."""

    removed: FakeKey | Marker | None = None
    marker: Marker | None = None

    @property
    def told_marker(self) -> Marker | None:
        """The marker that the answer tells of: a new one, or one that is gone."""
        gone = self.removed if isinstance(self.removed, Marker) else None
        return self.marker or gone


def versions(bucket: FakeBucket, key: str) -> list[Any]:
    """The versions of a key, oldest first; the last is the current one."""
    return list(bucket.keys.getlist(key, []))


def store(bucket: FakeBucket, stored: FakeKey | Marker) -> None:
    """Make a version the current one of its key."""
    kept = versions(bucket, stored.name)
    if stored.version_id == NULL:
        kept = [one for one in kept if one.version_id != NULL]
    bucket.keys.setlist(stored.name, [*kept, stored])


def new_id(bucket: FakeBucket) -> str:
    """The id that a version stored in the bucket now gets."""
    return version_ids.new() if bucket.versioning_status == ENABLED else NULL


def delete(bucket: FakeBucket, key: str, version_id: str | None) -> Deletion:
    """Delete a version for good, or the object: with versioning a marker does that."""
    if version_id is None and bucket.versioning_status is not None:
        marker = Marker(key, new_id(bucket))
        store(bucket, marker)
        return Deletion(marker=marker)
    if version_id is not None:
        version_ids.check(version_id)
    wanted = version_id or NULL
    known = versions(bucket, key)
    removed = next((one for one in known if one.version_id == wanted), None)
    if removed is None:
        return Deletion()
    kept = [one for one in known if one is not removed]
    bucket.keys.setlist(key, kept)
    if not kept:
        del bucket.keys[key]
    return Deletion(removed=removed)


def find(bucket: FakeBucket, key: str, version_id: str | None) -> Any:
    """Find a version, the current one unless another is asked for; None for none."""
    known = versions(bucket, key)
    if version_id is None:
        return known[-1] if known else None
    return next((one for one in known if one.version_id == version_id), None)


def require(bucket: FakeBucket, key: str, version_id: str | None, method: str) -> Any:
    """Find a version that has an object.

    Raises:
        Refused: NoSuchKey, NoSuchVersion, or MethodNotAllowed for a marker.
    """
    if version_id is not None:
        version_ids.check(version_id)
    found = find(bucket, key, version_id)
    if isinstance(found, FakeKey):
        return found
    told = {}
    if found is not None:
        told = {"x-amz-delete-marker": "true", "x-amz-version-id": found.version_id}
    if version_id is None:
        message = "The specified key does not exist."
        raise Refused("NoSuchKey", message, 404, told, Key=key)
    if found is None:
        raise Refused(
            "NoSuchVersion",
            "The specified version does not exist.",
            404,
            Key=key,
            VersionId=version_id,
        )
    raise Refused(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        405,
        {**told, "Allow": "DELETE"},
        Method=method,
        ResourceType="DeleteMarker",
    )


def check_state(status: str | None, mfa_delete: str | None) -> None:
    """Refuse what PutBucketVersioning can't be given.

    Raises:
        Refused: IllegalVersioningConfigurationException, or NotImplemented for MFA
            delete, which nobody here has a device for.
    """
    if mfa_delete == ENABLED:
        raise Refused(
            "NotImplemented", "The local cloud doesn't model MFA delete.", 501
        )
    if status not in _STATES:
        raise Refused(
            "IllegalVersioningConfigurationException",
            "The Versioning element must be specified",
        )
