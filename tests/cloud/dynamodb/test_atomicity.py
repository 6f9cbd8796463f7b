"""Twenty writers at once: none of what they do is lost, and one of them wins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.dynamodb.conftest import Lab, item

WRITERS = 20


@pytest.fixture(autouse=True)
def _switching() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(act: Callable[[int], Any], times: int = 60) -> list[Any]:
    with ThreadPoolExecutor(WRITERS) as writers:
        return list(writers.map(act, range(times)))


def won(act: Callable[[], Any]) -> bool:
    try:
        act()
    except ClientError as error:
        if error.response["Error"]["Code"] not in (
            "ConditionalCheckFailedException",
            "TransactionCanceledException",
        ):
            raise
        return False
    return True


def test_no_addition_is_lost(lab: Lab) -> None:
    """ADD on an item that isn't there yet, which moto loses some of."""
    table = lab.table()

    def add(number: int) -> str:
        answer = lab.client.update_item(
            TableName=table,
            Key=item(pk="counter"),
            UpdateExpression="ADD hits :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="UPDATED_NEW",
        )
        return str(answer["Attributes"]["hits"]["N"])

    seen = together(add)
    assert sorted(seen, key=int) == [str(number) for number in range(1, 61)]


def test_no_other_update_is_lost(lab: Lab) -> None:
    """A sum in SET, a list that grows, and members of a set, in one update."""
    table = lab.table()
    lab.put(table, pk="a", n=0, l={"L": []})

    def change(number: int) -> None:
        lab.client.update_item(
            TableName=table,
            Key=item(pk="a"),
            UpdateExpression="SET n = n + :one, l = list_append(l, :l) ADD s :s",
            ExpressionAttributeValues={
                ":one": {"N": "1"},
                ":l": {"L": [{"N": str(number)}]},
                ":s": {"SS": [str(number)]},
            },
        )

    together(change)
    found = lab.get(table, pk="a")
    assert found["n"] == {"N": "60"}
    assert len(found["l"]["L"]) == len(found["s"]["SS"]) == 60


@pytest.mark.parametrize("kind", ["put", "update", "transaction"])
def test_one_of_twenty_gets_the_slot(lab: Lab, kind: str) -> None:
    """A condition holds for the first; the stored owner is the one who was told so."""
    table = lab.table()
    condition = {"ConditionExpression": "attribute_not_exists(pk)"}

    def book(slot: str, who: int) -> None:
        put = {"TableName": table, "Item": item(pk=slot, who=who), **condition}
        if kind == "put":
            lab.client.put_item(**put)
        elif kind == "transaction":
            lab.client.transact_write_items(TransactItems=[{"Put": put}])
        else:
            lab.client.update_item(
                TableName=table,
                Key=item(pk=slot),
                UpdateExpression="SET who = :who",
                ExpressionAttributeValues={":who": {"N": str(who)}},
                **condition,
            )

    for slot in ("nine", "ten", "eleven"):
        winners = [
            who
            for who, success in enumerate(
                together(lambda who, slot=slot: won(lambda: book(slot, who)), WRITERS)
            )
            if success
        ]
        assert len(winners) == 1
        assert lab.get(table, pk=slot)["who"] == {"N": str(winners[0])}


def test_a_transaction_moves_money_whole(lab: Lab) -> None:
    """Whoever looks meanwhile sees it in one account or in the other."""
    table = lab.table()
    lab.put(table, pk="a", n=100)
    lab.put(table, pk="b", n=0)

    def move(number: int) -> int:
        if number % 4 == 0:
            found = lab.client.transact_get_items(
                TransactItems=[
                    {"Get": {"TableName": table, "Key": item(pk=pk)}} for pk in "ab"
                ]
            )["Responses"]
            return sum(int(one["Item"]["n"]["N"]) for one in found)
        lab.client.transact_write_items(
            TransactItems=[
                {
                    "Update": {
                        "TableName": table,
                        "Key": item(pk=pk),
                        "UpdateExpression": "ADD n :n",
                        "ExpressionAttributeValues": {":n": {"N": amount}},
                    }
                }
                for pk, amount in (("a", "-1"), ("b", "1"))
            ]
        )
        return 100

    assert set(together(move, 40)) == {100}
    assert lab.get(table, pk="b")["n"] == {"N": "30"}


def test_batches_of_many_writers_are_all_there(lab: Lab) -> None:
    """25 items of each of twenty."""
    table = lab.table("pk:S sk:N")

    def write(writer: int) -> None:
        puts = [
            {"PutRequest": {"Item": item(pk=f"p{n % 5}", sk=100 * writer + n)}}
            for n in range(25)
        ]
        lab.client.batch_write_item(RequestItems={table: puts})

    together(write, WRITERS)
    assert lab.count(table) == 25 * WRITERS


def test_a_failing_update_changes_nothing(lab: Lab) -> None:
    """Not even what comes before its mistake."""
    table = lab.table()
    lab.put(table, pk="a", n=1, text="x")
    with pytest.raises(ClientError):
        lab.client.update_item(
            TableName=table,
            Key=item(pk="a"),
            UpdateExpression="SET n = :n, m = text + :n",
            ExpressionAttributeValues={":n": {"N": "2"}},
        )
    assert lab.get(table, pk="a") == item(pk="a", n=1, text="x")


def test_moto_still_changes_items_in_place() -> None:
    """The reason for our own updates: a reader holds an item that changes under it."""
    from moto.dynamodb.models import DynamoDBBackend

    backend = DynamoDBBackend("eu-west-1", "123456789012")
    backend.create_table(
        "t",
        schema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        throughput=None,
        attr=[{"AttributeName": "pk", "AttributeType": "S"}],
        global_indexes=[],
        indexes=[],
        streams=None,
        billing_mode="PAY_PER_REQUEST",
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
    backend.put_item("t", item(pk="a", n=1))
    held = backend.get_item("t", item(pk="a"))
    backend.update_item("t", item(pk="a"), "ADD n :n", {}, {":n": {"N": "1"}})
    assert held.attrs["n"].value == "2"
