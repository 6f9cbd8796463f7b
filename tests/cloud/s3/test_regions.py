"""A bucket answers in its own Region."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from tests.cloud.conftest import Account
from tests.cloud.s3.conftest import create_bucket


def signed(account: Account, region: str, path: str, method: str = "GET") -> Any:
    """Send a request that was signed for a Region, and follow nothing."""
    url = f"{account.cloud.endpoint_url}{path}"
    asked = AWSRequest(method, url)
    S3SigV4Auth(Credentials("test", "test"), "s3", region).add_auth(asked)
    return requests.request(
        method, url, headers=dict(asked.headers), allow_redirects=False, timeout=10
    )


def test_request_elsewhere_is_redirected(account: Account, bucket: str) -> None:
    """The answer says where the bucket is; moto answers everywhere."""
    answer = signed(account, "ap-south-1", f"/{bucket}/k")
    assert answer.status_code == 301
    assert answer.headers["x-amz-bucket-region"] == account.region
    assert "<Code>PermanentRedirect</Code>" in answer.text
    endpoint = f"{bucket}.s3.{account.region}.amazonaws.com"
    assert f"<Endpoint>{endpoint}</Endpoint><Bucket>{bucket}</Bucket>" in answer.text


def test_head_tells_the_region_in_its_headers(account: Account, bucket: str) -> None:
    """It has no body to tell it in."""
    answer = signed(account, "ap-south-1", f"/{bucket}", "HEAD")
    assert answer.status_code == 301
    assert answer.headers["x-amz-bucket-region"] == account.region


def test_boto3_follows(account: Account, s3: Any, bucket: str) -> None:
    """An SDK signs again for the Region that it is told."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    elsewhere = account.client("s3", region="ap-south-1")
    assert elsewhere.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert elsewhere.head_bucket(Bucket=bucket)["BucketRegion"] == account.region


def test_location_can_be_asked_anywhere(account: Account, bucket: str) -> None:
    """Who doesn't know the Region has to be able to ask."""
    answer = signed(account, "ap-south-1", f"/{bucket}?location")
    assert answer.status_code == 200
    assert account.region in answer.text


def test_presigned_url_for_another_region(account: Account, bucket: str) -> None:
    """Nobody can sign a URL again for who holds it."""
    elsewhere = boto3.client(
        "s3",
        endpoint_url=account.cloud.endpoint_url,
        region_name="ap-south-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(signature_version="s3v4"),
    )
    url = elsewhere.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "k"}
    )
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 400
    assert "<Code>AuthorizationQueryParametersError</Code>" in answer.text
    assert (
        f"the region 'ap-south-1' is wrong; expecting '{account.region}'"
    ) in answer.text.replace("&apos;", "'")


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_listing_of_buckets_has_all_regions(account: Account, region: str) -> None:
    """ListBuckets isn't about a bucket."""
    name = create_bucket(account)
    found = account.client("s3", region=region).list_buckets()["Buckets"]
    assert name in [one["Name"] for one in found]
