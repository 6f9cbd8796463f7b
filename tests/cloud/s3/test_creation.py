"""CreateBucket: Regions, names, owners, and what a new bucket is like."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.conftest import Account
from tests.cloud.s3.conftest import code, create_bucket, fresh_name, refused


def create(account: Account, name: str, region: str, constraint: str | None) -> Any:
    """Ask a Region's endpoint for a bucket somewhere."""
    placement = (
        {"CreateBucketConfiguration": {"LocationConstraint": constraint}}
        if constraint
        else {}
    )
    return account.client("s3", region=region).create_bucket(Bucket=name, **placement)


@pytest.mark.parametrize(
    ("endpoint", "constraint", "region"),
    [
        ("eu-west-1", "eu-west-1", "eu-west-1"),
        ("us-east-1", None, None),
        ("us-east-1", "sa-east-1", "sa-east-1"),
        ("eu-west-1", "EU", "eu-west-1"),
    ],
)
def test_bucket_is_where_it_was_asked_for(
    account: Account, endpoint: str, constraint: str | None, region: str | None
) -> None:
    """us-east-1 is the Region without a name, and creates buckets everywhere."""
    name = fresh_name()
    create(account, name, endpoint, constraint)
    s3 = account.client("s3", region=endpoint)
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == region


@pytest.mark.parametrize(
    ("endpoint", "constraint", "expected"),
    [
        (
            "eu-west-1",
            None,
            "IllegalLocationConstraintException: The unspecified location constraint is"
            " incompatible for the region specific endpoint this request was sent to.",
        ),
        (
            "eu-west-1",
            "eu-central-1",
            "IllegalLocationConstraintException: The eu-central-1 location constraint"
            " is incompatible for the region specific endpoint this request was sent"
            " to.",
        ),
        (
            "us-east-1",
            "us-east-1",
            "InvalidLocationConstraint: The specified location-constraint is not valid",
        ),
        (
            "us-east-1",
            "mars-north-1",
            "InvalidLocationConstraint: The specified location-constraint is not valid",
        ),
    ],
)
def test_wrong_constraint_is_refused(
    account: Account, endpoint: str, constraint: str | None, expected: str
) -> None:
    """Every Region but us-east-1 wants its own name, which us-east-1 won't have."""
    s3 = account.client("s3", region=endpoint)
    placement = (
        {"CreateBucketConfiguration": {"LocationConstraint": constraint}}
        if constraint
        else {}
    )
    error = refused(s3.create_bucket, Bucket=fresh_name(), **placement)["Error"]
    assert f"{error['Code']}: {error['Message']}" == expected


def test_name_is_no_buckets(account: Account) -> None:
    """moto takes any name of 3 to 63 characters."""
    s3 = account.client("s3", region="us-east-1")
    error = refused(s3.create_bucket, Bucket="Photos")["Error"]
    assert (error["Code"], error["Message"], error["BucketName"]) == (
        "InvalidBucketName",
        "The specified bucket is not valid.",
        "Photos",
    )


def test_name_may_have_periods(account: Account) -> None:
    """Periods are allowed between letters."""
    assert create_bucket(account, "www.juniper-street.example")


def test_own_bucket_again(account: Account) -> None:
    """It is yours already, and S3 says so, but for us-east-1, where it is no error."""
    name, oldest = fresh_name(), fresh_name()
    create(account, name, "eu-west-1", "eu-west-1")
    create(account, oldest, "us-east-1", None)
    create(account, oldest, "us-east-1", None)
    error = refused(
        account.client("s3").create_bucket,
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
    )
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert error["Error"] == {
        "Code": "BucketAlreadyOwnedByYou",
        "Message": "Your previous request to create the named bucket succeeded and you"
        " already own it.",
        "BucketName": name,
    }


def test_somebody_elses_bucket(account: Account, fresh_account: Account) -> None:
    """All accounts share the names of buckets."""
    name = create_bucket(fresh_account)
    error = refused(
        account.client("s3").create_bucket,
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": account.region},
    )["Error"]
    assert error["Code"] == "BucketAlreadyExists"
    assert error["Message"].endswith("Please select a different name and try again.")


def test_new_bucket_is_closed(s3: Any, bucket: str) -> None:
    """Since April 2023 public access is blocked, ACLs are off, objects encrypted."""
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    encryption = s3.get_bucket_encryption(Bucket=bucket)
    rule = encryption["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert set(block.values()) == {True} and len(block) == 4
    assert ownership == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_encryption_can_be_changed_and_not_removed(s3: Any, bucket: str) -> None:
    """Without a configuration of its own a bucket encrypts as every bucket does."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(
        Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    assert (
        s3.put_object(Bucket=bucket, Key="k", Body=b"")["ServerSideEncryption"]
        == "aws:kms"
    )
    s3.delete_bucket_encryption(Bucket=bucket)
    found = s3.get_bucket_encryption(Bucket=bucket)
    assert "AES256" in str(found["ServerSideEncryptionConfiguration"])


def test_tags_at_creation(account: Account, s3: Any) -> None:
    """A bucket may be born with tags; moto drops them."""
    name = fresh_name()
    s3.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={
            "LocationConstraint": account.region,
            "Tags": [{"Key": "project", "Value": "safe"}],
        },
    )
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [
        {"Key": "project", "Value": "safe"}
    ]


def namespaced(account: Account, name: str, namespace: str | None) -> Any:
    """Ask for a bucket in a namespace."""
    given = {"BucketNamespace": namespace} if namespace else {}
    return account.client("s3").create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": account.region},
        **given,
    )


def test_name_of_the_accounts_own(account: Account) -> None:
    """With its number, its Region and -an at the end a name is the account's alone."""
    name = f"photos-{account.id}-{account.region}-an"
    namespaced(account, name, "account-regional")
    account.client("s3").put_object(Bucket=name, Key="k", Body=b"x")
    account.client("s3").head_bucket(Bucket=name)


@pytest.mark.parametrize(
    ("name", "namespace", "expected"),
    [
        ("photos", "account-regional", "InvalidNamespaceHeader"),
        ("photos-{account}-{region}-an", None, "MissingNamespaceHeader"),
        ("photos-{account}-{region}-an", "global", "InvalidNamespaceHeader"),
        (
            "photos-111122223333-{region}-an",
            "account-regional",
            "InvalidBucketNamespace",
        ),
        (
            "photos-{account}-us-west-2-an",
            "account-regional",
            "InvalidBucketNamespace",
        ),
        ("photos", "regional", "InvalidArgument"),
        ("photos-an", None, "InvalidBucketName"),
    ],
)
def test_name_and_namespace_disagree(
    account: Account, name: str, namespace: str | None, expected: str
) -> None:
    """The suffix and the header go together, with this account and this Region."""
    name = name.format(account=account.id, region=account.region)
    got = code(namespaced, account=account, name=name, namespace=namespace)
    assert got == expected
