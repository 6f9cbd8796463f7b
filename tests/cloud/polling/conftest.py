"""A queue, a function and the mapping between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from grader.cloud.cloud import Cloud
from tests.cloud.conftest import Account

MAY_POLL = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
# Prints what it gets, and fails at messages that begin with "bad".
TELLS = """
import json

def handler(event, context):
    print(json.dumps(event))
    for record in event["Records"]:
        if record["body"].startswith("bad"):
            raise ValueError(record["body"])
"""
# Reports the messages that begin with "bad".
REPORTS = """
import json

def handler(event, context):
    print(json.dumps(event))
    failed = [r["messageId"] for r in event["Records"] if r["body"].startswith("bad")]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}
"""


@dataclass
class Polled:
    """A queue that is polled for a function."""

    account: Account
    url: str
    arn: str
    function: str
    uuid: str

    @property
    def cloud(self) -> Cloud:
        return self.account.cloud

    def send(self, *bodies: str, **settings: Any) -> None:
        for body in bodies:
            self.account.client("sqs").send_message(
                QueueUrl=self.url, MessageBody=body, **settings
            )

    def events(self) -> list[Any]:
        """What the function was invoked with, once nothing is under way any more."""
        return [
            json.loads(line) for line in self.lines() if line.startswith('{"Records"')
        ]

    def lines(self) -> list[str]:
        """The function's log; none before it was invoked."""
        self.cloud.clock.settle()
        logs = self.account.client("logs")
        try:
            return self.account.log_lines(self.function)
        except logs.exceptions.ResourceNotFoundException:
            return []

    def batches(self) -> list[list[str]]:
        """The bodies of each batch."""
        return [[one["body"] for one in event["Records"]] for event in self.events()]

    def held(self, url: str | None = None) -> tuple[int, int]:
        """How many messages a queue shows and hides."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = self.account.client("sqs").get_queue_attributes(
            QueueUrl=url or self.url, AttributeNames=["All"]
        )["Attributes"]
        return int(found[names[0]]), int(found[names[1]])

    def update(self, **settings: Any) -> None:
        self.account.aws_lambda.update_event_source_mapping(UUID=self.uuid, **settings)
        self.cloud.clock.settle()


@pytest.fixture(scope="module")
def polling_cloud() -> Iterator[Cloud]:
    """One cloud for a module; each test has an account of its own in it."""
    cloud = Cloud()
    cloud.start()
    yield cloud
    cloud.close()


@pytest.fixture
def account(polling_cloud: Cloud) -> Iterator[Account]:
    """An account whose functions may poll; nothing is polled after the test."""
    name, access_key_id, secret = polling_cloud.fresh_account()
    account = Account(polling_cloud, keys=(access_key_id, secret), account=name)
    account.permit(*MAY_POLL)
    yield account
    polling_cloud.clock.settle()
    client = account.aws_lambda
    for mapping in client.list_event_source_mappings()["EventSourceMappings"]:
        client.delete_event_source_mapping(UUID=mapping["UUID"])


@pytest.fixture
def polled(account: Account) -> Callable[..., Polled]:
    """Make a queue, with what it holds already, a function and a mapping."""

    def make(
        code: str = TELLS,
        *,
        queue: str = "work",
        attributes: dict[str, str] | None = None,
        timeout: int = 3,
        before: tuple[str, ...] = (),
        **mapping: Any,
    ) -> Polled:
        url, arn = account.queue(queue, **(attributes or {}))
        function = account.deploy(code, FunctionName=f"{queue[:4]}-er", Timeout=timeout)
        made = Polled(account, url, arn, function, "")
        made.send(*before)
        made.uuid = account.aws_lambda.create_event_source_mapping(
            EventSourceArn=arn, FunctionName=function, **mapping
        )["UUID"]
        account.cloud.clock.settle()
        return made

    return make
