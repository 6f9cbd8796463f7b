"""TransactWriteItems: up to a hundred writes, all of them or none.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.aws_errors import AWSError
from grader.cloud.dynamodb import items
from grader.cloud.dynamodb.calls import Call
from grader.cloud.dynamodb.capacity import (
    Consumed,
    by_table,
    read_units,
    write_units,
)
from grader.cloud.dynamodb.errors import invalid
from grader.cloud.dynamodb.keys import check_not_empty, table_schema
from grader.cloud.dynamodb.reads import cancel
from grader.cloud.dynamodb.refusals import refused
from grader.cloud.dynamodb.values import normal
from grader.cloud.dynamodb.writes import (
    Plan,
    Write,
    collection_metrics,
    prepared_deletion,
    prepared_put,
    prepared_update,
)
from grader.facts import dynamodb as limits

# Bytes of all its items, and seconds for which its token is remembered.
_LARGEST = limits.TRANSACTION_SIZE.value
_REMEMBERED = limits.TRANSACTION_TOKEN_LIFETIME.value

_PREPARED: dict[str, Callable[[Mapping[str, Any]], Plan]] = {
    "Put": prepared_put,
    "Update": prepared_update,
    "Delete": prepared_deletion,
    # Looks at an item as a deletion does, and leaves it.
    "ConditionCheck": prepared_deletion,
}


@dataclass(frozen=True)
class _Action:
    """One action of a transaction, and the table (moto's) that it is on."""

    kind: str
    members: Mapping[str, Any]
    table: Any
    plan: Plan

    @property
    def key(self) -> dict[str, Any]:
        whole = self.members["Item" if self.kind == "Put" else "Key"]
        names = table_schema(self.table).names
        return {name: whole[name] for name in names if name in whole}


def transact_write_items(call: Call) -> dict[str, Any]:
    """Do every action, or cancel with a reason for each."""
    tokens = call.backend.__dict__.setdefault("transaction_tokens", {})
    token = call.members.get("ClientRequestToken")
    asked = json.dumps(call.members["TransactItems"], sort_keys=True)
    actions = [_action(call, one) for one in call.members["TransactItems"]]
    if token is not None and _known(tokens, token, asked):
        return _again(call, actions)
    _check(actions)
    writes = _planned(call, actions)
    for action, write in zip(actions, writes, strict=True):
        if action.kind != "ConditionCheck":
            write.do()
    if token is not None:
        tokens[token] = (time.time(), asked)
    answer = call.told_by_table(call.consumed_writes)
    if call.members.get("ReturnItemCollectionMetrics") == "SIZE":
        answer["ItemCollectionMetrics"] = collection_metrics(writes)
    return answer


def _action(call: Call, one: Mapping[str, Any]) -> _Action:
    kinds = [kind for kind, given in one.items() if given is not None]
    if len(kinds) != 1:
        raise invalid(
            "TransactItems can only contain one of Check, Put, Update or Delete"
        )
    kind, members = kinds[0], one[kinds[0]]
    refused(members)
    plan = _PREPARED[kind](members)
    return _Action(kind, members, call.table(members["TableName"]), plan)


def _known(tokens: dict[str, tuple[float, str]], token: str, asked: str) -> bool:
    at, before = tokens.get(token, (0.0, ""))
    if time.time() - at > _REMEMBERED:
        tokens.pop(token, None)
        return False
    if before != asked:
        raise AWSError("IdempotentParameterMismatchException", None)
    return True


def _again(call: Call, actions: list[_Action]) -> dict[str, Any]:
    """Answer a request that was done already: it only reads what it would write."""
    for action in actions:
        found = items.get(action.table, action.key)
        units = read_units(found.bytes if found is not None else 0, consistent=True)
        call.consumed_reads.append(Consumed(action.table, units).transacted())
    call.consumed_reads = by_table(call.consumed_reads, "Read")
    return call.told_by_table(call.consumed_reads)


def _check(actions: list[_Action]) -> None:
    seen = []
    for action in actions:
        for name, value in action.key.items():
            check_not_empty(name, normal(value))
        target = (action.table.name, action.key)
        if target in seen:
            raise invalid(
                "Transaction request cannot include multiple operations on one item"
            )
        seen.append(target)


def _planned(call: Call, actions: list[_Action]) -> list[Write]:
    """Work out every action, before any is done."""
    writes, reasons, consumed = [], [], []
    for action in actions:
        part = Consumed(action.table, write_units(0))
        try:
            write = action.plan(call)
        except AWSError as error:
            reasons.append(_reason(error))
        else:
            writes.append(write)
            reasons.append({"Code": "None"})
            part = _cost(action, write)
        consumed.append(part.transacted())
    call.consumed_writes = by_table(consumed, "Write")
    cancel(reasons)
    if sum(one.after.bytes for one in writes if one.after is not None) > _LARGEST:
        raise invalid(
            "Collection size of the transaction has exceeded the maximum allowed size"
        )
    return writes


def _cost(action: _Action, write: Write) -> Consumed:
    if action.kind != "ConditionCheck":
        return write.consumed
    looked_at = write.before.bytes if write.before is not None else 0
    return Consumed(action.table, write_units(looked_at))


def _reason(error: AWSError) -> dict[str, Any]:
    code = {
        "ConditionalCheckFailedException": "ConditionalCheckFailed",
        "ValidationException": "ValidationError",
    }.get(error.code, error.code)
    return {"Code": code, "Message": error.message, **error.fields}
