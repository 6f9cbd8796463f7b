"""People and roles of an account, to try out what they may do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account

_names = (f"person-{number}" for number in itertools.count(1))


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(
    actions: str | Sequence[str], resources: str | Sequence[str] = "*", **more: Any
) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(
    actions: str | Sequence[str], resources: str | Sequence[str] = "*", **more: Any
) -> dict[str, Any]:
    return {**allow(actions, resources, **more), "Effect": "Deny"}


@dataclass(frozen=True)
class Identity:
    """Somebody's keys, and clients that use them."""

    account: Account
    name: str
    arn: str
    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def client(self, service: str, region: str | None = None) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.account.cloud.endpoint_url,
            region_name=region or self.account.region,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            aws_session_token=self.session_token,
            config=Config(retries={"max_attempts": 0}),
        )

    def may(self, *statements: Mapping[str, Any]) -> None:
        """Give this user one inline policy of these statements."""
        self.account.client("iam").put_user_policy(
            UserName=self.name, PolicyName="may", PolicyDocument=document(*statements)
        )


def user(account: Account, *statements: Mapping[str, Any], path: str = "/") -> Identity:
    """A user with an access key and, if there are statements, an inline policy."""
    iam, name = account.client("iam"), next(_names)
    arn = iam.create_user(UserName=name, Path=path)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    made = Identity(account, name, arn, key["AccessKeyId"], key["SecretAccessKey"])
    if statements:
        made.may(*statements)
    return made


def refusal(call: Any, **arguments: Any) -> tuple[str, str, int]:
    """The code, message and HTTP status that a call is refused with."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    answer = raised.value.response
    error = answer["Error"]
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return error["Code"], error.get("Message", ""), status


@pytest.fixture
def ann(fresh_account: Account) -> Identity:
    """A user who may do nothing."""
    return user(fresh_account)


@pytest.fixture(scope="module")
def nobody(account: Account) -> Identity:
    """A user of the module's account who may do nothing."""
    return user(account)
