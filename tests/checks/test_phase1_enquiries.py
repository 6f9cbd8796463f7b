"""enquiries-by-email, with right answers, wrong ones, and none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
Enquiry = dict[str, str]
CHECK = "enquiries-by-email"
FIELDS = ("id", "email", "received", "message")


def made(
    cloud: Any, partition: str, sort: str | None = None, **more: Any
) -> tuple[Any, str]:
    """A client, and the name of a new table with these keys."""
    dynamodb = cloud.client("dynamodb")
    with contextlib.suppress(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.delete_table(TableName="enquiries")
    keys = [partition] if sort is None else [partition, sort]
    names = {*keys, *more.pop("also", ())}
    dynamodb.create_table(
        TableName="enquiries",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in sorted(names)
        ],
        KeySchema=[
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        **more,
    )
    return dynamodb, "enquiries"


def item_of(enquiry: Enquiry, **more: str) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in {**enquiry, **more}.items()}


def plain(item: dict[str, dict[str, str]]) -> Enquiry:
    return {name: item[name]["S"] for name in FIELDS}


def put(cloud: Any, table: str, enquiry: Enquiry, **more: str) -> None:
    cloud.client("dynamodb").put_item(TableName=table, Item=item_of(enquiry, **more))


def queried(cloud: Any, table: str, name: str, value: str, **more: Any) -> list[Any]:
    """All pages of a query for one partition."""
    pages = cloud.client("dynamodb").get_paginator("query")
    asked = {
        "KeyConditionExpression": "#key = :key",
        "ExpressionAttributeNames": {"#key": name},
        "ExpressionAttributeValues": {":key": {"S": value}},
    }
    return [
        plain(item)
        for page in pages.paginate(TableName=table, **asked, **more)
        for item in page["Items"]
    ]


class Simple:
    """Partition key email, sort key made of the moment and the id; a paginator."""

    def deploy(self, cloud: Any) -> str:
        return made(cloud, "email", "moment")[1]

    def add(self, cloud: Any, table: str, enquiry: Enquiry) -> None:
        put(cloud, table, enquiry, moment=f"{enquiry['received']} {enquiry['id']}")

    def ask(self, cloud: Any, table: str, email: str) -> Any:
        return queried(cloud, table, "email", email)

    @property
    def work(self) -> tuple[Callable[..., Any], ...]:
        return self.deploy, self.add, self.ask


class WithAPrefix(Simple):
    """One table for many things: keys with a kind before them; pages by hand."""

    def deploy(self, cloud: Any) -> str:
        return made(cloud, "pk", "sk")[1]

    def add(self, cloud: Any, table: str, enquiry: Enquiry) -> None:
        at = {"pk": f"customer#{enquiry['email']}"}
        put(cloud, table, enquiry, **at, sk=f"{enquiry['received']}#{enquiry['id']}")

    def ask(self, cloud: Any, table: str, email: str) -> list[Enquiry]:
        rows = cloud.session().resource("dynamodb").Table(table)
        question = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": f"customer#{email}"},
            "ScanIndexForward": False,
        }
        found: list[Enquiry] = []
        while True:
            page = rows.query(**question)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found[::-1]
            question["ExclusiveStartKey"] = page["LastEvaluatedKey"]


class WithAnIndex(Simple):
    """The id is the key, and an index answers the question; sorted by Python."""

    def deploy(self, cloud: Any) -> str:
        index = {
            "IndexName": "by-email",
            "KeySchema": [{"AttributeName": "email", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        return made(cloud, "id", also=["email"], GlobalSecondaryIndexes=[index])[1]

    def add(self, cloud: Any, table: str, enquiry: Enquiry) -> None:
        put(cloud, table, enquiry)

    def ask(self, cloud: Any, table: str, email: str) -> list[Enquiry]:
        found = queried(cloud, table, "email", email, IndexName="by-email")
        return sorted(found, key=lambda one: str(one["received"]))


@pytest.mark.parametrize("way", [Simple, WithAPrefix, WithAnIndex])
def test_right_answers_pass(judge: Judge, way: type[Simple]) -> None:
    """A key that answers the question, however it is named."""
    said = judge(CHECK, *way().work)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter, starter, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


class Scans(Simple):
    def ask(self, cloud: Any, table: str, email: str) -> list[Enquiry]:
        pages = cloud.client("dynamodb").get_paginator("scan")
        found = [
            plain(i) for page in pages.paginate(TableName=table) for i in page["Items"]
        ]
        mine = [one for one in found if one["email"] == email]
        return sorted(mine, key=lambda one: str(one["received"]))


class BySecond(Simple):
    def add(self, cloud: Any, table: str, enquiry: Enquiry) -> None:
        put(cloud, table, enquiry, moment=enquiry["received"])


class ById(Simple):
    def add(self, cloud: Any, table: str, enquiry: Enquiry) -> None:
        put(cloud, table, enquiry, moment=enquiry["id"])


class OnePage(Simple):
    def ask(self, cloud: Any, table: str, email: str) -> list[Enquiry]:
        page = cloud.client("dynamodb").query(
            TableName=table,
            KeyConditionExpression="email = :email",
            ExpressionAttributeValues={":email": {"S": email}},
        )
        return [plain(item) for item in page["Items"]]


class OneDrawer(WithAPrefix):
    def add(self, cloud: Any, table: str, enquiry: Enquiry) -> None:
        moment = f"{enquiry['received']}#{enquiry['id']}"
        put(cloud, table, enquiry, pk="enquiries", sk=moment)

    def ask(self, cloud: Any, table: str, email: str) -> list[Enquiry]:
        found = queried(cloud, table, "pk", "enquiries")
        return [one for one in found if one["email"] == email]


class BeginsAlike(OneDrawer):
    def add(self, cloud: Any, table: str, enquiry: Enquiry) -> None:
        moment = f"{enquiry['email']}{enquiry['received']}#{enquiry['id']}"
        put(cloud, table, enquiry, pk="enquiries", sk=moment)

    def ask(self, cloud: Any, table: str, email: str) -> list[Enquiry]:
        pages = (
            cloud.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=table,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
                ExpressionAttributeValues={
                    ":pk": {"S": "enquiries"},
                    ":sk": {"S": email.removesuffix("m")},
                },
            )
        )
        return [plain(item) for page in pages for item in page["Items"]]


class InMemory(Simple):
    def __init__(self) -> None:
        self.kept: list[Enquiry] = []

    def add(self, cloud: Any, table: str, enquiry: Enquiry) -> None:
        super().add(cloud, table, enquiry)
        self.kept.append(enquiry)

    def ask(self, cloud: Any, table: str, email: str) -> list[Enquiry]:
        mine = [one for one in self.kept if one["email"] == email]
        return sorted(mine, key=lambda one: one["received"])


class InMemoryWithAQuery(InMemory):
    def ask(self, cloud: Any, table: str, email: str) -> list[Enquiry]:
        queried(cloud, table, "email", email)
        return super().ask(cloud, table, email)


class OneItem(Simple):
    """All enquiries of a customer in one item, in a list."""

    def deploy(self, cloud: Any) -> str:
        return made(cloud, "email")[1]

    def add(self, cloud: Any, table: str, enquiry: Enquiry) -> None:
        rows = cloud.session().resource("dynamodb").Table(table)
        rows.update_item(
            Key={"email": enquiry["email"]},
            UpdateExpression="SET enquiries = "
            "list_append(if_not_exists(enquiries, :none), :one)",
            ExpressionAttributeValues={":none": [], ":one": [enquiry]},
        )

    def ask(self, cloud: Any, table: str, email: str) -> list[Enquiry]:
        question = {
            "KeyConditionExpression": "email = :email",
            "ExpressionAttributeValues": {":email": email},
        }
        rows = cloud.session().resource("dynamodb").Table(table)
        items = rows.query(**question)["Items"]
        found = items[0]["enquiries"] if items else []
        return sorted(found, key=lambda one: str(one["received"]))


class OneItemGot(OneItem):
    def ask(self, cloud: Any, table: str, email: str) -> list[Enquiry]:
        rows = cloud.session().resource("dynamodb").Table(table)
        item = rows.get_item(Key={"email": email}).get("Item", {"enquiries": []})
        return sorted(item["enquiries"], key=lambda one: str(one["received"]))


class MadeOnce(Simple):
    def deploy(self, cloud: Any) -> str:
        dynamodb = cloud.client("dynamodb")
        if "enquiries" not in dynamodb.list_tables()["TableNames"]:
            made(cloud, "email", "moment")
        keys = [("email", "HASH"), ("moment", "RANGE")]
        dynamodb.create_table(
            TableName="enquiries",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name, _ in keys
            ],
            KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in keys],
        )
        return "enquiries"


class Unnamed(Simple):
    def deploy(self, cloud: Any) -> Any:
        made(cloud, "email", "moment")


class Printed(Simple):
    def ask(self, cloud: Any, table: str, email: str) -> None:
        print(super().ask(cloud, table, email))


class TextsOnly(Simple):
    def ask(self, cloud: Any, table: str, email: str) -> list[str]:
        return [one["message"] for one in queried(cloud, table, "email", email)]


@pytest.mark.parametrize(
    ("way", "misconception", "words", "hidden"),
    [
        (Scans, "scan-is-a-search", "dynamodb:Scan", False),
        (BySecond, "keys-repeat", "in the same second", False),
        (ById, "tables-are-sorted-later", "aren't in order", False),
        (OnePage, "one-page-is-all", "LastEvaluatedKey", True),
        (OneDrawer, "one-drawer-for-all", "turned 2 pages", True),
        (BeginsAlike, "begins-alike", "aren't theirs", True),
        (InMemory, "memory-lasts", "sent no query", False),
        (InMemoryWithAQuery, "memory-lasts", "still returns it", False),
        (OneItem, "one-item-for-all", "one item holds 4 enquiries", False),
        (OneItemGot, "one-item-for-all", "dynamodb:GetItem", False),
        (MadeOnce, "table-is-there", "ResourceInUse", False),
        (Unnamed, "print-is-return", "the name of a table", False),
        (Printed, "print-is-return", "no list of enquiries", False),
        (TextsOnly, None, "no list of enquiries", False),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, way: type[Simple], misconception: str | None, words: str, hidden: bool
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, *way().work)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text
    assert said.hidden == hidden
