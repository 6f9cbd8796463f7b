"""Buckets in moto's storage, so that moto's other services find them.

moto's own backend loses versions while versioning is suspended, opens new buckets to
everybody, and takes keys of any length; ``BucketsBackend`` doesn't.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import moto.s3.notifications
import moto.s3.urls
from moto.s3.exceptions import (
    AccessDeniedByLock,
    InvalidStorageClass,
    NoSuchUpload,
)
from moto.s3.models import (
    FakeBucket,
    FakeKey,
    FakeMultipart,
    S3Backend,
    s3_backends,
)
from moto.s3.notifications import S3NotificationEvent
from moto.s3.utils import STORAGE_CLASS

from grader import facts
from grader.cloud.s3 import creation, version_ids, versions
from grader.cloud.s3.errors import Refused
from grader.cloud.s3.versions import Deletion

_DEFAULT_ENCRYPTION = {
    "Rule": {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": False,
    }
}

Listener = Callable[[FakeBucket, str | None], None]
"""Hears whose versions changed: of one key, or with None of any."""

_listener: Listener | None = None


class BucketsBackend(S3Backend):  # type: ignore[misc]
    """One account's buckets.

    ``lock`` is held by whatever must not happen between looking and storing.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()

    @property
    def _url_module(self) -> Any:
        # moto derives it from the name of this module.
        from grader.cloud.s3.operations import S3Operations

        paths = {
            path: getattr(S3Operations, answer.__name__)
            for path, answer in moto.s3.urls.url_paths.items()
        }
        return SimpleNamespace(url_bases=moto.s3.urls.url_bases, url_paths=paths)

    def create_bucket(
        self, bucket_name: str, region_name: str, bucket_namespace: str | None = None
    ) -> FakeBucket:
        """Create a bucket, closed to the public. moto leaves it open."""
        bucket = super().create_bucket(bucket_name, region_name, bucket_namespace)
        creation.close(bucket)
        return bucket

    def get_bucket_encryption(self, bucket_name: str) -> Any:
        """How a bucket encrypts. moto knows nothing of what S3 does by default."""
        return super().get_bucket_encryption(bucket_name) or _DEFAULT_ENCRYPTION

    def put_object(
        self,
        bucket_name: str,
        key_name: str,
        value: bytes,
        storage: str | None = None,
        request_method: str | None = "PUT",
        disable_notification: bool | None = False,
        **settings: Any,
    ) -> FakeKey:
        """Store a version of an object.

        moto takes keys of any length, and forgets the other versions where versioning
        is suspended.
        """
        _check_key(key_name)
        if storage is not None and storage not in STORAGE_CLASS:
            raise InvalidStorageClass(storage=storage)
        bucket = self.get_bucket(bucket_name)
        stored = FakeKey(
            name=key_name,
            bucket_name=bucket_name,
            value=value,
            account_id=self.account_id,
            region_name=self.region_name,
            storage=storage,
            is_versioned=bucket.is_versioned,
            version_id=versions.new_id(bucket),
            **_encrypted(bucket, settings),
        )
        with self.lock:
            versions.store(bucket, stored)
        changed(bucket, key_name)
        if not disable_notification:
            posted = request_method == "POST"
            self.tell(
                S3NotificationEvent.OBJECT_CREATED_POST_EVENT
                if posted
                else S3NotificationEvent.OBJECT_CREATED_PUT_EVENT,
                bucket,
                stored,
            )
        return stored

    def delete_object(
        self,
        bucket_name: str,
        key_name: str,
        version_id: str | None = None,
        bypass: bool = False,
    ) -> tuple[bool, dict[str, str]]:
        """Delete an object or a version, and give the headers that tell of it.

        moto forgets every version where versioning is suspended, and sets no marker
        where there is nothing.
        """
        bucket = self.get_bucket(bucket_name)
        done = self.delete(bucket, key_name, version_id, bypass=bypass)
        told: dict[str, str] = {}
        if bucket.versioning_status is not None or version_id is not None:
            gone = done.marker or done.removed
            told = {"version-id": gone.version_id} if gone is not None else {}
        if done.told_marker is not None:
            told["delete-marker"] = "true"
        return True, told

    def delete(
        self,
        bucket: FakeBucket,
        key: str,
        version_id: str | None = None,
        *,
        bypass: bool = False,
    ) -> Deletion:
        """Delete an object or a version, and tell who is to be told.

        ``bypass`` is of a lock in governance mode.
        """
        done = self.remove(bucket, key, version_id, bypass=bypass)
        if done.marker is not None:
            event = S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
            self.tell(event, bucket, done.marker)
        elif done.removed is not None:
            event = S3NotificationEvent.OBJECT_REMOVED_DELETE_EVENT
            self.tell(event, bucket, done.removed)
        return done

    def remove(
        self,
        bucket: FakeBucket,
        key: str,
        version_id: str | None = None,
        *,
        bypass: bool = False,
    ) -> Deletion:
        """Delete an object or a version, and tell nobody."""
        with self.lock:
            known = versions.find(bucket, key, version_id)
            for_good = version_id is not None or bucket.versioning_status is None
            if for_good and isinstance(known, FakeKey) and known.is_locked(bypass):
                raise AccessDeniedByLock
            done = versions.delete(bucket, key, version_id)
        changed(bucket, key)
        return done

    def put_object_tagging(self, key: FakeKey, tags: dict[str, str] | None) -> FakeKey:
        """Tag an object; a lifecycle may now be about it.

        moto takes keys like ``aws-cost`` for AWS's own.
        """
        bucket = self.get_bucket(key.bucket_name)
        self.tagger.delete_all_tags_for_resource(key.arn)
        listed = self.tagger.convert_dict_to_tags_input(tags)
        self.tagger.tag_resource(key.arn, listed)
        self.tell(S3NotificationEvent.OBJECT_TAGGING_PUT_EVENT, bucket, key)
        changed(bucket, key.name)
        return key

    def create_multipart_upload(self, bucket_name: str, *args: Any) -> FakeMultipart:
        """Begin an upload. moto doesn't note when it was begun."""
        upload = super().create_multipart_upload(bucket_name, *args)
        upload.initiated = time.time()
        changed(self.get_bucket(bucket_name), None)
        return upload

    def get_object(
        self,
        bucket_name: str,
        key_name: str,
        version_id: str | None = None,
        part_number: str | None = None,
        return_delete_marker: bool = False,
    ) -> Any:
        """Find an object or a version. moto takes any text for a version's id."""
        if version_id is not None:
            version_ids.check(version_id)
        return super().get_object(
            bucket_name, key_name, version_id, part_number, return_delete_marker
        )

    def upload_part(
        self, bucket_name: str, multipart_id: str, part_id: int, value: bytes
    ) -> Any:
        """Store a part of an upload. moto fails if there is no such upload."""
        self._require_upload(bucket_name, multipart_id)
        return super().upload_part(bucket_name, multipart_id, part_id, value)

    def upload_part_copy(
        self, dest_bucket_name: str, multipart_id: str, *args: Any, **kwargs: Any
    ) -> Any:
        """Copy a part of an upload. moto fails if there is no such upload."""
        self._require_upload(dest_bucket_name, multipart_id)
        return super().upload_part_copy(dest_bucket_name, multipart_id, *args, **kwargs)

    def complete_multipart_upload(
        self, bucket_name: str, multipart_id: str, body: Any
    ) -> Any:
        """Put an object together. moto fails if there is no such upload."""
        self._require_upload(bucket_name, multipart_id)
        return super().complete_multipart_upload(bucket_name, multipart_id, body)

    def _require_upload(self, bucket_name: str, upload_id: str) -> None:
        if upload_id not in self.get_bucket(bucket_name).multiparts:
            raise NoSuchUpload(upload_id=upload_id)

    def tell(self, event: S3NotificationEvent, bucket: FakeBucket, key: Any) -> None:
        """Send a bucket's notifications of an event."""
        moto.s3.notifications.send_event(self.account_id, event, bucket, key)


def on_change(listener: Listener | None) -> None:
    """Tell ``listener`` whenever versions are stored, deleted or tagged."""
    global _listener
    _listener = listener


def changed(bucket: FakeBucket, key: str | None) -> None:
    """Tell whoever listens that a lifecycle may now have other things to do."""
    if _listener is not None and bucket.rules:
        _listener(bucket, key)


def _check_key(key: str) -> None:
    size, limit = len(key.encode()), facts.aws_s3.KEY_SIZE.value
    if size > limit:
        raise Refused(
            "KeyTooLongError", "Your key is too long", Size=size, MaxSizeAllowed=limit
        )


def _encrypted(bucket: FakeBucket, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a new object, with the bucket's where it has none of its own."""
    if not bucket.encryption:
        return settings
    rule = bucket.encryption["Rule"]
    default = rule["ApplyServerSideEncryptionByDefault"]
    own = {
        "bucket_key_enabled": rule.get("BucketKeyEnabled", False),
        "kms_key_id": default.get("KMSMasterKeyID"),
        "encryption": default["SSEAlgorithm"],
    }
    return {**settings, **{name: settings.get(name) or own[name] for name in own}}


def install() -> None:
    """Make moto keep its buckets in ``BucketsBackend``."""
    if s3_backends.backend is not BucketsBackend:
        s3_backends.backend = BucketsBackend
        s3_backends.clear()
        s3_backends.bucket_accounts.clear()


def find(bucket_name: str | None) -> FakeBucket | None:
    """Find a bucket by its name, whichever account has it."""
    if bucket_name not in s3_backends.bucket_accounts:
        return None
    partition, account = s3_backends.bucket_accounts[bucket_name]
    return s3_backends[account][partition].buckets.get(bucket_name)
