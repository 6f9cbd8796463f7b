"""no-double-booking, with right answers, wrong ones, and none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
CHECK = "no-double-booking"
ONE_AT_A_TIME = threading.Lock()


def owner(cloud: Any, table: str, slot: str) -> str | None:
    """Who has the slot, as a read says."""
    key = {"slot": {"S": slot}}
    found = cloud.client("dynamodb").get_item(TableName=table, Key=key)
    return str(found["Item"]["who"]["S"]) if "Item" in found else None


def put(cloud: Any, table: str, slot: str, who: str, **condition: Any) -> bool:
    """Write a booking; a mistake, where no condition goes along."""
    dynamodb = cloud.client("dynamodb")
    item = {"slot": {"S": slot}, "who": {"S": who}}
    try:
        dynamodb.put_item(TableName=table, Item=item, **condition)
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def put_if(cloud: Any, table: str, slot: str, who: str) -> bool:
    """One put, whose condition knows its own."""
    return put(
        *(cloud, table, slot, who),
        ConditionExpression="attribute_not_exists(slot) OR who = :who",
        ExpressionAttributeValues={":who": {"S": who}},
    )


def first_call_only(cloud: Any, table: str, slot: str, who: str) -> bool:
    """A put for a free slot; a mistake, where it is the last word."""
    free = "attribute_not_exists(slot)"
    return put(cloud, table, slot, who, ConditionExpression=free)


def put_then_ask(cloud: Any, table: str, slot: str, who: str) -> bool:
    """A put for a free slot; who fails looks whose it is."""
    return first_call_only(cloud, table, slot, who) or (
        owner(cloud, table, slot) == who
    )


def look_then_put_if(cloud: Any, table: str, slot: str, who: str) -> bool:
    """Looks first, to save a write; the condition decides all the same."""
    found = owner(cloud, table, slot)
    return found == who if found else put_if(cloud, table, slot, who)


def update_if(cloud: Any, table: str, slot: str, who: str) -> bool:
    """An update by boto3's resource, which answers with the owner."""
    diary = cloud.session().resource("dynamodb").Table(table)
    said = diary.update_item(
        Key={"slot": slot},
        UpdateExpression="SET who = if_not_exists(who, :who)",
        ExpressionAttributeValues={":who": who},
        ReturnValues="ALL_NEW",
    )
    return bool(said["Attributes"]["who"] == who)


@pytest.mark.parametrize("book", [put_if, put_then_ask, look_then_put_if, update_if])
def test_right_answers_pass(judge: Judge, book: Callable[..., bool]) -> None:
    """One write that looks, in whichever way."""
    said = judge(CHECK, book)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


def look_then_put(cloud: Any, table: str, slot: str, who: str) -> bool:
    found = owner(cloud, table, slot)
    return found == who if found else put(cloud, table, slot, who)


def scan_then_put(cloud: Any, table: str, slot: str, who: str) -> bool:
    items = cloud.client("dynamodb").scan(TableName=table)["Items"]
    found = {item["slot"]["S"]: item["who"]["S"] for item in items}.get(slot)
    return found == who if found else put(cloud, table, slot, who)


def look_then_put_then_look(cloud: Any, table: str, slot: str, who: str) -> bool:
    look_then_put(cloud, table, slot, who)
    return owner(cloud, table, slot) == who


def look_then_put_under_a_lock(cloud: Any, table: str, slot: str, who: str) -> bool:
    with ONE_AT_A_TIME:
        return look_then_put(cloud, table, slot, who)


def catches_all(cloud: Any, table: str, slot: str, who: str) -> bool:
    try:
        return put_if(cloud, table, slot, who)
    except Exception:  # noqa: BLE001 - the mistake
        return False


def says_yes(cloud: Any, table: str, slot: str, who: str) -> str | None:
    return "yes" if put_if(cloud, table, slot, who) else None


def owner_elsewhere(cloud: Any, table: str, slot: str, who: str) -> bool:
    item = {"slot": {"S": slot}, "owner": {"S": who}}
    cloud.client("dynamodb").put_item(TableName=table, Item=item)
    return True


def by_any_client(cloud: Any, table: str, slot: str, who: str) -> bool:
    dynamodb = boto3.client("dynamodb")
    if table not in dynamodb.list_tables()["TableNames"]:
        raise KeyError(table)
    return put_if(cloud, table, slot, who)


@pytest.mark.parametrize(
    ("book", "misconception", "words"),
    [
        (put, "put-is-insert", "guest 2 asked"),
        (look_then_put, "check-then-write-is-safe", "of them got True"),
        (scan_then_put, "check-then-write-is-safe", "of them got True"),
        (look_then_put_under_a_lock, "lock-in-one-program", "from another computer"),
        (first_call_only, "retry-is-a-rival", "asked for the slot"),
        (catches_all, "any-error-means-taken", "doesn't exist"),
        (says_yes, None, "True or False"),
        (owner_elsewhere, None, "an item without who"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, book: Callable[..., Any], misconception: str | None, words: str
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, book)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


def test_looking_again_doesnt_help(judge: Judge) -> None:
    """Who reads back what it wrote loses to a rival all the same."""
    said = judge(CHECK, look_then_put_then_look)

    assert said.misconception in ("check-then-write-is-safe", "lock-in-one-program")


def test_another_clouds_table_is_noticed(judge: Judge) -> None:
    """A client of the notebook's own account doesn't get through the variation."""
    said = judge(CHECK, by_any_client)

    assert (said.outcome, said.hidden) == ("failed", True), said.text
