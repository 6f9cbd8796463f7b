"""A table with a stream, a function and the mapping between them."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.cloud import Cloud
from grader.cloud.journal import Incident
from tests.cloud.conftest import Account

MAY_POLL = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
# Prints what it gets, and fails at items whose key begins with "bad".
TELLS = """
import json

def handler(event, context):
    print(json.dumps(event))
    for record in event["Records"]:
        if record["dynamodb"]["Keys"]["pk"]["S"].startswith("bad"):
            raise ValueError(record["dynamodb"]["SequenceNumber"])
"""
# Reports the records of items whose key begins with "bad".
REPORTS = """
import json

def handler(event, context):
    print(json.dumps(event))
    changes = [record["dynamodb"] for record in event["Records"]]
    failed = [
        one["SequenceNumber"] for one in changes
        if one["Keys"]["pk"]["S"].startswith("bad")
    ]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}
"""
_numbers = itertools.count(1)


def lines(account: Account, function: str) -> list[str]:
    """What a function printed; nothing where it never ran."""
    logs = account.client("logs")
    try:
        return account.log_lines(function)
    except logs.exceptions.ResourceNotFoundException:
        return []


@dataclass
class Watched:
    """A table whose stream is polled for a function."""

    account: Account
    table: str
    arn: str
    function: str
    uuid: str = ""
    before: list[str] = field(default_factory=list)

    @property
    def cloud(self) -> Cloud:
        return self.account.cloud

    def put(self, *keys: str, **attributes: Any) -> None:
        for key in keys:
            self.account.client("dynamodb").put_item(
                TableName=self.table, Item={"pk": {"S": key}, **attributes}
            )

    def delete(self, key: str) -> None:
        self.account.client("dynamodb").delete_item(
            TableName=self.table, Key={"pk": {"S": key}}
        )

    def advance(self, seconds: float) -> None:
        self.cloud.clock.settle()
        self.cloud.clock.advance(seconds)
        self.cloud.clock.settle()

    def events(self) -> list[Any]:
        """What the function was invoked with, once nothing is under way any more."""
        self.cloud.clock.settle()
        return [
            json.loads(line)
            for line in lines(self.account, self.function)
            if line.startswith('{"Records"')
        ]

    def batches(self) -> list[str]:
        """The keys of each batch, with a space between them."""
        return [
            " ".join(one["dynamodb"]["Keys"]["pk"]["S"] for one in event["Records"])
            for event in self.events()
        ]

    def map(self, **settings: Any) -> None:
        """Begin to poll, from the oldest record on unless said otherwise."""
        self.uuid = self.account.aws_lambda.create_event_source_mapping(
            EventSourceArn=self.arn,
            FunctionName=self.function,
            **{"StartingPosition": "TRIM_HORIZON", **settings},
        )["UUID"]
        self.cloud.clock.settle()

    def update(self, **settings: Any) -> None:
        self.account.aws_lambda.update_event_source_mapping(UUID=self.uuid, **settings)
        self.cloud.clock.settle()

    def described(self) -> dict[str, Any]:
        found: dict[str, Any] = self.account.aws_lambda.get_event_source_mapping(
            UUID=self.uuid
        )
        return found

    def incidents(self, kind: str) -> list[Incident]:
        self.cloud.clock.settle()
        journal = self.cloud.asynchronous.journal
        return [
            one
            for one in journal.incidents(account=self.account.id)
            if (one.kind, one.source) == (kind, "dynamodb")
            and one.resource.endswith(f":{self.function}")
        ]


def watch(
    account: Account,
    code: str = TELLS,
    *,
    view: str = "NEW_AND_OLD_IMAGES",
    before: str = "",
    polled: bool = True,
    more: tuple[str, ...] = (),
    **mapping: Any,
) -> Watched:
    """Make a table, with items of the keys ``before``, a function and a mapping.

    The function's role may read streams, and do ``more``.
    """
    account.permit(*MAY_POLL, *more)
    name = f"table-{next(_numbers)}"
    shape = account.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
    )["TableDescription"]
    function = account.deploy(code, FunctionName=f"reads-{name}")
    made = Watched(account, name, shape["LatestStreamArn"], function)
    made.put(*before.split())
    if polled:
        made.map(**mapping)
    return made
