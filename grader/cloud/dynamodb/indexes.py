"""Secondary indexes: which items are in one, with which attributes, in what order.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/SecondaryIndexes.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from moto.dynamodb.models.table import GlobalSecondaryIndex

from grader.cloud.dynamodb.errors import invalid
from grader.cloud.dynamodb.item_sizes import item_size
from grader.cloud.dynamodb.items import StoredItem
from grader.cloud.dynamodb.keys import Schema, schema_of, table_schema
from grader.cloud.dynamodb.values import Attributes, comparable, kind_of

SortKey = tuple[Any, ...]


def find_index(table: Any, name: str) -> Any:
    """Return moto's index. Raises: AWSError where the table has none of that name."""
    for index in table.all_indexes():
        if index.name == name:
            return index
    raise invalid(f"The table does not have the specified index: {name}")


def is_global(index: Any) -> bool:
    return isinstance(index, GlobalSecondaryIndex)


def projected_names(table: Any, index: Any) -> frozenset[str] | None:
    """Return the attributes that an index has; None where it has all of them."""
    kind = index.projection.get("ProjectionType", "ALL")
    if kind == "ALL":
        return None
    keys = {*table_schema(table).names, *schema_of(index.schema, table).names}
    more = index.projection.get("NonKeyAttributes", []) if kind == "INCLUDE" else []
    return frozenset({*keys, *more})


def entry(table: Any, index: Any, attributes: Attributes | None) -> Attributes | None:
    """Return an item as an index has it; None where it isn't in it."""
    if attributes is None:
        return None
    schema = schema_of(index.schema, table)
    for name in schema.names:
        # An index may be younger than the item, whose attribute is of another type.
        if name not in attributes or kind_of(attributes[name]) != schema.types[name]:
            return None
    kept = projected_names(table, index)
    if kept is None:
        return attributes
    return {name: value for name, value in attributes.items() if name in kept}


def entry_size(table: Any, index: Any, item: StoredItem) -> int:
    """Return the bytes that an index reads for an item."""
    if projected_names(table, index) is None:
        return item.bytes
    return item_size(entry(table, index, item.attributes) or {})


def scattered(attributes: Attributes, names: Iterable[str]) -> bytes:
    """Return where a partition key lies among the partitions: anywhere, but there."""
    digest = hashlib.md5(usedforsecurity=False)
    for name in names:
        value = attributes[name]
        kind = next(iter(value))
        digest.update(f"{kind}{value[kind]}\0".encode())
    return digest.digest()


def order_in(table: Any, schema: Schema, attributes: Attributes) -> SortKey:
    """Return what a table or an index is ordered by, unique for each item.

    Partitions first, in no order that means anything; then the sort key. Items of an
    index with the same sort key follow in the order of the table.
    """
    own = table_schema(table)
    return (
        scattered(attributes, schema.partition),
        *(comparable(attributes[name]) for name in schema.sort),
        scattered(attributes, own.partition),
        *(comparable(attributes[name]) for name in own.sort),
    )
