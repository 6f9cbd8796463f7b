"""Presigned URLs expire on the lab's clock."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from grader.cloud.clock import real_time
from tests.cloud.conftest import Account


@pytest.fixture(scope="module")
def bucket(account: Account) -> str:
    account.client("s3").create_bucket(
        Bucket="photos",
        CreateBucketConfiguration={"LocationConstraint": account.region},
    )
    account.client("s3").put_object(Bucket="photos", Key="a +é.txt", Body=b"hello")
    return "photos"


def signing(account: Account, version: str) -> Any:
    """An S3 client that signs with a signature version, in real time."""
    return boto3.client(
        "s3",
        endpoint_url=account.cloud.endpoint_url,
        region_name=account.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(signature_version=version),
    )


def wait_for_the_next_second() -> None:
    """Real dates in URLs are whole seconds: what is ambiguous within one ends."""
    begun = int(real_time())
    while int(real_time()) == begun:
        os.sched_yield()


def read(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_link_works_within_its_time_and_not_after(
    account: Account, bucket: str
) -> None:
    url = signing(account, "s3v4").generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "a +é.txt"}, ExpiresIn=600
    )
    assert read(url) == (200, b"hello")
    account.cloud.clock.advance(590)
    assert read(url) == (200, b"hello")
    account.cloud.clock.advance(30)
    status, body = read(url)
    assert status == 403
    assert b"<Code>AccessDenied</Code><Message>Request has expired</Message>" in body
    assert b"<X-Amz-Expires>600</X-Amz-Expires>" in body


def test_a_link_that_nobody_used_expires_as_well(account: Account, bucket: str) -> None:
    url = signing(account, "s3").generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "a +é.txt"}, ExpiresIn=600
    )
    wait_for_the_next_second()
    account.cloud.clock.advance(900)
    assert read(url)[0] == 403


def test_a_link_made_after_the_clock_moved_has_its_full_time(
    account: Account, bucket: str
) -> None:
    """The notebook signs with real time, days behind the lab's."""
    account.cloud.clock.advance(30 * 86400)
    url = signing(account, "s3v4").generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "a +é.txt"}, ExpiresIn=600
    )
    account.cloud.clock.advance(590)
    assert read(url)[0] == 200
    account.cloud.clock.advance(30)
    assert read(url)[0] == 403


def test_a_link_that_a_function_made_counts_in_lab_time(
    account: Account, bucket: str
) -> None:
    """A handler sees lab time, so it signs with lab time."""
    account.permit("s3:GetObject")
    account.cloud.clock.advance(86400)
    name = account.deploy(
        "import boto3\n"
        "def handler(event, context):\n"
        "    return boto3.client('s3').generate_presigned_url('get_object',\n"
        "        Params={'Bucket': 'photos', 'Key': 'a +é.txt'}, ExpiresIn=600)\n",
        Timeout=30,
        MemorySize=256,
    )
    url = account.invoke(name).payload
    account.cloud.clock.advance(590)
    assert read(url)[0] == 200
    account.cloud.clock.advance(30)
    assert read(url)[0] == 403


def test_links_of_signature_version_2_expire_too(account: Account, bucket: str) -> None:
    s3 = signing(account, "s3")
    account.cloud.clock.advance(86400)
    url = s3.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "a +é.txt"}, ExpiresIn=60
    )
    assert "Signature=" in url and "X-Amz-Expires" not in url
    assert read(url)[0] == 200
    account.cloud.clock.advance(90)
    assert read(url)[0] == 403


def test_refusal_of_a_link_has_s3s_ids(account: Account, bucket: str) -> None:
    """A link that expired is refused with both ids, in headers and body alike."""
    url = signing(account, "s3v4").generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=60
    )
    account.cloud.clock.advance(120)
    answer = requests.get(url, timeout=10)
    told = answer.headers
    assert f"<RequestId>{told['x-amz-request-id']}</RequestId>" in answer.text
    assert f"<HostId>{told['x-amz-id-2']}</HostId>" in answer.text
