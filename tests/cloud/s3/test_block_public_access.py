"""Block Public Access, and buckets without ACLs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.s3control.models import s3control_backends

from grader.cloud import s3 as cloud_s3
from tests.cloud.conftest import Account
from tests.cloud.s3.conftest import code, create_bucket, fresh_name, refused

ALL_OFF = {
    "BlockPublicAcls": False,
    "IgnorePublicAcls": False,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": False,
}

WRITER = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}


def readable(bucket: str, principal: Any = "*", **more: Any) -> str:
    """A policy that lets somebody read the objects of a bucket."""
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        **more,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_public_policy_is_refused(s3: Any, bucket: str) -> None:
    """BlockPublicPolicy is on in every new bucket; moto stores the policy."""
    error = refused(s3.put_bucket_policy, Bucket=bucket, Policy=readable(bucket))
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error["Error"]["Code"] == "AccessDenied"
    assert error["Error"]["Message"].endswith(
        f'is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::'
        f'{bucket}" because public policies are prevented by the BlockPublicPolicy'
        " setting in S3 Block Public Access."
    )


def test_policy_for_somebody_is_taken(account: Account, s3: Any, bucket: str) -> None:
    """A policy that names its principals isn't public."""
    policy = readable(bucket, {"AWS": account.id})
    answer = s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    status = s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    assert status == {"IsPublic": False}


def test_public_policy_is_taken_where_it_isnt_blocked(s3: Any, bucket: str) -> None:
    """Without Block Public Access a bucket may be public."""
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=readable(bucket))
    status = s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]
    assert status == {"IsPublic": True}
    assert code(s3.get_public_access_block, Bucket=bucket) == (
        "NoSuchPublicAccessBlockConfiguration"
    )


def test_bucket_restricts_its_public_policy(s3: Any, bucket: str) -> None:
    """RestrictPublicBuckets takes effect with a policy that is public already."""
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=readable(bucket))
    found = cloud_s3.find(bucket)
    before = cloud_s3.restricts(found)
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={**ALL_OFF, "RestrictPublicBuckets": True},
    )
    assert (before, cloud_s3.restricts(found)) == (False, True)


def test_account_blocks_for_all_its_buckets(account: Account) -> None:
    """The stricter of a bucket's and its account's settings holds."""
    s3, bucket = account.client("s3"), create_bucket(account)
    s3.delete_public_access_block(Bucket=bucket)
    # boto3 would put the account's number before 127.0.0.1.
    control = s3control_backends[account.id]["aws"]
    settings = {**ALL_OFF, "BlockPublicPolicy": True}
    control.put_public_access_block(account.id, settings)
    got = code(s3.put_bucket_policy, Bucket=bucket, Policy=readable(bucket))
    control.delete_public_access_block(account.id)
    s3.put_bucket_policy(Bucket=bucket, Policy=readable(bucket))
    assert got == "AccessDenied"


@pytest.mark.parametrize("acl", ["private", "public-read", "bucket-owner-read"])
def test_upload_with_an_acl_is_refused(s3: Any, bucket: str, acl: str) -> None:
    """A bucket whose owner owns everything takes no ACLs; moto takes any."""
    error = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"", ACL=acl)["Error"]
    assert error == {
        "Code": "AccessControlListNotSupported",
        "Message": "The bucket does not allow ACLs",
    }


def test_upload_for_the_owner_is_taken(s3: Any, bucket: str) -> None:
    """What gives the owner everything says what is so anyway."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="bucket-owner-full-control")


def test_acls_cant_be_set(s3: Any, bucket: str) -> None:
    """Neither on the bucket nor on an object."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    codes = [
        code(s3.put_bucket_acl, Bucket=bucket, ACL="private"),
        code(s3.put_object_acl, Bucket=bucket, Key="k", ACL="public-read"),
    ]
    assert codes == ["AccessControlListNotSupported"] * 2


def test_acls_can_be_had(s3: Any, bucket: str) -> None:
    """With another ownership there are ACLs, though public ones are still blocked."""
    s3.put_bucket_ownership_controls(
        Bucket=bucket,
        OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
    )
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ACL="private")
    error = refused(s3.put_object_acl, Bucket=bucket, Key="k", ACL="public-read")
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    assert error["Error"]["Code"] == "AccessDenied"
    assert error["Error"]["Message"].endswith(
        f's3:PutObjectAcl on resource: "arn:aws:s3:::{bucket}/k" because public ACLs'
        " are prevented by the BlockPublicAcls setting in S3 Block Public Access."
    )


def test_acls_with_grants_cant_be_switched_off(s3: Any, bucket: str) -> None:
    """First the bucket's ACL has to be its owner's alone again."""
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=WRITER)
    s3.put_bucket_acl(Bucket=bucket, ACL="log-delivery-write")
    enforced = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    got = code(
        s3.put_bucket_ownership_controls, Bucket=bucket, OwnershipControls=enforced
    )
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=enforced)
    assert got == "InvalidBucketAclWithObjectOwnership"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"ACL": "public-read"}, "InvalidBucketAclWithObjectOwnership"),
        (
            {"ACL": "public-read", "ObjectOwnership": "ObjectWriter"},
            "InvalidBucketAclWithBlockPublicAccessError",
        ),
    ],
)
def test_bucket_cant_be_created_public(
    account: Account, settings: dict[str, str], expected: str
) -> None:
    """Neither without ACLs nor with them: public access is blocked from the start."""
    s3, name = account.client("s3"), fresh_name()
    placement = {"LocationConstraint": account.region}
    got = code(
        s3.create_bucket,
        Bucket=name,
        CreateBucketConfiguration=placement,
        **settings,
    )
    assert (got, cloud_s3.find(name)) == (expected, None)


def test_bucket_may_be_created_private(account: Account) -> None:
    """The ACL that every bucket has says nothing new."""
    assert create_bucket(account, ACL="private")


def test_unknown_acl(s3: Any, bucket: str) -> None:
    """moto fails with an AssertionError."""
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=WRITER)
    error = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"", ACL="mine")
    assert error["Error"]["Code"] == "InvalidArgument"
    assert error["Error"]["ArgumentValue"] == "mine"
