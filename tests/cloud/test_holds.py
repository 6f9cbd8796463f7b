"""Answers that are held back, so that callers surely overlap."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.cloud.test_control import ask, refusal

READS = ["dynamodb:GetItem"]


@pytest.fixture
def table(own_account: Any) -> Any:
    """A client of an account that has a table of bookings."""
    client = own_account.client("dynamodb")
    client.create_table(
        TableName="bookings",
        KeySchema=[{"AttributeName": "slot", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "slot", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def booked(client: Any) -> bool:
    """Whether the slot is taken, as the answer to a read says."""
    key = {"slot": {"S": "noon"}}
    return "Item" in client.get_item(TableName="bookings", Key=key)


def book(client: Any) -> None:
    client.put_item(TableName="bookings", Item={"slot": {"S": "noon"}})


def hold(account: Any) -> str:
    said = ask(account.cloud, "hold", {"account": account.id, "operations": READS})
    return str(said[1]["hold"])


def held(account: Any, name: str, at_least: int) -> int:
    order = {"hold": name, "at_least": at_least, "timeout": 10}
    return int(ask(account.cloud, "held", order)[1]["held"])


def test_answers_wait_until_they_are_released(own_account: Any, table: Any) -> None:
    """Reads that were made before a write don't know of it, however late they end."""
    name = hold(own_account)
    with ThreadPoolExecutor(3) as callers:
        reads: list[Future[bool]] = [callers.submit(booked, table) for _ in range(3)]
        assert held(own_account, name, 3) == 3
        book(table)
        assert not any(read.done() for read in reads)
        ask(own_account.cloud, "release", {"hold": name})
        assert [read.result() for read in reads] == [False, False, False]
    assert booked(table)


def test_other_operations_and_accounts_go_on(own_account: Any, table: Any) -> None:
    """Nobody waits but whom the hold is for."""
    name = hold(own_account)
    elsewhere = {"account": "999999999999", "operations": ["dynamodb:PutItem"]}
    other = ask(own_account.cloud, "hold", elsewhere)[1]["hold"]
    book(table)

    assert held(own_account, name, 0) == held(own_account, other, 0) == 0
    for one in (name, other):
        ask(own_account.cloud, "release", {"hold": one})


def test_a_hold_ends_once(own_account: Any) -> None:
    """Releasing it again does no harm, and nobody can ask for it any more."""
    name = hold(own_account)
    for _ in range(2):
        assert ask(own_account.cloud, "release", {"hold": name}) == (200, {})

    assert refusal(own_account.cloud, "held", {"hold": name})[0] == 404


def test_a_hold_says_what_it_needs(own_account: Any) -> None:
    """Without an account or operations there is nothing to hold."""
    assert refusal(own_account.cloud, "hold", {"operations": READS})[0] == 400
