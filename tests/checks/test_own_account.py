"""Work that was done in the learner's own account, in place of the one it was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from grader.lab.cloud import Cloud
from tests.checks.conftest import Judged
from tests.checks.test_phase1_buckets import by_exceptions
from tests.checks.test_phase2_greetings import deploys

Judge = Callable[..., Judged]
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Own:
    """Clients as a learner makes them who types the keys in."""

    def __init__(self, cloud: Any) -> None:
        self.account = cloud.account
        self.region = cloud.region

    def client(self, service: str, region: str | None = None) -> Any:
        return boto3.client(service, region_name=region or self.region, **KEYS)


@pytest.fixture(autouse=True)
def _tidy(cloud: Cloud) -> Iterator[None]:
    yield
    for bucket in cloud.client("s3").list_buckets()["Buckets"]:
        cloud.client("s3").delete_bucket(Bucket=bucket["Name"])
    for user in cloud.client("iam").list_users()["Users"]:
        cloud.client("iam").delete_user(UserName=user["UserName"])
    for function in cloud.client("lambda").list_functions()["Functions"]:
        name = function["FunctionName"]
        cloud.client("lambda").delete_function(FunctionName=name)


def test_a_bucket_of_the_own_account_is_told(judge: Judge) -> None:
    """As it is shown it passes; the variation leads to the client, and its keys."""
    said = judge("make-bucket", lambda cloud, *rest: by_exceptions(Own(cloud), *rest))
    assert (said.outcome, said.hidden) == ("failed", True)
    assert said.misconception == "client-of-another-cloud"
    assert "it called s3:CreateBucket in your own" in said.text
    assert 'without keys of its own: cloud.client("s3")' in said.text


def test_what_is_there_already_is_told(judge: Judge, lesson: dict[str, Any]) -> None:
    """Work that raises for what it made itself, where it ran before, is led there."""
    deploy = deploys(lesson, "phase2/hello_python/right.py")

    def deploy_hello(cloud: Any) -> object:
        Own(cloud).client("iam").create_user(UserName="hello")
        return deploy(cloud)

    said = judge("hello-python", deploy_hello)
    assert (said.outcome, said.hidden) == ("failed", True)
    assert "EntityAlreadyExists" in said.text
    assert "it called iam:CreateUser in your own" in said.text


def test_a_failure_that_has_nothing_to_do_with_it_is_told_as_ever(
    judge: Judge,
) -> None:
    """Work in the account that was given, and wrong in another way."""

    def make_bucket(cloud: Any, name: str, region: str) -> str:
        cloud.account  # noqa: B018 - asks who it is
        return by_exceptions(cloud, name, region) if region == cloud.region else name

    said = judge("make-bucket", make_bucket)
    assert said.outcome == "failed"
    assert "in your own" not in said.text
