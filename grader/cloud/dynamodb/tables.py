"""Tables themselves: what moto's control plane gets wrong, put right.

Each operation says what moto does instead. Follows the DynamoDB API reference.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from grader.cloud.aws_errors import AWSError
from grader.cloud.dynamodb import items
from grader.cloud.dynamodb.calls import Call
from grader.cloud.dynamodb.errors import (
    in_use,
    invalid,
    invalid_parameter,
    no_table,
    not_modelled,
)
from grader.cloud.dynamodb.indexes import entry
from grader.cloud.dynamodb.item_sizes import item_size
from grader.facts import dynamodb as limits

Shape = dict[str, Any]
# moto's answer to the same request.
Moto = Callable[[], Shape]

_NAME = re.compile(r"[a-zA-Z0-9_.-]+")
_SHORTEST, _LONGEST = 3, 255
# DynamoDB counts items and bytes about every six hours.
_COUNTED_EVERY = 6 * 3600
_MOST_LISTED = limits.TABLES_LISTED.value
# What moto takes and ignores, with the value that changes nothing.
_IGNORED = {
    "TableClass": "STANDARD",
    "OnDemandThroughput": None,
    "ResourcePolicy": None,
    "ReplicaUpdates": None,
    "MultiRegionConsistency": None,
    "GlobalTableWitnessUpdates": None,
    "GlobalTableSettingsReplicationMode": None,
    "GlobalTableSourceArn": None,
}


def create_table(call: Call, moto: Moto) -> Shape:
    """Create a table; moto calls it active at once, and takes odd keys and names."""
    members = call.members
    _check_name(members["TableName"])
    _refuse_ignored(members)
    _check_keys(members)
    _check_billing(members)
    _check_stream(members.get("StreamSpecification") or {}, "created")
    if members["TableName"] in call.backend.tables:
        raise in_use(f"Table already exists: {members['TableName']}")
    moto()
    table = call.table()
    table.sse_specification = table.sse_specification or None
    return {"TableDescription": _described(table, "CREATING")}


def _check_name(name: str) -> None:
    if len(name) < _SHORTEST:
        broken = f"length greater than or equal to {_SHORTEST}"
    elif len(name) > _LONGEST:
        broken = f"length less than or equal to {_LONGEST}"
    elif not _NAME.fullmatch(name):
        raise _broken_name(name, f"satisfy regular expression pattern: {_NAME.pattern}")
    else:
        return
    raise _broken_name(name, f"have {broken}")


def _broken_name(name: str, rule: str) -> AWSError:
    return invalid(
        f"1 validation error detected: Value '{name}' at 'tableName' failed to satisfy"
        f" constraint: Member must {rule}"
    )


def check_named(members: Mapping[str, Any]) -> None:
    """Refuse a name that no table can have, wherever a table is named."""
    name = members.get("TableName")
    if name is None or name.startswith("arn:"):
        return
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        _check_name(name)


def _refuse_ignored(members: Mapping[str, Any]) -> None:
    for name, harmless in _IGNORED.items():
        if members.get(name) not in (None, harmless):
            raise not_modelled(name)


def _check_keys(members: Mapping[str, Any]) -> None:
    keys = members["KeySchema"]
    if keys and keys[0]["KeyType"] != "HASH":
        raise invalid(
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
        )
    names = [one["AttributeName"] for one in keys]
    if len(names) != len(set(names)):
        raise invalid("Invalid KeySchema: Some index key attribute have no definition")
    if len(names) == 2 and keys[1]["KeyType"] != "RANGE":
        raise invalid(
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"
        )
    local = members.get("LocalSecondaryIndexes") or []
    if local and len(names) < 2:
        raise invalid_parameter(
            "Table KeySchema does not have a range key, which is required when"
            " specifying a LocalSecondaryIndex"
        )
    seen = set()
    for index in (*local, *(members.get("GlobalSecondaryIndexes") or [])):
        if index["IndexName"] in seen:
            raise invalid_parameter(f"Duplicate index name: {index['IndexName']}")
        seen.add(index["IndexName"])


def _check_billing(members: Mapping[str, Any]) -> None:
    if members.get("BillingMode") == "PAY_PER_REQUEST":
        if members.get("ProvisionedThroughput"):
            raise invalid_parameter(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when"
                " BillingMode is PAY_PER_REQUEST"
            )
        for index in members.get("GlobalSecondaryIndexes") or []:
            if index.get("ProvisionedThroughput"):
                raise invalid_parameter(
                    "ProvisionedThroughput should not be specified for index:"
                    f" {index['IndexName']} when BillingMode is PAY_PER_REQUEST"
                )


def delete_table(call: Call, moto: Moto) -> Shape:
    """Delete a table; moto calls it active still, and words protection otherwise."""
    table = _named(call)
    if table.deletion_protection_enabled:
        raise invalid(
            "Resource cannot be deleted as it is currently protected against deletion."
            " Disable deletion protection first."
        )
    if getattr(table, "sweep", None) is not None:
        table.sweep.cancel()
    table.deleted = True
    if table.stream is not None:
        table.stream.end()
    moto()
    return {"TableDescription": _described(table, "DELETING")}


def update_table(call: Call, moto: Moto) -> Shape:
    """Change a table; moto takes what changes nothing, and calls it active at once."""
    _refuse_ignored({**call.members, "SSESpecification": None})
    if call.members.get("SSESpecification"):
        raise not_modelled("SSESpecification in UpdateTable")
    table = _named(call)
    _check_billing(call.members)
    wanted = call.members.get("ProvisionedThroughput")
    if wanted and table.billing_mode == "PROVISIONED":
        _check_changed(table.throughput, wanted)
    if call.members.get("StreamSpecification"):
        _check_turn(table, call.members)
    before = table.billing_mode
    moto()
    if table.billing_mode == "PAY_PER_REQUEST" and before != table.billing_mode:
        table.throughput = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
        table.on_demand_since = time.time()
    return {"TableDescription": _described(table, "UPDATING")}


def _check_stream(specification: Mapping[str, Any], verb: str) -> None:
    enabled = specification.get("StreamEnabled")
    view_type = specification.get("StreamViewType")
    if enabled and view_type is None:
        raise invalid_parameter(
            f"Table is being {verb} with a stream enabled, UpdateViewType must be"
            " specified"
        )
    if enabled is False and view_type is not None and verb == "created":
        raise invalid_parameter(
            "Table is being created with a stream disabled, UpdateViewType should not"
            " be specified"
        )
    if enabled is False and view_type is not None:
        raise invalid_parameter(
            "If stream is being disabled, then UpdateViewType must not be specified"
        )


def _check_turn(table: Any, members: Mapping[str, Any]) -> None:
    """Refuse to turn a stream on or off that is so already. moto takes the latter."""
    specification = members["StreamSpecification"]
    _check_stream(specification, "updated")
    if members.get("ProvisionedThroughput"):
        raise invalid_parameter(
            "You cannot modify stream status while updating table IOPS"
        )
    if specification["StreamEnabled"] and table.stream is not None:
        raise invalid(f"Table already has an enabled stream: TableName: {table.name}")
    if not specification["StreamEnabled"] and table.stream is None:
        raise invalid(
            f"Table does not have a stream to disable: TableName: {table.name}"
        )


def _check_changed(current: Mapping[str, int], wanted: Mapping[str, int]) -> None:
    reads, writes = wanted["ReadCapacityUnits"], wanted["WriteCapacityUnits"]
    own = current["ReadCapacityUnits"], current["WriteCapacityUnits"]
    if own == (reads, writes):
        raise invalid(
            "The provisioned throughput for the table will not change. The requested"
            " value equals the current value. Current ReadCapacityUnits provisioned for"
            f" the table: {reads}. Requested ReadCapacityUnits: {reads}. Current"
            f" WriteCapacityUnits provisioned for the table: {writes}. Requested"
            f" WriteCapacityUnits: {writes}. Refer to the Amazon DynamoDB Developer"
            " Guide for current limits and how to request higher limits."
        )


def describe_table(call: Call, moto: Moto) -> Shape:
    """Describe a table; moto counts at once, measures nothing, and adds empty lists."""
    return {"Table": _described(_named(call), "ACTIVE")}


def list_tables(call: Call, moto: Moto) -> Shape:
    """List tables by name; moto has them in the order in which they were made."""
    start = call.members.get("ExclusiveStartTableName") or ""
    limit = call.members.get("Limit") or _MOST_LISTED
    names = sorted(name for name in call.backend.tables if name > start)
    more = {"LastEvaluatedTableName": names[limit - 1]} if len(names) > limit else {}
    return {"TableNames": names[:limit], **more}


def list_tags_of_resource(call: Call, moto: Moto) -> Shape:
    """List a table's tags; moto's error names no table."""
    _tagged(call)
    return moto()


def tag_resource(call: Call, moto: Moto) -> Shape:
    """Tag a table; moto keeps the old value beside the new one."""
    table = _tagged(call)
    given = {one["Key"]: one["Value"] for one in call.members["Tags"]}
    kept = [one for one in table.tags if one["Key"] not in given]
    table.tags = [
        *kept,
        *({"Key": key, "Value": value} for key, value in given.items()),
    ]
    return {}


def untag_resource(call: Call, moto: Moto) -> Shape:
    """Remove tags; moto says nothing where there is no such table."""
    _tagged(call)
    return moto()


def _tagged(call: Call) -> Any:
    arn = call.members["ResourceArn"]
    for table in call.backend.tables.values():
        if table.table_arn == arn:
            return table
    raise AWSError(
        "ResourceNotFoundException",
        f"Requested resource not found: ResourcArn: {arn} not found",
    )


def _named(call: Call) -> Any:
    name = call.members["TableName"]
    try:
        return call.table()
    except AWSError:
        raise no_table(name) from None


def _described(table: Any, status: str) -> Shape:
    shape: Shape = table.describe(base_key="Table")["Table"]
    counts = _counted(table)
    throughput = shape["ProvisionedThroughput"]
    shape |= {
        "TableStatus": status,
        "TableId": _id(table),
        "CreationDateTime": shape["CreationDateTime"].timestamp(),
        "ItemCount": counts[""][0],
        "TableSizeBytes": counts[""][1],
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0,
            "ReadCapacityUnits": throughput["ReadCapacityUnits"],
            "WriteCapacityUnits": throughput["WriteCapacityUnits"],
        },
    }
    if table.billing_mode == "PAY_PER_REQUEST":
        since = getattr(table, "on_demand_since", shape["CreationDateTime"])
        shape["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] = since
    else:
        del shape["BillingModeSummary"]
    if restored := shape.get("RestoreSummary"):
        at = restored["RestoreDateTime"].timestamp()
        shape["RestoreSummary"] = {**restored, "RestoreDateTime": at}
    for kind in ("Global", "Local"):
        indexes = shape.pop(f"{kind}SecondaryIndexes")
        if indexes:
            shape[f"{kind}SecondaryIndexes"] = [
                _described_index(table, index, status, counts) for index in indexes
            ]
    return shape


def _described_index(
    table: Any, shape: Shape, status: str, counts: Mapping[str, tuple[int, int]]
) -> Shape:
    name = shape["IndexName"]
    number, size = counts.get(name, (0, 0))
    described = {
        **shape,
        "IndexArn": f"{table.table_arn}/index/{name}",
        "ItemCount": number,
        "IndexSizeBytes": size,
    }
    if "IndexStatus" in described and status in ("CREATING", "DELETING"):
        described["IndexStatus"] = status
    return described


def _id(table: Any) -> str:
    if not hasattr(table, "id"):
        table.id = str(uuid.uuid4())
    return str(table.id)


def _counted(table: Any) -> dict[str, tuple[int, int]]:
    """Return items and bytes of the table ("") and of its indexes, as last counted."""
    now = time.time()
    counted: tuple[float, dict[str, tuple[int, int]]] | None
    counted = getattr(table, "counted", None)
    since = table.created_at.timestamp() if counted is None else counted[0]
    if now - since >= _COUNTED_EVERY:
        table.counted = now, measured(table)
    elif counted is None:
        names = ["", *(index.name for index in table.all_indexes())]
        table.counted = since, dict.fromkeys(names, (0, 0))
    found: dict[str, tuple[int, int]] = table.counted[1]
    return found


def measured(table: Any) -> dict[str, tuple[int, int]]:
    """Count items and bytes of a table ("") and of each of its indexes, now."""
    found = {"": _total(one.bytes for one in items.every(table))}
    for index in table.all_indexes():
        entries = (entry(table, index, one.attributes) for one in items.every(table))
        found[index.name] = _total(item_size(one) for one in entries if one is not None)
    return found


def _total(sizes: Iterable[int]) -> tuple[int, int]:
    every = list(sizes)
    return len(every), sum(every)
