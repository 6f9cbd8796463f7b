"""The signature of a presigned URL is of one request, and of no other."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import boto3
import pytest
import requests
from botocore.config import Config

from tests.cloud.conftest import Account
from tests.cloud.s3.conftest import create_bucket

KEYS = ["a b.txt", "a+b.txt", "résumé +1.txt", "a//b", "%2F", "~!'()*&=?#.txt"]
VERSIONS = ["s3", "s3v4"]


@pytest.fixture(scope="module")
def photos(account: Account) -> str:
    """A bucket with an object under each key."""
    name = create_bucket(account)
    for key in (*KEYS, "k", "other"):
        account.client("s3").put_object(Bucket=name, Key=key, Body=key.encode())
    return name


def signer(account: Account, version: str, **keys: str) -> Any:
    """An S3 client whose URLs have a signature version."""
    return boto3.client(
        "s3",
        endpoint_url=account.cloud.endpoint_url,
        region_name=account.region,
        **{
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            **keys,
        },
        config=Config(signature_version=version),
    )


def link(s3: Any, bucket: str, key: str = "k", operation: str = "get_object") -> str:
    url: str = s3.generate_presigned_url(
        operation, Params={"Bucket": bucket, "Key": key}, ExpiresIn=600
    )
    return url


def fault(answer: requests.Response) -> tuple[int, str]:
    """Status and code of an error."""
    return answer.status_code, answer.text.split("<Code>")[1].split("</Code>")[0]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("key", KEYS)
def test_any_key_can_be_shared(
    account: Account, photos: str, version: str, key: str
) -> None:
    """Spaces, plus signs, accents, slashes and percent signs included."""
    answer = requests.get(link(signer(account, version), photos, key), timeout=10)
    assert (answer.status_code, answer.content) == (200, key.encode())


@pytest.mark.parametrize("version", VERSIONS)
def test_object_of_no_bytes_can_be_shared(account: Account, version: str) -> None:
    """It is an object like any other."""
    bucket = create_bucket(account)
    account.client("s3").put_object(Bucket=bucket, Key="empty", Body=b"")
    answer = requests.get(link(signer(account, version), bucket, "empty"), timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("old", "new"), [("/k?", "/other?"), ("/k?", "/K?"), ("/k?", "//k?"), ("/k?", "?")]
)
def test_link_is_for_one_key(
    account: Account, photos: str, version: str, old: str, new: str
) -> None:
    """Whoever changes the key has a link to nothing; moto gives the other object."""
    url = link(signer(account, version), photos).replace(old, new)
    assert fault(requests.get(url, timeout=10)) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("version", VERSIONS)
def test_link_is_for_one_method(account: Account, photos: str, version: str) -> None:
    """What may be read mayn't be overwritten or deleted."""
    url = link(signer(account, version), photos)
    assert fault(requests.put(url, b"!", timeout=10)) == (403, "SignatureDoesNotMatch")
    assert fault(requests.delete(url, timeout=10)) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("version", "lifetime"), [("s3", "Expires="), ("s3v4", "X-Amz-Expires=")]
)
def test_lifetime_is_signed_too(
    account: Account, photos: str, version: str, lifetime: str
) -> None:
    """A link can't be prolonged."""
    url = link(signer(account, version), photos)
    answer = requests.get(url.replace(lifetime, f"{lifetime}1"), timeout=10)
    assert answer.status_code in (400, 403)
    assert "SignatureDoesNotMatch" in answer.text or "X-Amz-Expires" in answer.text


def test_refusal_shows_what_s3_signed(account: Account, photos: str) -> None:
    """The texts let one see where one's own signing went wrong."""
    url = link(signer(account, "s3v4"), photos).replace("/k?", "/other?")
    answer = requests.get(url, timeout=10)
    assert f"<CanonicalRequest>GET\n/{photos}/other\n" in answer.text
    assert "<StringToSign>AWS4-HMAC-SHA256\n" in answer.text
    assert "<AWSAccessKeyId>test</AWSAccessKeyId>" in answer.text
    assert "<StringToSignBytes>41 57 53 34 " in answer.text


@pytest.mark.parametrize("key", ["test", "examiner"])
@pytest.mark.parametrize("version", VERSIONS)
def test_secret_has_to_be_right(
    account: Account, photos: str, version: str, key: str
) -> None:
    """The lab's own keys have a secret as any key has."""
    wrong = signer(
        account, version, aws_access_key_id=key, aws_secret_access_key="guessed"
    )
    answer = requests.get(link(wrong, photos), timeout=10)
    assert fault(answer) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("version", VERSIONS)
def test_made_up_key_is_the_administrators(
    account: Account, photos: str, version: str
) -> None:
    """Nobody but who made it up knows its secret."""
    mine = signer(account, version, aws_access_key_id="mine")
    assert requests.get(link(mine, photos), timeout=10).status_code == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_session_signs_with_its_token(
    account: Account, photos: str, version: str
) -> None:
    """A role's keys are nothing without the token that came with them."""
    iam = account.client("iam")
    role = f"sharer-{version}"
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": account.id},
        "Action": "sts:AssumeRole",
    }
    document = {"Version": "2012-10-17", "Statement": [trust]}
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(document))
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    iam.put_role_policy(
        RoleName=role,
        PolicyName="s3",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
    )
    assumed = account.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account.id}:role/{role}", RoleSessionName="ana"
    )["Credentials"]
    keys = {
        "aws_access_key_id": assumed["AccessKeyId"],
        "aws_secret_access_key": assumed["SecretAccessKey"],
        "aws_session_token": assumed["SessionToken"],
    }
    url = link(signer(account, version, **keys), photos)
    assert requests.get(url, timeout=10).status_code == 200
    tampered = requests.get(url.replace("/k?", "/other?"), timeout=10)
    assert fault(tampered) == (403, "SignatureDoesNotMatch")
    without = url.replace(quote(keys["aws_session_token"], safe="-_.~"), "none")
    assert fault(requests.get(without, timeout=10)) == (400, "InvalidToken")
    del keys["aws_session_token"]
    bare = link(signer(account, version, **keys), photos)
    assert fault(requests.get(bare, timeout=10)) == (403, "InvalidAccessKeyId")


def upload_link(account: Account, version: str, bucket: str) -> str:
    """A link to upload a text with."""
    url: str = signer(account, version).generate_presigned_url(
        "put_object",
        Params={
            "Bucket": bucket,
            "Key": "up.txt",
            "ContentType": "text/plain",
        },
    )
    return url


@pytest.mark.parametrize("version", VERSIONS)
def test_upload_has_the_type_that_was_signed(
    account: Account, photos: str, version: str
) -> None:
    """Another content type is another request."""
    url = upload_link(account, version, photos)
    right = requests.put(url, b"x", headers={"Content-Type": "text/plain"}, timeout=10)
    wrong = requests.put(url, b"x", headers={"Content-Type": "text/html"}, timeout=10)
    missing = requests.put(url, b"x", timeout=10)
    assert right.status_code == 200
    assert fault(wrong) == fault(missing) == (403, "SignatureDoesNotMatch")
    found = account.client("s3").get_object(Bucket=photos, Key="up.txt")
    assert (found["ContentType"], found["Body"].read()) == ("text/plain", b"x")


def test_upload_adds_no_headers(account: Account, photos: str) -> None:
    """S3's own headers have to be signed."""
    url = link(signer(account, "s3v4"), photos, "new", "put_object")
    answer = requests.put(url, b"x", headers={"x-amz-meta-by": "me"}, timeout=10)
    assert fault(answer) == (403, "AccessDenied")
    assert "<HeadersNotSigned>x-amz-meta-by</HeadersNotSigned>" in answer.text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("X-Amz-Expires=600", "X-Amz-Expires=604801", "must be less than a week"),
        ("X-Amz-Expires=600", "X-Amz-Expires=-1", "must be non-negative"),
        ("X-Amz-Expires=600", "X-Amz-Expires=soon", "should be a number"),
        ("X-Amz-Expires=600", "", "version 4 requires"),
        ("X-Amz-Date=2", "X-Amz-Date=Wed2", "ISO8601 Long Format"),
    ],
)
def test_parameters_have_a_form(
    account: Account, photos: str, old: str, new: str, message: str
) -> None:
    """S3 says which parameter of a URL it can't read."""
    url = link(signer(account, "s3v4"), photos)
    answer = requests.get(url.replace(old, new), timeout=10)
    assert fault(answer) == (400, "AuthorizationQueryParametersError")
    assert message in answer.text
