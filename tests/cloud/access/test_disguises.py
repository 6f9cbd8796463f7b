"""No request is one thing for the gate and another one for whoever answers it."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from tests.cloud.access.conftest import Identity, allow, user
from tests.cloud.conftest import Account

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
VICTIM = "Action=CreateUser&Version=2010-05-08&UserName=slipped-in"


def asked(
    who: Identity,
    service: str,
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    body: str | bytes = "",
    authorization: str | None = None,
) -> int:
    """Send a request byte by byte as it is given; the HTTP status."""
    scope = f"Credential={who.access_key_id}/20261125/eu-west-1/{service}/aws4_request"
    given = authorization or "AWS4-HMAC-SHA256 {}, SignedHeaders=host, Signature=0"
    line = http.client.HTTPConnection(urlsplit(who.account.cloud.endpoint_url).netloc)
    line.request(
        method,
        path,
        body=body,
        headers={"Authorization": given.format(scope), **(headers or {})},
    )
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status


def users(account: Account) -> list[str]:
    return [one["UserName"] for one in account.client("iam").list_users()["Users"]]


@pytest.fixture(scope="module")
def ann(account: Account) -> Identity:
    """Somebody who may look at much, and change nothing."""
    return user(
        account,
        allow(
            [
                "iam:GetUser",
                "iam:ListUsers",
                "s3:ListAllMyBuckets",
                "sqs:ListQueues",
                "sts:GetCallerIdentity",
            ]
        ),
    )


@pytest.mark.parametrize(
    ("service", "path", "headers", "body", "authorization"),
    [
        pytest.param("iam", "/?Action=GetUser", FORM, VICTIM, None, id="two actions"),
        pytest.param(
            "iam",
            "/",
            {**FORM, "X-Amz-Target": "Iam.GetUser"},
            VICTIM,
            None,
            id="an action and a target",
        ),
        pytest.param(
            "iam",
            "/service/Iam/operation/GetUser",
            FORM,
            VICTIM,
            None,
            id="an action and a path of another protocol",
        ),
        pytest.param(
            "iam",
            "/?" + VICTIM,
            {"X-Amz-Target": "Iam.GetUser"},
            "",
            None,
            id="an action in the URL and a target",
        ),
        pytest.param(
            "s3",
            "/?AWSAccessKeyId=AKIA&Action=ListUsers",
            FORM,
            VICTIM,
            "Basic {}",
            id="a scope in another scheme",
        ),
        pytest.param(
            "iam",
            "/",
            FORM,
            VICTIM,
            "AWS4-HMAC-SHA256 SignedHeaders=host, {}, Signature=0",
            id="a scope where it isn't looked for",
        ),
    ],
)
def test_a_user_isnt_made_under_another_name(
    account: Account,
    ann: Identity,
    service: str,
    path: str,
    headers: dict[str, str],
    body: str,
    authorization: str | None,
) -> None:
    """Whatever the request says beside, CreateUser needs iam:CreateUser."""
    status = asked(
        ann,
        service,
        "POST",
        path,
        headers=headers,
        body=body,
        authorization=authorization,
    )
    assert status >= 400
    assert "slipped-in" not in users(account)


def test_nobody_is_two_people(
    account: Account, fresh_account: Account, ann: Identity
) -> None:
    """A header with two keys counts for nobody."""
    other = user(fresh_account, allow("*"))
    keys = [
        f"Credential={who.access_key_id}/20261125/us-east-1/iam/aws4_request"
        for who in (ann, other)
    ]
    header = f"AWS4-HMAC-SHA256 {keys[0]}, {keys[1]}, Signature=0"
    status = asked(
        ann,
        "iam",
        "POST",
        "/",
        headers=FORM,
        body="Action=ListUsers&Version=2010-05-08",
        authorization=header,
    )
    assert status == 403


def test_a_request_that_could_be_two_is_neither(account: Account) -> None:
    """Tags of an object and a copy onto it: S3 may take it for the other one."""
    s3 = account.client("s3")
    place = {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
    s3.create_bucket(Bucket="twofold-bucket", **place)
    s3.put_object(Bucket="twofold-bucket", Key="a", Body=b"a")
    ann = user(account, allow(["s3:PutObjectTagging"]))
    status = asked(
        ann,
        "s3",
        "PUT",
        "/twofold-bucket/b?tagging",
        headers={"x-amz-copy-source": "/twofold-bucket/a"},
    )
    assert status == 403
    assert s3.list_objects_v2(Bucket="twofold-bucket")["KeyCount"] == 1


def test_a_bucket_in_the_host_is_the_bucket(account: Account) -> None:
    """In a virtual-hosted request the path begins with the key."""
    s3 = account.client("s3")
    place = {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
    for name in ("hosted-of-mine", "not-of-mine"):
        s3.create_bucket(Bucket=name, **place)
        s3.put_object(Bucket=name, Key="not-of-mine/a", Body=b"a")
    ann = user(account, allow("s3:GetObject", "arn:aws:s3:::not-of-mine/*"))
    host = {"Host": "hosted-of-mine.s3.eu-west-1.amazonaws.com"}
    assert asked(ann, "s3", "GET", "/not-of-mine/a", headers=host) == 403
    ann.may(allow("s3:GetObject", "arn:aws:s3:::hosted-of-mine/*"))
    assert asked(ann, "s3", "GET", "/not-of-mine/a", headers=host) == 200


def test_an_encoded_path_is_the_same_api(account: Account) -> None:
    """A Deny on an API holds however its id is written."""
    api = account.client("apigateway").create_rest_api(name="shut")["id"]
    arn = f"arn:aws:apigateway:eu-west-1::/restapis/{api}"
    ann = user(
        account,
        allow("apigateway:GET"),
        {"Effect": "Deny", "Action": "apigateway:GET", "Resource": arn},
    )
    assert asked(ann, "apigateway", "GET", f"/restapis/{api}") == 403
    encoded = f"%{ord(api[0]):02x}{api[1:]}"
    assert asked(ann, "apigateway", "GET", f"/restapis/{encoded}") == 403


def test_motos_own_pages_are_shut(account: Account, ann: Identity) -> None:
    """Nobody resets the cloud, or reads all of it, past the gate."""
    for path in ("/moto-api/reset", "/moto-api/data.json", "/latest/meta-data/"):
        assert asked(ann, "iam", "POST", path) == 404
