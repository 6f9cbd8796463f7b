"""Query and Scan: pages, filters, indexes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.dynamodb.conftest import Lab, item, refusal

MB = 1024 * 1024


def pages(operation: Any, **members: Any) -> list[dict[str, Any]]:
    """Every page of a query or a scan."""
    found = [operation(**members)]
    while "LastEvaluatedKey" in found[-1]:
        start = found[-1]["LastEvaluatedKey"]
        found.append(operation(**members, ExclusiveStartKey=start))
    return found


def keys(found: list[dict[str, Any]], name: str) -> list[str]:
    return [next(iter(one[name].values())) for page in found for one in page["Items"]]


@pytest.fixture(scope="module")
def large(lab: Lab) -> str:
    """A table of one partition with 30 items of 100,000 bytes and a few more."""
    table = lab.table("pk:S sk:N")
    for number in range(30):
        color = "red" if number == 29 else "blue"
        lab.put(table, pk="a", sk=number, color=color, text="x" * 99_980)
    return table


def of_partition(table: str, **more: Any) -> dict[str, Any]:
    return {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "a"}, **more.pop("values", {})},
        **more,
    }


def test_a_page_ends_before_it_exceeds_a_megabyte(lab: Lab, large: str) -> None:
    """Ten items of 100,000 bytes fit; none is lost or given twice."""
    found = pages(lab.client.query, **of_partition(large))
    assert [page["Count"] for page in found] == [10, 10, 10]
    assert keys(found, "sk") == [str(number) for number in range(30)]


def test_a_page_is_measured_before_the_filter(lab: Lab, large: str) -> None:
    """A rare item comes after two pages with nothing on them, each with a next key."""
    found = pages(
        lab.client.query,
        **of_partition(
            large, FilterExpression="color = :c", values={":c": {"S": "red"}}
        ),
    )
    counts = [(page["Count"], page["ScannedCount"]) for page in found]
    assert counts == [(0, 10), (0, 10), (1, 10)]


def test_a_scan_has_the_same_pages(lab: Lab, large: str) -> None:
    """Of one partition, in its order."""
    found = pages(lab.client.scan, TableName=large)
    assert [page["Count"] for page in found] == [10, 10, 10]


def test_counting_takes_as_many_pages(lab: Lab, large: str) -> None:
    """Select COUNT gives no items and reads as much."""
    found = pages(lab.client.query, **of_partition(large, Select="COUNT"))
    assert [page["Count"] for page in found] == [10, 10, 10]
    assert not any("Items" in page for page in found)


def test_a_limit_counts_what_is_read(lab: Lab, large: str) -> None:
    """Before the filter: two items read, none kept, and a key to go on with."""
    page = lab.client.query(
        **of_partition(
            large, FilterExpression="color = :c", values={":c": {"S": "red"}}, Limit=2
        )
    )
    assert (page["Count"], page["ScannedCount"]) == (0, 2)
    assert page["LastEvaluatedKey"] == item(pk="a", sk=1)


def test_a_limit_that_is_just_reached_gives_a_next_key(lab: Lab) -> None:
    """DynamoDB doesn't look ahead: the page after it is empty."""
    table = lab.table("pk:S sk:N")
    for number in range(4):
        lab.put(table, pk="a", sk=number)
    found = pages(lab.client.query, **of_partition(table, Limit=2))
    assert [page["Count"] for page in found] == [2, 2, 0]


def test_a_query_goes_backwards(lab: Lab, large: str) -> None:
    """The pages too."""
    found = pages(
        lab.client.query,
        **of_partition(
            large, ScanIndexForward=False, Limit=7, ProjectionExpression="sk"
        ),
    )
    assert keys(found, "sk") == [str(number) for number in reversed(range(30))]


def test_numbers_are_sorted_as_numbers(lab: Lab) -> None:
    """Text by its UTF-8 bytes, binary by its bytes."""
    expected: list[tuple[str, list[Any]]] = [
        ("N", [-10, -9, 2, 10, 100]),
        ("S", ["", "B", "a", "é", "😀"][1:]),
        ("B", [b"\x00", b"A", b"\x7f", b"\xff\x00"]),
    ]
    for kind, values in expected:
        table = lab.table(f"pk:S sk:{kind}")
        for value in reversed(values):
            lab.put(table, pk="a", sk=value)
        found = pages(lab.client.query, **of_partition(table))
        assert keys(found, "sk") == [
            str(value) if kind == "N" else value for value in values
        ]


@pytest.fixture(scope="module")
def enquiries(lab: Lab) -> str:
    """A table with 25 items of the same index sort key, and some without."""
    table = lab.table(
        "id:S",
        indexes={
            "by-email": "email:S at:N",
            "few": "email:S / INCLUDE text",
        },
    )
    for number in range(25):
        lab.put(table, id=f"e{number}", email="a@x", at=5, text="t", note="n")
    lab.put(table, id="other", email="b@x", at=1, text="t", note="n")
    lab.put(table, id="none", at=1)
    return table


def by_email(table: str, **more: Any) -> dict[str, Any]:
    return {
        "TableName": table,
        "IndexName": "by-email",
        "KeyConditionExpression": "email = :email",
        "ExpressionAttributeValues": {":email": {"S": "a@x"}},
        **more,
    }


def test_items_with_one_sort_key_are_each_given_once(lab: Lab, enquiries: str) -> None:
    """On however many pages, in either direction."""
    for forward in (True, False):
        members = by_email(enquiries, Limit=4, ScanIndexForward=forward)
        found = pages(lab.client.query, **members)
        assert sorted(keys(found, "id")) == sorted(f"e{n}" for n in range(25))


def test_a_page_of_an_index_names_both_keys(lab: Lab, enquiries: str) -> None:
    """The index's and the table's."""
    page = lab.client.query(**by_email(enquiries, Limit=1))
    assert set(page["LastEvaluatedKey"]) == {"email", "at", "id"}


def test_an_index_has_only_items_with_its_keys(lab: Lab, enquiries: str) -> None:
    """A scan of it doesn't see the others."""
    found = pages(lab.client.scan, TableName=enquiries, IndexName="by-email", Limit=5)
    assert sorted(keys(found, "id")) == sorted([*(f"e{n}" for n in range(25)), "other"])


def test_an_index_gives_what_it_projects(lab: Lab, enquiries: str) -> None:
    """Its keys, the table's, and what was included."""
    page = lab.client.query(**by_email(enquiries, IndexName="few", Limit=1))
    assert set(page["Items"][0]) == {"id", "email", "text"}


def test_an_index_that_is_younger_has_the_older_items(lab: Lab) -> None:
    """Those whose attribute is of its type."""
    table = lab.table()
    lab.put(table, pk="1", city="Bonn")
    lab.put(table, pk="2", city=5)
    key = {"AttributeName": "city", "KeyType": "HASH"}
    lab.client.update_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "city", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-city",
                    "KeySchema": [key],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    found = lab.client.scan(TableName=table, IndexName="by-city")["Items"]
    assert found == [item(pk="1", city="Bonn")]


def test_a_scan_is_in_no_order(lab: Lab) -> None:
    """Partitions lie where their hash puts them; each time alike."""
    table = lab.table()
    for number in range(30):
        lab.put(table, pk=f"{number:02}")
    first = keys(pages(lab.client.scan, TableName=table), "pk")
    again = keys(pages(lab.client.scan, TableName=table, Limit=7), "pk")
    assert first == again != sorted(first)


def test_segments_share_a_table(lab: Lab) -> None:
    """Each partition is in one of them."""
    table = lab.table("pk:S sk:N")
    for number in range(40):
        lab.put(table, pk=f"p{number % 20}", sk=number)
    found = [
        keys(pages(lab.client.scan, TableName=table, Segment=n, TotalSegments=3), "sk")
        for n in range(3)
    ]
    assert all(found)
    together = [sk for segment in found for sk in segment]
    assert sorted(together, key=int) == [str(number) for number in range(40)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("pk = :a AND sk = :3", [3]),
        ("pk = :a AND sk < :3", [1, 2]),
        ("pk = :a AND sk <= :3", [1, 2, 3]),
        ("pk = :a AND sk > :3", [4, 5]),
        ("pk = :a AND sk >= :3", [3, 4, 5]),
        ("pk = :a AND sk BETWEEN :2 AND :4", [2, 3, 4]),
        (":a = pk AND :3 < sk", [4, 5]),
        ("(pk = :a) and (sk < :3)", [1, 2]),
        ("sk < :3\n AND\tpk = :a", [1, 2]),
    ],
)
def test_key_conditions(lab: Lab, expression: str, expected: list[int]) -> None:
    """Each operator, in either order of the keys and of the sides."""
    table = lab.table("pk:S sk:N", TableName="numbers") if not _exists(lab) else ""
    for number in range(1, 6) if table else ():
        lab.put("numbers", pk="a", sk=number)
    values = {":a": {"S": "a"}, **{f":{n}": {"N": str(n)} for n in (2, 3, 4)}}
    used = {name: value for name, value in values.items() if name in expression}
    found = lab.client.query(
        TableName="numbers",
        KeyConditionExpression=expression,
        ExpressionAttributeValues=used,
    )["Items"]
    assert [int(one["sk"]["N"]) for one in found] == expected


def _exists(lab: Lab) -> bool:
    return "numbers" in lab.client.list_tables()["TableNames"]


def test_begins_with(lab: Lab) -> None:
    """Of a sort key that is text."""
    table = lab.table("pk:S sk:S")
    for text in ("2026-01", "2026-02", "2027-01"):
        lab.put(table, pk="a", sk=text)
    found = lab.client.query(
        **of_partition(
            table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :y)",
            values={":y": {"S": "2026"}},
        )
    )
    assert keys([found], "sk") == ["2026-01", "2026-02"]


REFUSED_QUERIES = [
    (
        {"KeyConditionExpression": "sk = :n"},
        "Query condition missed key schema element: pk",
    ),
    (
        {"KeyConditionExpression": "pk = :a AND color = :c"},
        "Query condition missed key schema element: sk",
    ),
    ({"KeyConditionExpression": "pk > :a"}, "Query key condition not supported"),
    (
        {"KeyConditionExpression": "pk = :a OR sk = :n"},
        "Invalid operator used in KeyConditionExpression: OR",
    ),
    (
        {"KeyConditionExpression": "pk = :a AND contains(sk, :n)"},
        "Invalid operator used in KeyConditionExpression: contains",
    ),
    (
        {"KeyConditionExpression": "pk = :a AND sk = :n AND sk = :n"},
        "KeyConditionExpressions must only contain one condition per key",
    ),
    (
        {"KeyConditionExpression": "pk = :n"},
        "One or more parameter values were invalid: Condition parameter type does not"
        " match schema type",
    ),
    (
        {"KeyConditionExpression": "pk = :a AND sk = :c"},
        "One or more parameter values were invalid: Condition parameter type does not"
        " match schema type",
    ),
    (
        {"KeyConditionExpression": "pk = :missing"},
        "Invalid KeyConditionExpression: An expression attribute value used in"
        " expression is not defined; attribute value: :missing",
    ),
    (
        {"KeyConditionExpression": ""},
        "Invalid KeyConditionExpression: The expression can not be empty;",
    ),
    (
        {"KeyConditionExpression": "pk = :a", "FilterExpression": "pk = :a"},
        "Filter Expression can only contain non-primary key attributes: Primary key"
        " attribute: pk",
    ),
    (
        {"KeyConditionExpression": "pk = :a", "FilterExpression": "#missing = :c"},
        "Invalid FilterExpression: An expression attribute name used in the document"
        " path is not defined; attribute name: #missing",
    ),
    (
        {"KeyConditionExpression": "pk = :a", "ExpressionAttributeNames": {"#u": "u"}},
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#u}",
    ),
    (
        {"KeyConditionExpression": "pk = :a", "IndexName": "nope"},
        "The table does not have the specified index: nope",
    ),
    (
        {"KeyConditionExpression": "pk = :a", "Limit": 0},
        "1 validation error detected: Value '0' at 'limit' failed to satisfy"
        " constraint: Member must have value greater than or equal to 1",
    ),
    (
        {"KeyConditionExpression": "pk = :a", "Select": "SPECIFIC_ATTRIBUTES"},
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get"
        " SPECIFIC_ATTRIBUTES",
    ),
    (
        {"KeyConditionExpression": "pk = :a", "ExclusiveStartKey": item(pk="a")},
        "The provided starting key is invalid",
    ),
    (
        {"KeyConditionExpression": "pk = :a", "ExclusiveStartKey": item(pk="b", sk=1)},
        "The provided starting key is outside query boundaries based on provided"
        " conditions",
    ),
    (
        {"ExpressionAttributeValues": None},
        "Either the KeyConditions or KeyConditionExpression parameter must be specified"
        " in the request.",
    ),
]


@pytest.mark.parametrize(("members", "message"), REFUSED_QUERIES)
def test_what_a_query_is_refused_for(
    lab: Lab, large: str, members: dict[str, Any], message: str
) -> None:
    """In AWS's words."""
    values = {":a": {"S": "a"}, ":n": {"N": "1"}, ":c": {"S": "red"}}
    text = " ".join(str(value) for value in members.values())
    used = {name: value for name, value in values.items() if name in text}
    asked = {"ExpressionAttributeValues": used or {":x": {"S": "x"}}, **members}
    asked = {name: value for name, value in asked.items() if value is not None}
    code, said = refusal(lab.client.query, TableName=large, **asked)
    assert (code, said) == ("ValidationException", message)


def test_a_global_index_is_never_consistent(lab: Lab, enquiries: str) -> None:
    """It follows the table a little later."""
    said = refusal(lab.client.query, **by_email(enquiries, ConsistentRead=True))[1]
    assert said == "Consistent reads are not supported on global secondary indexes"


def test_a_global_index_has_nothing_that_it_does_not_project(
    lab: Lab, enquiries: str
) -> None:
    """Asking for it by name, or for everything, is refused."""
    members = by_email(enquiries, IndexName="few")
    named = refusal(lab.client.query, **members, ProjectionExpression="note")
    assert named[1].endswith("Global secondary index few does not project [note]")
    every = refusal(lab.client.query, **members, Select="ALL_ATTRIBUTES")
    assert every[1].endswith("because its projection type is not ALL")


def test_segments_are_told_together(lab: Lab, large: str) -> None:
    """With the number of all of them, which is larger."""
    for members, message in (
        (
            {"Segment": 0},
            "The TotalSegments parameter is required but was not present in the request"
            " when Segment parameter is present",
        ),
        (
            {"TotalSegments": 2},
            "The Segment parameter is required but was not present in the request when"
            " parameter TotalSegments is present",
        ),
        (
            {"Segment": 5, "TotalSegments": 5},
            "The Segment parameter is zero-based and must be less than parameter"
            " TotalSegments: Segment: 5 is not less than TotalSegments: 5",
        ),
    ):
        assert refusal(lab.client.scan, TableName=large, **members)[1] == message


def test_moto_still_loses_items_between_pages_of_a_limit(lab: Lab) -> None:
    """The reason for our own pages: moto gives no next key when a limit is reached."""
    from moto.dynamodb.models.table import Table

    table = Table(
        "t",
        "123456789012",
        "eu-west-1",
        schema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        attr=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    table.put_item(item(pk="a"))
    assert table.scan({}, 1, None)[2] is None
