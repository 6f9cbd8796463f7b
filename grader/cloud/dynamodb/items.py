"""The items of a table: moto's own storage, read and written whole.

An item that was stored is never changed, only replaced. So a reader sees all of an
update or nothing of it, and two writers one after the other: all that happens to items
happens while ``lock`` is held.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.utilities import dynamo_to_dict

from grader.cloud.dynamodb.errors import no_table
from grader.cloud.dynamodb.item_sizes import item_size
from grader.cloud.dynamodb.values import Attributes

# Python runs one thread at a time anyway: one lock is enough for every table.
lock = threading.RLock()


def find_table(backend: Any, name: str) -> Any:
    """Return moto's table by its name or ARN. Raises: AWSError."""
    table = backend.tables.get(name)
    if table is not None:
        return table
    for table in backend.tables.values():
        if table.table_arn == name:
            return table
    raise no_table()


class StoredItem(Item):  # type: ignore[misc]
    """An item as moto keeps it, and as it travels, with its size in bytes.

    moto's own refuses items from 405,000 bytes on, and measures at each attribute.
    """

    def __init__(self, table: Any, attributes: Attributes) -> None:
        self.hash_key = DynamoType(attributes[table.hash_key_attr])
        self.range_key = None
        if table.range_key_attr is not None:
            self.range_key = DynamoType(attributes[table.range_key_attr])
        self.attrs = LimitedSizeDict()
        for name, value in attributes.items():
            dict.__setitem__(self.attrs, name, DynamoType(value))
        self.attributes = attributes
        self.bytes = item_size(attributes)


def _stored(table: Any, item: Any) -> StoredItem:
    if isinstance(item, StoredItem) and hasattr(item, "attributes"):
        return item
    # Restored from a backup, or imported: moto made it.
    return StoredItem(table, _travelling(item))


def _travelling(item: Any) -> Attributes:
    return {name: _text(dynamo_to_dict(value)) for name, value in item.attrs.items()}


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [_text(one) for one in value]
    if isinstance(value, dict):
        return {name: _text(one) for name, one in value.items()}
    return value


def get(table: Any, key: Mapping[str, Any]) -> StoredItem | None:
    """Return the item with this key."""
    found = table.items.get(DynamoType(key[table.hash_key_attr]))
    if found is not None and table.range_key_attr is not None:
        found = found.get(DynamoType(key[table.range_key_attr]))
    return None if found is None else _stored(table, found)


def partition(table: Any, value: Mapping[str, Any]) -> list[StoredItem]:
    """Return the items of one partition key, in no order."""
    found = table.items.get(DynamoType(value))
    if found is None:
        return []
    held = found.values() if table.range_key_attr is not None else [found]
    return [_stored(table, one) for one in held]


def every(table: Any) -> Iterator[StoredItem]:
    """Yield the items of a table, in no order."""
    for held in table.items.values():
        for one in held.values() if table.range_key_attr is not None else [held]:
            yield _stored(table, one)


def replace(
    table: Any, before: StoredItem | None, after: StoredItem | None, **record: Any
) -> None:
    """Store, replace or remove an item, and note it in the table's stream.

    ``record`` is added to the stream's record. An item that stays as it was leaves
    none.
    """
    one = after or before
    if one is None:
        return
    if after is not None:
        if table.range_key_attr is not None:
            table.items[after.hash_key][after.range_key] = after
        else:
            table.items[after.hash_key] = after
    elif table.range_key_attr is not None:
        held = table.items[one.hash_key]
        del held[one.range_key]
        if not held:
            del table.items[one.hash_key]
    else:
        del table.items[one.hash_key]
    old, new = (one.attributes if one else None for one in (before, after))
    if table.stream is not None and old != new:
        table.stream.add(old, new, record)
