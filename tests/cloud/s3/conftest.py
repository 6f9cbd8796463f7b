"""S3 of a local cloud, and buckets of a test's own."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account

_numbers = itertools.count(1)


def fresh_name() -> str:
    """A bucket's name that no test had before."""
    return f"bucket-{next(_numbers)}"


def create_bucket(account: Account, name: str | None = None, **settings: Any) -> str:
    """Create a bucket in the account's Region; its name."""
    name = name or fresh_name()
    account.client("s3").create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": account.region},
        **settings,
    )
    return name


@pytest.fixture
def s3(account: Account) -> Any:
    return account.client("s3")


@pytest.fixture
def bucket(account: Account) -> str:
    """A bucket of the test's own."""
    return create_bucket(account)


def headers(answer: dict[str, Any]) -> dict[str, str]:
    """Return the HTTP headers of a call's answer."""
    found: dict[str, str] = answer["ResponseMetadata"]["HTTPHeaders"]
    return found


def refused(call: Any, **arguments: Any) -> dict[str, Any]:
    """Call and return what the error came with."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response


def code(call: Any, **arguments: Any) -> str:
    """Call and return the error's code."""
    return str(refused(call, **arguments)["Error"]["Code"])
