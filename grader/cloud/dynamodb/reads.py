"""Reading items by their keys: one, a hundred of them, or a consistent set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.aws_errors import AWSError
from grader.cloud.dynamodb import items
from grader.cloud.dynamodb.calls import Call
from grader.cloud.dynamodb.capacity import Consumed, by_table, read_units
from grader.cloud.dynamodb.errors import invalid
from grader.cloud.dynamodb.expressions import placeholders
from grader.cloud.dynamodb.indexes import scattered
from grader.cloud.dynamodb.keys import check_key
from grader.cloud.dynamodb.projections import Projection, projection
from grader.cloud.dynamodb.refusals import refused
from grader.cloud.dynamodb.values import Attributes
from grader.facts import dynamodb as limits

# Of one BatchGetItem: keys, and bytes of what it answers with.
_MOST_KEYS = limits.BATCH_GETS.value
_LARGEST_ANSWER = limits.BATCH_GET_SIZE.value


def get_item(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html"""
    members = call.members
    project = _projection(members)
    table = call.table()
    key = check_key(table, members["Key"])
    found = items.get(table, key)
    consumed = _read(table, found, consistent=bool(members.get("ConsistentRead")))
    call.consumed_reads = [consumed]
    item = {} if found is None else {"Item": project(found.attributes)}
    return {**item, **call.told([consumed])}


def _projection(members: Mapping[str, Any]) -> Projection:
    names = placeholders(members, "ProjectionExpression")
    found = projection(members.get("ProjectionExpression"), names)
    names.check_used()
    return found


def _read(table: Any, found: items.StoredItem | None, *, consistent: bool) -> Consumed:
    size = found.bytes if found is not None else 0
    return Consumed(table, read_units(size, consistent=consistent))


def batch_get_item(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
    wanted = call.members.get("RequestItems") or {}
    if not wanted:
        raise invalid("The requestItems parameter is required for BatchGetItem")
    _check_number(wanted)
    projections = {name: _projection(one) for name, one in wanted.items()}
    tables = {name: call.table(name) for name in wanted}
    keys = {
        name: [check_key(tables[name], key) for key in one["Keys"]]
        for name, one in wanted.items()
    }
    if any(_repeated(own) for own in keys.values()):
        raise invalid("Provided list of item keys contains duplicates")
    responses: dict[str, list[Attributes]] = {}
    unprocessed: dict[str, Any] = {}
    size = 0
    for name, asked in wanted.items():
        table, responses[name] = tables[name], []
        # In no order: as on AWS, the answer doesn't follow the request.
        for key in sorted(keys[name], key=lambda one: scattered(one, sorted(one))):
            found = items.get(table, key)
            size += found.bytes if found is not None else 0
            if size > _LARGEST_ANSWER:
                left = unprocessed.setdefault(name, {**asked, "Keys": []})
                left["Keys"].append(key)
                continue
            consistent = bool(asked.get("ConsistentRead"))
            call.consumed_reads.append(_read(table, found, consistent=consistent))
            if found is not None:
                responses[name].append(projections[name](found.attributes))
    consumed = call.consumed_reads = by_table(call.consumed_reads)
    answer = {"Responses": responses, "UnprocessedKeys": unprocessed}
    return {**answer, **call.told_by_table(consumed)}


def _check_number(wanted: Mapping[str, Any]) -> None:
    for name, asked in wanted.items():
        refused(asked)
        number = len(asked.get("Keys") or [])
        for most, broken in ((_MOST_KEYS, number > _MOST_KEYS), (1, number < 1)):
            if broken:
                than = "greater" if most == 1 else "less"
                raise invalid(
                    f"1 validation error detected: Value at 'requestItems.{name}.member"
                    ".keys' failed to satisfy constraint: Member must have length"
                    f" {than} than or equal to {most}"
                )
    if sum(len(asked["Keys"]) for asked in wanted.values()) > _MOST_KEYS:
        raise invalid("Too many items requested for the BatchGetItem call")


def _repeated(keys: list[Attributes]) -> bool:
    return any(key in keys[:place] for place, key in enumerate(keys))


def transact_get_items(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html"""
    gets = [one["Get"] for one in call.members["TransactItems"]]
    projections = [_projection(one) for one in gets]
    tables = [call.table(one["TableName"]) for one in gets]
    reasons: list[dict[str, Any]] = []
    keys = []
    for table, one in zip(tables, gets, strict=True):
        try:
            keys.append(check_key(table, one["Key"]))
            reasons.append({"Code": "None"})
        except AWSError as error:
            reasons.append({"Code": "ValidationError", "Message": error.message})
    cancel(reasons)
    responses = []
    for table, key, project in zip(tables, keys, projections, strict=True):
        found = items.get(table, key)
        consumed = _read(table, found, consistent=True)
        call.consumed_reads.append(consumed.transacted())
        item = {} if found is None else {"Item": project(found.attributes)}
        responses.append(item)
    call.consumed_reads = by_table(call.consumed_reads, "Read")
    return {"Responses": responses, **call.told_by_table(call.consumed_reads)}


def cancel(reasons: list[dict[str, Any]]) -> None:
    """Raises: AWSError if a part of a transaction has a reason to fail."""
    codes = [reason["Code"] for reason in reasons]
    if set(codes) > {"None"} or set(codes) - {"None"}:
        raise AWSError(
            "TransactionCanceledException",
            "Transaction cancelled, please refer cancellation reasons for specific"
            f" reasons [{', '.join(codes)}]",
            CancellationReasons=reasons,
        )
