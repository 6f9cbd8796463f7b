"""The units that each request consumes, to the half."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.dynamodb.item_sizes import item_size
from tests.cloud.dynamodb.conftest import Lab, item

KB = 1024


def sized(size: int, **key: Any) -> dict[str, Any]:
    """An item of so many bytes, the rest of it in ``t``."""
    without = item_size(item(**key, t=""))
    return item(**key, t="x" * (size - without))


def units(answer: dict[str, Any]) -> float:
    return float(answer["ConsumedCapacity"]["CapacityUnits"])


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({"a": {"S": "xyz"}}, 4),
        ({"é": {"S": "é"}}, 4),
        ({"n": {"N": "27"}}, 3),
        ({"n": {"N": "-27.123"}}, 5),
        ({"n": {"N": "1000"}}, 3),
        ({"n": {"N": "0"}}, 2),
        ({"b": {"B": "AAEC"}}, 4),
        ({"b": {"B": "AA=="}}, 2),
        ({"t": {"BOOL": True}}, 2),
        ({"z": {"NULL": True}}, 2),
        ({"s": {"SS": ["a", "bc"]}}, 4),
        ({"s": {"NS": ["1", "100"]}}, 5),
        ({"l": {"L": []}}, 4),
        ({"l": {"L": [{"S": "ab"}, {"N": "1"}]}}, 1 + 3 + (1 + 2) + (1 + 2)),
        ({"m": {"M": {"k": {"S": "v"}}}}, 1 + 3 + 1 + 1 + 1),
    ],
)
def test_the_size_of_an_item(attributes: dict[str, Any], size: int) -> None:
    """Names and values, as AWS's page on capacity counts them."""
    assert item_size(attributes) == size


@pytest.fixture(scope="module")
def table(lab: Lab) -> str:
    """A table with items of given sizes."""
    name = lab.table()
    for size in (100, 4 * KB, 4 * KB + 1, 12 * KB):
        lab.client.put_item(TableName=name, Item=sized(size, pk=f"{size:06}"))
    return name


@pytest.mark.parametrize(
    ("size", "expected"), [(100, 1.0), (4 * KB, 1.0), (4 * KB + 1, 2.0), (12 * KB, 3.0)]
)
def test_a_read_is_rounded_up_to_4_kb(
    lab: Lab, table: str, size: int, expected: float
) -> None:
    """And halved unless it is consistent."""
    members = {"TableName": table, "Key": item(pk=f"{size:06}")}
    members["ReturnConsumedCapacity"] = "TOTAL"
    eventual = lab.client.get_item(**members)
    strong = lab.client.get_item(**members, ConsistentRead=True)
    assert (units(eventual), units(strong)) == (expected / 2, expected)
    assert eventual["ConsumedCapacity"]["TableName"] == table


def test_reading_nothing_costs_a_unit_too(lab: Lab, table: str) -> None:
    """Half of one, eventually."""
    answer = lab.client.get_item(
        TableName=table, Key=item(pk="no"), ReturnConsumedCapacity="TOTAL"
    )
    assert "Item" not in answer and units(answer) == 0.5


def test_a_scan_is_added_up_before_it_is_rounded(lab: Lab) -> None:
    """500 rows of 100 bytes are 50,000 bytes: 13 × 4 KB, whatever the filter keeps."""
    name = lab.table()
    for number in range(0, 500, 25):
        writes = [
            {"PutRequest": {"Item": sized(100, pk=f"{number + n:04}")}}
            for n in range(25)
        ]
        lab.client.batch_write_item(RequestItems={name: writes})
    answer = lab.client.scan(
        TableName=name,
        FilterExpression="pk IN (:a, :b, :c)",
        ExpressionAttributeValues={
            f":{letter}": {"S": f"{number:04}"} for number, letter in enumerate("abc")
        },
        ReturnConsumedCapacity="TOTAL",
    )
    assert (answer["Count"], answer["ScannedCount"]) == (3, 500)
    assert units(answer) == 6.5


@pytest.mark.parametrize(
    ("size", "expected"), [(100, 1.0), (1 * KB, 1.0), (1 * KB + 1, 2.0), (7 * KB, 7.0)]
)
def test_a_write_is_rounded_up_to_1_kb(lab: Lab, size: int, expected: float) -> None:
    """Putting, replacing by less, updating and deleting: the larger of both counts."""
    name = lab.table()
    members = {"TableName": name, "ReturnConsumedCapacity": "TOTAL"}
    put = lab.client.put_item(**members, Item=sized(size, pk="a"))
    replaced = lab.client.put_item(**members, Item=item(pk="a"))
    lab.client.put_item(TableName=name, Item=sized(size, pk="a"))
    updated = lab.client.update_item(
        **members, Key=item(pk="a"), UpdateExpression="REMOVE t"
    )
    lab.client.put_item(TableName=name, Item=sized(size, pk="a"))
    deleted = lab.client.delete_item(**members, Key=item(pk="a"))
    assert [units(one) for one in (put, replaced, updated, deleted)] == [expected] * 4


def test_deleting_nothing_costs_a_unit(lab: Lab, table: str) -> None:
    """DynamoDB had to look."""
    answer = lab.client.delete_item(
        TableName=table, Key=item(pk="no"), ReturnConsumedCapacity="TOTAL"
    )
    assert units(answer) == 1.0


def indexed(answer: dict[str, Any]) -> dict[str, float]:
    told = answer["ConsumedCapacity"]
    found = {"table": told["Table"]["CapacityUnits"]}
    for kind in ("Local", "Global"):
        for name, one in told.get(f"{kind}SecondaryIndexes", {}).items():
            found[name] = one["CapacityUnits"]
    assert sum(found.values()) == told["CapacityUnits"]
    return found


def test_what_indexes_consume_of_writes(lab: Lab) -> None:
    """An entry put, left alone, changed, moved (out and in), and taken out."""
    name = lab.table("pk:S", indexes={"geo": "city:S / INCLUDE note"})
    members = {"TableName": name, "ReturnConsumedCapacity": "INDEXES"}

    def changed(expression: str, value: str | None = None) -> dict[str, float]:
        values = {"ExpressionAttributeValues": {":v": {"S": value}}} if value else {}
        answer = lab.client.update_item(
            **members, Key=item(pk="a"), UpdateExpression=expression, **values
        )
        return indexed(answer)

    put = lab.client.put_item(
        **members, Item=item(pk="a", city="Bonn", note="n", big="x" * 3000)
    )
    assert indexed(put) == {"table": 3.0, "geo": 1.0}
    assert changed("SET big = :v", "y" * 3000) == {"table": 3.0}
    assert changed("SET note = :v", "m") == {"table": 3.0, "geo": 1.0}
    assert changed("SET city = :v", "Köln") == {"table": 3.0, "geo": 2.0}
    assert changed("REMOVE city") == {"table": 3.0, "geo": 1.0}


def test_what_indexes_consume_of_reads(lab: Lab) -> None:
    """The index's own size; a local one fetches from the table what it lacks."""
    name = lab.table(
        "pk:S sk:N", indexes={"loc": "pk:S color:S / KEYS_ONLY", "geo": "color:S"}
    )
    for number in range(4):
        key = item(pk="a", sk=number, color="red")
        lab.client.put_item(TableName=name, Item={**key, "t": {"S": "x" * (5 * KB)}})
    members = {
        "TableName": name,
        "ExpressionAttributeValues": {":v": {"S": "a"}},
        "KeyConditionExpression": "pk = :v",
        "ReturnConsumedCapacity": "INDEXES",
        "IndexName": "loc",
    }
    assert indexed(lab.client.query(**members)) == {"table": 0.0, "loc": 0.5}
    fetched = lab.client.query(**members, Select="ALL_ATTRIBUTES")
    assert indexed(fetched) == {"table": 4.0, "loc": 0.5}
    assert "t" in fetched["Items"][0]
    members["ExpressionAttributeValues"] = {":v": {"S": "red"}}
    members |= {"KeyConditionExpression": "color = :v", "IndexName": "geo"}
    # 4 × 5 KB are 20 KB and some bytes: six units of 4 KB, halved.
    assert indexed(lab.client.query(**members)) == {"table": 0.0, "geo": 3.0}


def test_a_transaction_costs_double(lab: Lab, table: str) -> None:
    """Reads as consistent ones, and each is told as reads or as writes."""
    gets = [
        {"Get": {"TableName": table, "Key": item(pk=f"{size:06}")}}
        for size in (100, 4 * KB + 1)
    ]
    read = lab.client.transact_get_items(
        TransactItems=gets, ReturnConsumedCapacity="TOTAL"
    )["ConsumedCapacity"]
    assert read == [
        {"TableName": table, "CapacityUnits": 6.0, "ReadCapacityUnits": 6.0}
    ]
    name = lab.table()
    puts = [
        {"Put": {"TableName": name, "Item": sized(size, pk=str(size))}}
        for size in (100, 2 * KB)
    ]
    written = lab.client.transact_write_items(
        TransactItems=puts, ReturnConsumedCapacity="INDEXES"
    )["ConsumedCapacity"]
    both = {"CapacityUnits": 6.0, "WriteCapacityUnits": 6.0}
    assert written == [{"TableName": name, **both, "Table": both}]


def test_batches_are_told_by_table(lab: Lab, table: str) -> None:
    """Each item is rounded for itself."""
    other = lab.table()
    writes = {
        name: [{"PutRequest": {"Item": sized(1500, pk=f"b{n}")}} for n in range(3)]
        for name in (other,)
    }
    written = lab.client.batch_write_item(
        RequestItems=writes, ReturnConsumedCapacity="TOTAL"
    )
    assert written["ConsumedCapacity"] == [{"TableName": other, "CapacityUnits": 6.0}]
    read = lab.client.batch_get_item(
        RequestItems={
            other: {"Keys": [item(pk="b0"), item(pk="b1"), item(pk="no")]},
            table: {"Keys": [item(pk=f"{12 * KB:06}")], "ConsistentRead": True},
        },
        ReturnConsumedCapacity="TOTAL",
    )
    told = {one["TableName"]: one["CapacityUnits"] for one in read["ConsumedCapacity"]}
    assert told == {other: 1.5, table: 3.0}


def test_nothing_is_told_unless_asked_for(lab: Lab, table: str) -> None:
    """NONE is the default of every operation."""
    key = item(pk="a")
    answers = [
        lab.client.get_item(TableName=table, Key=key),
        lab.client.scan(TableName=table),
        lab.client.update_item(TableName=table, Key=key),
        lab.client.delete_item(TableName=table, Key=key),
        lab.client.batch_get_item(RequestItems={table: {"Keys": [key]}}),
        lab.client.transact_write_items(
            TransactItems=[{"Delete": {"TableName": table, "Key": key}}]
        ),
    ]
    assert not any("ConsumedCapacity" in answer for answer in answers)


def test_collections_are_measured_for_local_indexes(lab: Lab) -> None:
    """Only then is their size limited."""
    with_index = lab.table("pk:S sk:N", indexes={"loc": "pk:S a:S"})
    without = lab.table("pk:S sk:N")
    told = [
        lab.client.put_item(
            TableName=name, Item=item(pk="p", sk=1), ReturnItemCollectionMetrics="SIZE"
        ).get("ItemCollectionMetrics")
        for name in (with_index, without)
    ]
    assert told == [
        {"ItemCollectionKey": item(pk="p"), "SizeEstimateRangeGB": [0.0, 1.0]},
        None,
    ]
