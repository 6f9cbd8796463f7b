"""What S3 asks access control in the middle of a request."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.cloud.conftest import Account
from tests.cloud.s3.conftest import create_bucket, refused


def user(account: Account, name: str, *statements: tuple[str, str]) -> Any:
    """An S3 client of a user who may do these actions to these resources."""
    iam = account.client("iam")
    iam.create_user(UserName=name)
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": resource}
            for action, resource in statements
        ],
    }
    iam.put_user_policy(
        UserName=name, PolicyName="own", PolicyDocument=json.dumps(document)
    )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return boto3.client(
        "s3",
        endpoint_url=account.cloud.endpoint_url,
        region_name=account.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(retries={"max_attempts": 0}),
    )


@pytest.fixture(scope="module")
def photos(account: Account) -> str:
    return create_bucket(account)


@pytest.fixture(scope="module")
def reader(account: Account, photos: str) -> Any:
    """Somebody who may read the objects of a bucket, and not list them."""
    return user(account, "reader", ("s3:GetObject", f"arn:aws:s3:::{photos}/*"))


@pytest.fixture(scope="module")
def lister(account: Account, photos: str) -> Any:
    """Somebody who may do both."""
    return user(
        account,
        "lister",
        ("s3:GetObject", f"arn:aws:s3:::{photos}/*"),
        ("s3:ListBucket", f"arn:aws:s3:::{photos}"),
    )


@pytest.mark.parametrize("call", ["get_object", "head_object"])
def test_missing_key_is_forbidden_to_who_may_not_list(
    reader: Any, lister: Any, photos: str, call: str
) -> None:
    """Nobody finds out by guessing what is in a bucket."""
    where = {"Bucket": photos, "Key": "none"}
    statuses = [
        refused(getattr(client, call), **where)["ResponseMetadata"]["HTTPStatusCode"]
        for client in (reader, lister)
    ]
    assert statuses == [403, 404]


def test_refusal_names_what_is_missing(reader: Any, photos: str) -> None:
    """It is the listing that isn't allowed."""
    error = refused(reader.get_object, Bucket=photos, Key="none")["Error"]
    assert error["Code"] == "AccessDenied"
    assert error["Message"].endswith(
        f's3:ListBucket on resource: "arn:aws:s3:::{photos}" because no identity-based'
        " policy allows the s3:ListBucket action"
    )


def test_each_key_is_asked_for(account: Account, photos: str) -> None:
    """Of many that are to be deleted, those go that may go."""
    tidier = user(account, "tidier", ("s3:DeleteObject", f"arn:aws:s3:::{photos}/a/*"))
    for key in ("a/1", "b/1"):
        account.client("s3").put_object(Bucket=photos, Key=key, Body=b"")
    answer = tidier.delete_objects(
        Bucket=photos, Delete={"Objects": [{"Key": "a/1"}, {"Key": "b/1"}]}
    )
    assert [one["Key"] for one in answer["Deleted"]] == ["a/1"]
    (error,) = answer["Errors"]
    assert (error["Key"], error["Code"]) == ("b/1", "AccessDenied")
