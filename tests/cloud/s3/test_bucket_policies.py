"""What S3 takes for the policy of a bucket."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.cloud.s3 import bucket_policies
from grader.cloud.s3.errors import Refused
from tests.cloud.conftest import Account
from tests.cloud.s3.conftest import refused

STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": "111122223333"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::photos/*",
}

NOT_APPLIED = "Action does not apply to any resource(s) in statement"


def document(**changes: Any) -> bytes:
    """A policy whose only statement differs from a good one."""
    statement = {**STATEMENT, **changes}
    given = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [given]}).encode()


@pytest.mark.parametrize(
    "body",
    [
        document(),
        document(Resource=["arn:aws:s3:::photos", "arn:aws:s3:::pho*/a/*"]),
        document(Principal=None, NotPrincipal={"AWS": "*"}),
        document(Principal={"Service": "cloudfront.amazonaws.com"}),
        document(Action="s3:*", Resource="arn:aws:s3:::photos"),
        document(Action="*"),
        document(Action=["s3:get*"]),
        document(Action="s3:ListBucket", Resource="arn:aws:s3:::photo*"),
        document(Action=None, NotAction="s3:ListBucket"),
        b' {"Statement": ' + json.dumps(STATEMENT).encode() + b"}",
    ],
)
def test_policy_is_taken(body: bytes) -> None:
    """Its resources are the bucket and what is in it."""
    assert bucket_policies.read(body, "photos")["Statement"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[]", "Policies must be valid JSON and the first byte must be '{'"),
        (b"", "Policies must be valid JSON and the first byte must be '{'"),
        (b"{oops", "This policy contains invalid Json"),
        (b'{"Version": "2012-10-17"}', "Missing required field Statement"),
        (b'{"Statement": []}', "Could not parse the policy: Statement is empty!"),
        (
            b'{"Version": "2026-01-01", "Statement": [{}]}',
            "The policy must contain a valid version string",
        ),
        (b'{"Statments": []}', "Unknown field Statments"),
        (document(Actions="s3:*"), "Unknown field Actions"),
        (document(Effect=None), "Missing required field Effect"),
        (document(Principal=None), "Missing required field Principal"),
        (document(Action=None), "Missing required field Action"),
        (document(Resource=None), "Missing required field Resource"),
        (document(Effect="allow"), "Invalid effect: allow"),
        (document(Action="GetObject"), "Policy has invalid action"),
        (document(Action="sqs:SendMessage"), "Policy has invalid action"),
        (document(Action="s3:GetObjcet"), "Policy has invalid action"),
        (document(Action="s3:ListBucket"), NOT_APPLIED),
        (document(Action=["s3:GetObject", "s3:ListBucket"]), NOT_APPLIED),
        (document(Resource="arn:aws:s3:::photos"), NOT_APPLIED),
        (document(Action="s3:ListAllMyBuckets"), NOT_APPLIED),
        (document(Resource="photos/*"), "Policy has invalid resource"),
        (document(Resource="arn:aws:s3:::other/*"), "Policy has invalid resource"),
        (document(Principal={"AWS": "someone"}), "Invalid principal in policy"),
        (document(Principal="someone"), "Invalid policy syntax."),
    ],
)
def test_policy_is_refused(body: bytes, message: str) -> None:
    """moto stores any bytes."""
    with pytest.raises(Refused) as error:
        bucket_policies.read(body, "photos")
    assert (error.value.code, error.value.message) == ("MalformedPolicy", message)


def test_policy_is_too_long() -> None:
    """20 KB without the spaces between."""
    body = document(Sid="x" * 20_480)
    with pytest.raises(Refused, match="exceeds the maximum allowed size of 20480"):
        bucket_policies.read(body, "photos")


def test_principal_has_to_exist(account: Account, s3: Any, bucket: str) -> None:
    """A typing error in a role's name is found out at once."""
    role = account.role
    resource = f"arn:aws:s3:::{bucket}/*"
    good = document(Principal={"AWS": role}, Resource=resource).decode()
    s3.put_bucket_policy(Bucket=bucket, Policy=good)
    wrong = good.replace("role/execution", "role/exceution")
    error = refused(s3.put_bucket_policy, Bucket=bucket, Policy=wrong)["Error"]
    assert error["Message"] == "Invalid principal in policy"
    assert error["Detail"] == role.replace("role/execution", "role/exceution")
