"""A DynamoDB client of a local cloud, and short ways to make tables and to refuse."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from grader.cloud.cloud import Cloud

# Of all clouds of the process: they share what moto keeps.
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Lab:
    """A cloud, and a client of it."""

    cloud: Cloud
    client: Any

    def table(
        self, keys: str = "pk:S", *, indexes: dict[str, str] | None = None, **more: Any
    ) -> str:
        """Create a table; ``pk:S sk:N`` are its keys.

        An index is local if it begins with the table's partition key; its projection
        comes after a slash, ``gpk:S sk:N / KEYS_ONLY`` or ``… / INCLUDE a b``.
        """
        name = more.pop("TableName", f"table-{next(_numbers)}")
        attributes = dict(part.split(":") for part in keys.split())
        first = keys.split(":")[0]
        shapes: dict[str, list[Any]] = {}
        for index, text in (indexes or {}).items():
            own, _, projection = text.partition("/")
            names = dict(part.split(":") for part in own.split())
            attributes |= names
            kind, *kept = projection.split() or ["ALL"]
            shape = {
                "IndexName": index,
                "KeySchema": _schema(list(names)),
                "Projection": {
                    "ProjectionType": kind,
                    **({"NonKeyAttributes": kept} if kept else {}),
                },
            }
            local = next(iter(names)) == first
            group = "Local" if local else "Global"
            shapes.setdefault(f"{group}SecondaryIndexes", []).append(shape)
        self.client.create_table(
            TableName=name,
            KeySchema=_schema([part.split(":")[0] for part in keys.split()]),
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": kind}
                for key, kind in attributes.items()
            ],
            **({"BillingMode": "PAY_PER_REQUEST"} | shapes | more),
        )
        return str(name)

    def put(self, table: str, **attributes: Any) -> None:
        self.client.put_item(TableName=table, Item=item(**attributes))

    def get(self, table: str, **key: Any) -> dict[str, Any]:
        found = self.client.get_item(TableName=table, Key=item(**key))
        return dict(found.get("Item", {}))

    def count(self, table: str) -> int:
        return int(self.client.scan(TableName=table, Select="COUNT")["Count"])


def _schema(names: list[str]) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in zip(names, kinds, strict=False)
    ]


def item(**attributes: Any) -> dict[str, Any]:
    """Write text as S and integers as N; what is a dictionary stays as it is."""
    kinds: dict[type, Callable[[Any], Any]] = {
        str: lambda value: {"S": value},
        int: lambda value: {"N": str(value)},
        bytes: lambda value: {"B": value},
        dict: lambda value: value,
    }
    return {name: kinds[type(value)](value) for name, value in attributes.items()}


def refusal(operation: Callable[..., Any], **members: Any) -> tuple[str, str]:
    """Return the code and the message with which an operation is refused."""
    with pytest.raises(ClientError) as refused:
        operation(**members)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def open_lab() -> tuple[Cloud, Lab]:
    cloud = Cloud()
    cloud.start()
    client = boto3.client(
        "dynamodb",
        endpoint_url=cloud.endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            retries={"max_attempts": 0},
            max_pool_connections=64,
            parameter_validation=False,
        ),
    )
    return cloud, Lab(cloud, client)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A cloud for the tests that don't move its clock."""
    cloud, lab = open_lab()
    yield lab
    cloud.close()


@pytest.fixture
def own_lab() -> Iterator[Lab]:
    """A cloud of its own, whose clock the test may move."""
    cloud, lab = open_lab()
    yield lab
    cloud.close()
