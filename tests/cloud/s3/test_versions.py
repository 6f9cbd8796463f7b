"""Versions and delete markers."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from grader.cloud.s3 import version_ids
from tests.cloud.conftest import Account
from tests.cloud.s3.conftest import code, create_bucket, headers, refused


def set_versioning(s3: Any, bucket: str, status: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def put(s3: Any, bucket: str, body: bytes, key: str = "k") -> str | None:
    """Upload, and return the version's id if it has one."""
    version: str | None = s3.put_object(Bucket=bucket, Key=key, Body=body).get(
        "VersionId"
    )
    return version


def listed(s3: Any, bucket: str, **settings: Any) -> list[tuple[str, str, bool]]:
    """Key, id and whether it is the latest, of versions and then of markers."""
    page = s3.list_object_versions(Bucket=bucket, **settings)
    return [
        (one["Key"], one["VersionId"], one["IsLatest"])
        for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    ]


@pytest.fixture
def versioned(account: Account) -> str:
    """A bucket with versioning."""
    name = create_bucket(account)
    set_versioning(account.client("s3"), name, "Enabled")
    return name


def test_versions_are_kept_youngest_first(s3: Any, versioned: str) -> None:
    """An overwritten object is still there, under its version's id."""
    first, second = (put(s3, versioned, body) for body in (b"1", b"2"))
    assert listed(s3, versioned) == [("k", second, True), ("k", first, False)]
    old = s3.get_object(Bucket=versioned, Key="k", VersionId=first)
    assert (old["Body"].read(), old["VersionId"]) == (b"1", first)
    assert s3.get_object(Bucket=versioned, Key="k")["Body"].read() == b"2"


def test_deletion_marks(s3: Any, versioned: str) -> None:
    """A deleted object is hidden by a marker; without the marker it is back."""
    version = put(s3, versioned, b"1")
    answer = s3.delete_object(Bucket=versioned, Key="k")
    marker = answer["VersionId"]
    error = refused(s3.get_object, Bucket=versioned, Key="k")
    assert answer["DeleteMarker"] is True
    assert listed(s3, versioned) == [("k", version, False), ("k", marker, True)]
    assert error["Error"]["Code"] == "NoSuchKey"
    assert headers(error)["x-amz-delete-marker"] == "true"
    assert s3.list_objects_v2(Bucket=versioned)["KeyCount"] == 0
    gone = s3.delete_object(Bucket=versioned, Key="k", VersionId=marker)
    assert (gone["DeleteMarker"], gone["VersionId"]) == (True, marker)
    assert s3.get_object(Bucket=versioned, Key="k")["Body"].read() == b"1"


def test_what_isnt_there_is_marked_as_deleted_too(s3: Any, versioned: str) -> None:
    """moto sets no marker for a key that nobody stored."""
    marker = s3.delete_object(Bucket=versioned, Key="none")["VersionId"]
    assert listed(s3, versioned) == [("none", marker, True)]


@pytest.mark.parametrize("call", ["get_object", "head_object"])
def test_marker_has_no_object(s3: Any, versioned: str, call: str) -> None:
    """Asked for by its id, a marker may be deleted and nothing else."""
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    error = refused(getattr(s3, call), Bucket=versioned, Key="k", VersionId=marker)
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 405
    assert headers(error)["allow"] == "DELETE"
    assert headers(error)["x-amz-delete-marker"] == "true"


def test_version_is_deleted_for_good(s3: Any, versioned: str) -> None:
    """With a version's id nothing is marked."""
    first, second = (put(s3, versioned, body) for body in (b"1", b"2"))
    answer = s3.delete_object(Bucket=versioned, Key="k", VersionId=second)
    assert answer["VersionId"] == second and "DeleteMarker" not in answer
    assert listed(s3, versioned) == [("k", first, True)]


def test_suspended_versioning_replaces_the_null_version(
    s3: Any, versioned: str
) -> None:
    """What had an id keeps it; moto forgets every version."""
    first = put(s3, versioned, b"1")
    set_versioning(s3, versioned, "Suspended")
    put(s3, versioned, b"2")
    put(s3, versioned, b"3")
    assert listed(s3, versioned) == [("k", "null", True), ("k", first, False)]
    null = s3.head_object(Bucket=versioned, Key="k", VersionId="null")
    assert (null["ContentLength"], null["VersionId"]) == (1, "null")
    marker = s3.delete_object(Bucket=versioned, Key="k")
    assert (marker["VersionId"], marker["DeleteMarker"]) == ("null", True)
    assert listed(s3, versioned) == [("k", first, False), ("k", "null", True)]


def test_object_from_before_is_the_null_version(s3: Any, bucket: str) -> None:
    """Enabling versioning changes nothing that is stored."""
    put(s3, bucket, b"1")
    set_versioning(s3, bucket, "Enabled")
    second = put(s3, bucket, b"2")
    assert listed(s3, bucket) == [("k", second, True), ("k", "null", False)]


def test_ids_are_like_s3s(s3: Any, versioned: str) -> None:
    """A nonsense id is the caller's mistake; a good one may be of no version."""
    version = put(s3, versioned, b"1")
    assert version is not None and len(version) == 32
    error = refused(s3.get_object, Bucket=versioned, Key="k", VersionId="1")["Error"]
    assert error["Message"] == "Invalid version id specified"
    assert (error["ArgumentName"], error["ArgumentValue"]) == ("versionId", "1")
    other = version_ids.new()
    error = refused(s3.get_object, Bucket=versioned, Key="k", VersionId=other)["Error"]
    assert (error["Code"], error["VersionId"]) == ("NoSuchVersion", other)


def test_younger_ids_are_known() -> None:
    """An id tells S3 its age, and nobody else."""
    ids = [version_ids.new() for _ in range(9)]
    assert sorted(ids, key=version_ids.age) == ids != sorted(ids)
    assert version_ids.age("null") < version_ids.age(ids[0])


def test_bucket_with_versions_isnt_empty(s3: Any, versioned: str) -> None:
    """Neither versions nor markers may be left."""
    put(s3, versioned, b"1")
    s3.delete_object(Bucket=versioned, Key="k")
    error = refused(s3.delete_bucket, Bucket=versioned)["Error"]
    assert error == {
        "Code": "BucketNotEmpty",
        "Message": "The bucket you tried to delete is not empty. You must delete all"
        " versions in the bucket.",
        "BucketName": versioned,
    }
    for key, version, _ in listed(s3, versioned):
        s3.delete_object(Bucket=versioned, Key=key, VersionId=version)
    s3.delete_bucket(Bucket=versioned)


def test_versioning_never_goes_back_to_none(s3: Any, bucket: str) -> None:
    """It is enabled or suspended, once it was; MFA delete isn't modelled."""
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    configure = s3.put_bucket_versioning
    codes = [
        code(configure, Bucket=bucket, VersioningConfiguration={"Status": "Off"}),
        code(
            configure,
            Bucket=bucket,
            MFA="arn:aws:iam::123456789012:mfa/ana 123456",
            VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"},
        ),
    ]
    assert codes == ["IllegalVersioningConfigurationException", "NotImplemented"]
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)


def test_pages_of_versions_go_on_where_they_ended(s3: Any, versioned: str) -> None:
    """Also after the last one of a page was deleted."""
    ids = [put(s3, versioned, b"", key) for key in ("a", "b", "b", "b", "c")]
    expected = [("a", ids[0]), *(("b", one) for one in ids[3:0:-1]), ("c", ids[4])]
    found, more = [], {}
    while True:
        page = s3.list_object_versions(Bucket=versioned, MaxKeys=2, **more)
        found += [(one["Key"], one["VersionId"]) for one in page["Versions"]]
        s3.delete_object(Bucket=versioned, Key=found[-1][0], VersionId=found[-1][1])
        if not page["IsTruncated"]:
            break
        more = {
            "KeyMarker": page["NextKeyMarker"],
            "VersionIdMarker": page["NextVersionIdMarker"],
        }
    assert found == expected


def test_key_marker_alone_skips_its_key(s3: Any, versioned: str) -> None:
    """Without a version's id the page begins behind the key."""
    ids = [put(s3, versioned, b"", key) for key in ("a", "a", "b")]
    assert listed(s3, versioned, KeyMarker="a") == [("b", ids[2], True)]
    got = code(s3.list_object_versions, Bucket=versioned, VersionIdMarker=ids[0])
    assert got == "InvalidArgument"


def test_versions_are_grouped(s3: Any, versioned: str) -> None:
    """A delimiter groups versions and markers as it groups keys."""
    put(s3, versioned, b"", "a/1")
    put(s3, versioned, b"", "b")
    s3.delete_object(Bucket=versioned, Key="a/2")
    page = s3.list_object_versions(Bucket=versioned, Delimiter="/")
    assert [one["Prefix"] for one in page["CommonPrefixes"]] == ["a/"]
    assert [one["Key"] for one in page["Versions"]] == ["b"]
    assert "DeleteMarkers" not in page


def test_many_are_deleted_at_once(s3: Any, versioned: str) -> None:
    """Each key or version has its own result."""
    version = put(s3, versioned, b"1", "a &<b>")
    marker = s3.delete_object(Bucket=versioned, Key="b")["VersionId"]
    answer = s3.delete_objects(
        Bucket=versioned,
        Delete={
            "Objects": [
                {"Key": "a &<b>", "VersionId": version},
                {"Key": "b", "VersionId": marker},
                {"Key": "c"},
                {"Key": "d", "VersionId": "nonsense"},
            ]
        },
    )
    first, second, third = answer["Deleted"]
    assert first == {"Key": "a &<b>", "VersionId": version}
    assert second == {
        "Key": "b",
        "VersionId": marker,
        "DeleteMarker": True,
        "DeleteMarkerVersionId": marker,
    }
    assert third["DeleteMarker"] is True and third["DeleteMarkerVersionId"]
    assert [(one["Key"], one["Code"]) for one in answer["Errors"]] == [
        ("d", "InvalidArgument")
    ]


def test_quiet_deletion_tells_errors_alone(s3: Any, bucket: str) -> None:
    """moto is never quiet, and takes more than a thousand."""
    put(s3, bucket, b"1")
    answer = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "k"}], "Quiet": True}
    )
    assert (
        "Deleted" not in answer and s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    )
    many = {"Objects": [{"Key": str(number)} for number in range(1001)]}
    assert code(s3.delete_objects, Bucket=bucket, Delete=many) == "MalformedXML"


def test_no_version_is_lost_in_a_race(account: Account, versioned: str) -> None:
    """Ten uploads at once are ten versions."""
    clients = [account.client("s3") for _ in range(10)]
    threads = [
        threading.Thread(target=put, args=(client, versioned, b"x"))
        for client in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(listed(clients[0], versioned)) == 10
