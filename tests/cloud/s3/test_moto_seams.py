"""What moto does instead: these fail when an override isn't needed any more."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import moto.s3.urls
import pytest
from moto.s3 import responses
from moto.s3.exceptions import BucketAlreadyExists
from moto.s3.models import FakeBucket, FakeMultipart, S3Backend

from grader.cloud.s3.storage import BucketsBackend

ACCOUNT, PLACE, BUCKET = "123456789012", "eu-west-1", "photos-of-the-seams"


@pytest.fixture
def plain() -> Iterator[S3Backend]:
    """moto's own backend with a bucket."""
    backend = S3Backend("aws", ACCOUNT)
    backend.create_bucket(BUCKET, PLACE)
    yield backend
    for name in list(backend.buckets):
        for key in list(backend.buckets[name].keys):
            backend.buckets[name].keys.pop(key)
        backend.delete_bucket(name)


@pytest.fixture
def bucket(plain: S3Backend) -> FakeBucket:
    return plain.get_bucket(BUCKET)


def versions(plain: S3Backend) -> list[str]:
    found, _, _, _, _ = plain.list_object_versions(BUCKET)
    return [version.version_id for version in found]


def test_moto_opens_new_buckets(plain: S3Backend, bucket: FakeBucket) -> None:
    """Override: ``creation.close``."""
    assert bucket.public_access_block is None
    assert bucket.ownership_rule is None
    assert plain.get_bucket_encryption(BUCKET) is None


@pytest.mark.parametrize("name", ["Photos", "a..b", "192.168.0.1", "xn--photos"])
def test_moto_takes_names_that_s3_refuses(plain: S3Backend, name: str) -> None:
    """Override: ``names``."""
    assert plain.create_bucket(name, PLACE)


def test_moto_forgets_versions_once_versioning_is_suspended(plain: S3Backend) -> None:
    """Override: ``BucketsBackend.put_object``."""
    plain.put_bucket_versioning(BUCKET, "Enabled")
    for text in (b"1", b"2"):
        plain.put_object(BUCKET, "k", text)
    assert len(versions(plain)) == 2
    plain.put_bucket_versioning(BUCKET, "Suspended")
    plain.put_object(BUCKET, "k", b"3")
    assert versions(plain) == ["null"]


def test_moto_sets_no_marker_where_nothing_was(plain: S3Backend) -> None:
    """Override: ``BucketsBackend.delete_object``."""
    plain.put_bucket_versioning(BUCKET, "Enabled")
    plain.delete_object(BUCKET, "never-there")
    _, _, markers, _, _ = plain.list_object_versions(BUCKET)
    assert markers == []


def test_moto_takes_any_text_for_a_version(plain: S3Backend) -> None:
    """Override: ``version_ids``."""
    plain.put_object(BUCKET, "k", b"1")
    assert plain.get_object(BUCKET, "k", version_id="not an id") is None


def test_moto_takes_keys_of_any_length(plain: S3Backend) -> None:
    """Override: ``BucketsBackend.put_object``."""
    assert plain.put_object(BUCKET, "k" * 2000, b"1")


def test_moto_takes_tags_like_aws_cost_for_awss_own(plain: S3Backend) -> None:
    """Override: ``BucketsBackend.put_object_tagging``."""
    key = plain.put_object(BUCKET, "k", b"1")
    with pytest.raises(Exception, match=r"(?i)tag"):
        plain.put_object_tagging(key, {"aws-cost": "1"})


def test_moto_puts_parts_together_in_any_order(plain: S3Backend) -> None:
    """Override: ``uploads``."""
    upload = FakeMultipart("k", {}, ACCOUNT, PLACE)
    size = 5 * 1024 * 1024
    tags = [upload.set_part(number, bytes(size)).etag for number in (1, 2)]
    value, _, _ = upload.complete(iter([(2, tags[1]), (1, tags[0])]))
    assert len(value) == 2 * size


def test_moto_fails_where_there_is_no_upload(plain: S3Backend) -> None:
    """Override: ``BucketsBackend.complete_multipart_upload``."""
    with pytest.raises(KeyError):
        plain.complete_multipart_upload(BUCKET, "no-upload", iter([]))


def test_moto_does_not_say_whose_a_bucket_is(plain: S3Backend) -> None:
    """Override: ``creation``; S3 has an error for one's own bucket."""
    with pytest.raises(BucketAlreadyExists):
        plain.create_bucket(BUCKET, PLACE)


def test_moto_knows_acls_only(plain: S3Backend) -> None:
    """Override: ``acls``."""
    source = inspect.getsource(responses) + inspect.getsource(S3Backend)
    assert "AccessControlListNotSupported" not in source


def test_motos_rules_expire_nothing(plain: S3Backend) -> None:
    """Override: ``lifecycle``."""
    assert not [name for name in dir(S3Backend) if "expire" in name.lower()]


def test_moto_calls_what_we_override() -> None:
    """moto finds operations by their paths, and calls its backend by these names."""
    ours: dict[str, Any] = {
        name: value
        for name, value in vars(BucketsBackend).items()
        if inspect.isfunction(value) and not name.startswith("__")
    }
    own = {"delete", "remove", "tell", "_require_upload"}
    assert set(ours) - own <= set(dir(S3Backend))
    answers = {answer.__name__ for answer in moto.s3.urls.url_paths.values()}
    assert all(hasattr(responses.S3Response, name) for name in answers)
