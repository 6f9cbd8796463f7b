"""Batches and transactions: their limits, and why a transaction is cancelled."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.dynamodb import reads
from tests.cloud.dynamodb.conftest import Lab, item, refusal

INVALID = "ValidationException"


@pytest.fixture(scope="module")
def table(lab: Lab) -> str:
    table = lab.table()
    lab.put(table, pk="there", amount=1)
    return table


def puts(number: int) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": item(pk=f"p{one}")}} for one in range(number)]


def test_a_batch_writes_25(lab: Lab, table: str) -> None:
    """One more is too many, and nothing of it is written."""
    write = lab.client.batch_write_item
    assert write(RequestItems={table: puts(25)})["UnprocessedItems"] == {}
    many = [{"PutRequest": {"Item": item(pk=f"q{one}")}} for one in range(26)]
    code, message = refusal(write, RequestItems={table: many})
    assert code == INVALID
    assert "Member must have length less than or equal to 25" in message
    assert lab.get(table, pk="q0") == {}


def test_a_batch_names_each_item_once(lab: Lab, table: str) -> None:
    """Whether it puts or deletes; also where one of the two changes nothing."""
    write = {
        table: [
            {"PutRequest": {"Item": item(pk="twice")}},
            {"DeleteRequest": {"Key": item(pk="twice")}},
        ]
    }
    told = (INVALID, "Provided list of item keys contains duplicates")
    assert refusal(lab.client.batch_write_item, RequestItems=write) == told
    read = {table: {"Keys": [item(pk="there")] * 2}}
    assert refusal(lab.client.batch_get_item, RequestItems=read) == told


def test_a_batch_reads_100(lab: Lab, table: str) -> None:
    """What isn't there is left out; one key more is too many."""
    keys = [item(pk=f"key{one}") for one in range(99)] + [item(pk="there")]
    found = lab.client.batch_get_item(RequestItems={table: {"Keys": keys}})
    assert found["Responses"] == {table: [item(pk="there", amount=1)]}
    assert found["UnprocessedKeys"] == {}
    keys.append(item(pk="one more"))
    code, message = refusal(
        lab.client.batch_get_item, RequestItems={table: {"Keys": keys}}
    )
    assert code == INVALID
    assert "Member must have length less than or equal to 100" in message


def test_a_batch_answers_so_much(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys of what has no room come back; 16 MB take too long for a test."""
    assert reads._LARGEST_ANSWER == 16 * 1024 * 1024
    monkeypatch.setattr(reads, "_LARGEST_ANSWER", 10_000)
    table = lab.table()
    for one in range(4):
        lab.put(table, pk=str(one), text="x" * 4_000)
    keys = [item(pk=str(one)) for one in range(4)]
    found = lab.client.batch_get_item(RequestItems={table: {"Keys": keys}})
    got = [{"pk": one["pk"]} for one in found["Responses"][table]]
    left = found["UnprocessedKeys"][table]["Keys"]
    assert (len(got), len(left)) == (2, 2)
    assert sorted(one["pk"]["S"] for one in got + left) == ["0", "1", "2", "3"]


def test_an_empty_batch_is_refused(lab: Lab) -> None:
    """In words of its own."""
    for operation in ("BatchGetItem", "BatchWriteItem"):
        call = getattr(
            lab.client,
            {"BatchGetItem": "batch_get_item"}.get(operation, "batch_write_item"),
        )
        assert refusal(call, RequestItems={}) == (
            INVALID,
            f"The requestItems parameter is required for {operation}",
        )


def test_a_batch_without_its_table(lab: Lab) -> None:
    """No table, no batch."""
    assert refusal(
        lab.client.batch_write_item, RequestItems={"none-such": puts(1)}
    ) == (
        "ResourceNotFoundException",
        "Requested resource not found",
    )


def cancelled(lab: Lab, *actions: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Return the message and the reasons with which a transaction is cancelled."""
    with pytest.raises(lab.client.exceptions.TransactionCanceledException) as told:
        lab.client.transact_write_items(TransactItems=list(actions))
    response = told.value.response
    return response["Error"]["Message"], response["CancellationReasons"]


def action(kind: str, table: str, condition: str | None = None, **more: Any) -> Any:
    members = {"TableName": table, **more}
    if condition is not None:
        members["ConditionExpression"] = condition
    return {kind: members}


def test_each_action_has_its_reason(lab: Lab, table: str) -> None:
    """None for those that would have been done; nothing is done."""
    message, reasons = cancelled(
        lab,
        action("Put", table, Item=item(pk="new")),
        action("Delete", table, "attribute_not_exists(pk)", Key=item(pk="there")),
        action(
            "ConditionCheck",
            table,
            "attribute_exists(pk)",
            Key=item(pk="nobody"),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        ),
        action(
            "Update",
            table,
            "amount > :n",
            Key=item(pk="p1"),
            UpdateExpression="SET amount = :n",
            ExpressionAttributeValues=item(**{":n": 5}),
        ),
    )
    failed = {
        "Code": "ConditionalCheckFailed",
        "Message": "The conditional request failed",
    }
    assert message == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons"
        " [None, ConditionalCheckFailed, ConditionalCheckFailed,"
        " ConditionalCheckFailed]"
    )
    assert reasons == [{"Code": "None"}, failed, failed, failed]
    assert lab.get(table, pk="new") == {}
    assert lab.get(table, pk="there") != {}


def test_a_reason_shows_the_item_on_request(lab: Lab, table: str) -> None:
    """As the error of a single write does."""
    deletion = action(
        "Delete",
        table,
        "amount > :n",
        Key=item(pk="there"),
        ExpressionAttributeValues=item(**{":n": 5}),
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    reason = cancelled(lab, deletion)[1][0]
    assert reason["Item"] == item(pk="there", amount=1)


def test_what_doesnt_fit_an_item_cancels(lab: Lab, table: str) -> None:
    """It is a reason, not an error of the request."""
    _, reasons = cancelled(
        lab,
        action(
            "Update",
            table,
            Key=item(pk="there"),
            UpdateExpression="SET amount = amount + label",
        ),
    )
    assert reasons == [
        {
            "Code": "ValidationError",
            "Message": "The provided expression refers to an attribute that does not"
            " exist in the item",
        }
    ]


def test_a_transaction_has_one_action_for_an_item(lab: Lab, table: str) -> None:
    """A check and a write of the same item are one too many."""
    told = refusal(
        lab.client.transact_write_items,
        TransactItems=[
            action("Put", table, Item=item(pk="x")),
            action("ConditionCheck", table, "attribute_exists(pk)", Key=item(pk="x")),
        ],
    )
    assert told == (
        INVALID,
        "Transaction request cannot include multiple operations on one item",
    )


@pytest.mark.parametrize("number", [0, 101])
def test_a_transaction_has_1_to_100_actions(lab: Lab, table: str, number: int) -> None:
    """Neither none nor more."""
    actions = [action("Put", table, Item=item(pk=str(one))) for one in range(number)]
    code, message = refusal(lab.client.transact_write_items, TransactItems=actions)
    assert code == INVALID
    assert "at 'transactItems' failed to satisfy constraint" in message


def test_a_token_makes_a_transaction_once(lab: Lab, table: str) -> None:
    """Sent again it does nothing more; with something else in it it is refused."""
    add = action(
        "Update",
        table,
        Key=item(pk="counter"),
        UpdateExpression="ADD amount :n",
        ExpressionAttributeValues=item(**{":n": 1}),
    )
    write = {"TransactItems": [add], "ClientRequestToken": "once"}
    for _ in range(3):
        lab.client.transact_write_items(**write)
    assert lab.get(table, pk="counter")["amount"] == {"N": "1"}
    write["TransactItems"] = [action("Put", table, Item=item(pk="other"))]
    code, _ = refusal(lab.client.transact_write_items, **write)
    assert code == "IdempotentParameterMismatchException"


def test_a_transaction_reads_all_at_one_moment(lab: Lab, table: str) -> None:
    """In the order asked for, with a gap where nothing is."""
    got = lab.client.transact_get_items(
        TransactItems=[
            {"Get": {"TableName": table, "Key": item(pk=key)}}
            for key in ("nobody", "there")
        ]
    )
    assert got["Responses"] == [{}, {"Item": item(pk="there", amount=1)}]
