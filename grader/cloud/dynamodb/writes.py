"""Writing items: put, update, delete, and batches; each one whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.aws_errors import AWSError
from grader.cloud.dynamodb import expiration, items
from grader.cloud.dynamodb.calls import Call
from grader.cloud.dynamodb.capacity import Consumed, by_table, write_units, written
from grader.cloud.dynamodb.conditions import condition
from grader.cloud.dynamodb.errors import invalid, invalid_parameter
from grader.cloud.dynamodb.expressions import placeholders
from grader.cloud.dynamodb.items import StoredItem
from grader.cloud.dynamodb.keys import check_key, key_of, table_schema
from grader.cloud.dynamodb.projections import projected
from grader.cloud.dynamodb.updates import Update, update
from grader.cloud.dynamodb.values import Attributes, normal_item
from grader.facts import dynamodb as limits

# Bytes of one item.
_LARGEST = limits.ITEM_SIZE.value
_MOST_WRITES = limits.BATCH_WRITES.value
_GB = 1024**3


@dataclass(frozen=True)
class Write:
    """A write that was checked and not yet done: what is there, and what will be."""

    table: Any
    before: StoredItem | None
    after: StoredItem | None
    # What an update changed; None for any other write.
    updated: Update | None = None

    @property
    def consumed(self) -> Consumed:
        return written(self.table, self.before, self.after)

    @property
    def key(self) -> Attributes:
        one = self.after or self.before
        assert one is not None, "only a deletion of nothing has no key"
        return {name: one.attributes[name] for name in table_schema(self.table).names}

    def do(self) -> None:
        items.replace(self.table, self.before, self.after)
        if self.after is not None:
            expiration.expect(self.table, self.after)


# Looks at what is stored, and works out what a write would make of it.
Plan = Callable[[Call], Write]


def prepared_put(members: Mapping[str, Any]) -> Plan:
    """Read a put. Raises: AWSError for what is wrong whatever the table holds."""
    attributes = normal_item(members["Item"])
    names = placeholders(members, "ConditionExpression")
    holds = condition("ConditionExpression", members.get("ConditionExpression"), names)
    names.check_used()

    def plan(call: Call) -> Write:
        table = call.table(members["TableName"])
        key = key_of(table, attributes)
        after = StoredItem(table, attributes)
        if after.bytes > _LARGEST:
            raise invalid("Item size has exceeded the maximum allowed size")
        before = items.get(table, key)
        _check(holds(_attributes(before)), members, before)
        return Write(table, before, after)

    return plan


def prepared_deletion(members: Mapping[str, Any]) -> Plan:
    """Read a deletion. Raises: AWSError as ``prepared_put`` does."""
    names = placeholders(members, "ConditionExpression")
    holds = condition("ConditionExpression", members.get("ConditionExpression"), names)
    names.check_used()

    def plan(call: Call) -> Write:
        table = call.table(members["TableName"])
        before = items.get(table, check_key(table, members["Key"]))
        _check(holds(_attributes(before)), members, before)
        return Write(table, before, None)

    return plan


def prepared_update(members: Mapping[str, Any]) -> Plan:
    """Read an update. Raises: AWSError as ``prepared_put`` does."""
    names = placeholders(members, "UpdateExpression", "ConditionExpression")
    text = members.get("UpdateExpression")
    changes = update(text, names) if text is not None else Update()
    holds = condition("ConditionExpression", members.get("ConditionExpression"), names)
    names.check_used()

    def plan(call: Call) -> Write:
        table = call.table(members["TableName"])
        key = check_key(table, members["Key"])
        for path in changes.paths:
            if path[0] in key:
                raise invalid_parameter(
                    f"Cannot update attribute {path[0]}. This attribute is part of the"
                    " key"
                )
        before = items.get(table, key)
        _check(holds(_attributes(before)), members, before)
        attributes = changes.apply(before.attributes if before is not None else key)
        _check_index_keys(table, attributes)
        after = StoredItem(table, attributes)
        if after.bytes > _LARGEST:
            raise invalid("Item size to update has exceeded the maximum allowed size")
        return Write(table, before, after, changes)

    return plan


def _check_index_keys(table: Any, attributes: Attributes) -> None:
    try:
        key_of(table, attributes)
    except AWSError as error:
        if "Type mismatch for Index Key" in (error.message or ""):
            raise invalid_parameter(
                "The update expression attempted to update the secondary index key to"
                " unsupported type"
            ) from None
        raise invalid(
            "One or more parameter values are not valid. The update expression"
            " attempted to update a secondary index key to a value that is not"
            " supported. The AttributeValue for a key attribute cannot contain an empty"
            " string value."
        ) from None


def _attributes(item: StoredItem | None) -> Attributes | None:
    return item.attributes if item is not None else None


def _check(holds: bool, members: Mapping[str, Any], before: StoredItem | None) -> None:
    if holds:
        return
    shown: dict[str, Any] = {}
    if (
        before is not None
        and members.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    ):
        shown = {"Item": before.attributes}
    raise AWSError(
        "ConditionalCheckFailedException", "The conditional request failed", **shown
    )


def put_item(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html"""
    _check_returned(call, "ALL_OLD")
    return _answer(call, _tried(call, prepared_put(call.members)))


def delete_item(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html"""
    _check_returned(call, "ALL_OLD")
    return _answer(call, _tried(call, prepared_deletion(call.members)))


def update_item(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    return _answer(call, _tried(call, prepared_update(call.members)))


def _check_returned(call: Call, *allowed: str) -> None:
    if call.members.get("ReturnValues", "NONE") not in ("NONE", *allowed):
        raise invalid("Return values set to invalid value")


def _tried(call: Call, plan: Plan) -> Write:
    """Plan a write; one whose condition fails costs as much as one that is done."""
    try:
        write = plan(call)
    except AWSError as error:
        if error.code == "ConditionalCheckFailedException":
            call.consumed_writes = [_failed(call, call.members)]
        raise
    call.consumed_writes = [write.consumed]
    return write


def _failed(call: Call, members: Mapping[str, Any]) -> Consumed:
    table = call.table(members["TableName"])
    attributes = members.get("Key") or normal_item(members["Item"])
    key = {name: attributes[name] for name in table_schema(table).names}
    before = items.get(table, check_key(table, key))
    # A put on nothing is measured by what it would have put.
    one = before or StoredItem(table, attributes)
    return Consumed(table, write_units(one.bytes))


def _answer(call: Call, write: Write) -> dict[str, Any]:
    write.do()
    returned = _returned(call.members.get("ReturnValues", "NONE"), write)
    answer: dict[str, Any] = {"Attributes": returned} if returned else {}
    if call.members.get("ReturnItemCollectionMetrics") == "SIZE":
        metrics = collection_metrics([write])
        for _, (one, *_) in metrics.items():
            answer["ItemCollectionMetrics"] = one
    return {**answer, **call.told(call.consumed_writes)}


def _returned(wanted: str, write: Write) -> Attributes | None:
    old, new = _attributes(write.before), _attributes(write.after)
    shown = old if wanted.endswith("OLD") else new
    if wanted == "NONE" or shown is None:
        return None
    if wanted.startswith("ALL"):
        return shown
    return projected(shown, write.updated.paths if write.updated is not None else [])


def batch_write_item(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""
    wanted = call.members.get("RequestItems") or {}
    if not wanted:
        raise invalid("The requestItems parameter is required for BatchWriteItem")
    if sum(map(len, wanted.values())) > _MOST_WRITES:
        raise invalid("Too many items requested for the BatchWriteItem call")
    writes, keys = [], []
    for name, requests in wanted.items():
        for request in requests:
            write, key = _one_of_batch(call, name, request)
            writes.append(write)
            keys.append((write.table.name, key))
    if any(key in keys[:place] for place, key in enumerate(keys)):
        raise invalid("Provided list of item keys contains duplicates")
    for write in writes:
        write.do()
    call.consumed_writes = by_table(write.consumed for write in writes)
    answer: dict[str, Any] = {"UnprocessedItems": {}}
    if call.members.get("ReturnItemCollectionMetrics") == "SIZE":
        answer["ItemCollectionMetrics"] = collection_metrics(writes)
    return {**answer, **call.told_by_table(call.consumed_writes)}


def _one_of_batch(
    call: Call, table_name: str, request: Mapping[str, Any]
) -> tuple[Write, Attributes]:
    kinds = [kind for kind, given in request.items() if given is not None]
    if len(kinds) != 1:
        raise invalid(
            "Supplied AttributeValue has more than one datatypes set, must contain"
            " exactly one of the supported datatypes"
        )
    members = {**request[kinds[0]], "TableName": table_name}
    if kinds[0] == "PutRequest":
        write = prepared_put(members)(call)
        return write, write.key
    write = prepared_deletion(members)(call)
    return write, check_key(write.table, members["Key"])


def collection_metrics(writes: list[Write]) -> dict[str, list[dict[str, Any]]]:
    """Estimate the size of each item collection that was written to, in whole GB.

    Only tables with a local index have collections whose size is limited.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for write in writes:
        one = write.after or write.before
        if not write.table.indexes or one is None:
            continue
        name = write.table.hash_key_attr
        size = sum(
            item.bytes for item in items.partition(write.table, one.attributes[name])
        )
        metric = {
            "ItemCollectionKey": {name: one.attributes[name]},
            "SizeEstimateRangeGB": [float(size // _GB), float(size // _GB + 1)],
        }
        own = found.setdefault(write.table.name, [])
        if metric not in own:
            own.append(metric)
    return found
