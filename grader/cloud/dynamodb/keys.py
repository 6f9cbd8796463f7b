"""Keys: which attributes they are made of, and what may stand in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.dynamodb.errors import invalid, invalid_parameter
from grader.cloud.dynamodb.item_sizes import value_size
from grader.cloud.dynamodb.values import Attributes, Value, kind_of, normal
from grader.facts import dynamodb as limits

# Bytes of a partition key, and of a sort key.
_LONGEST_PARTITION = limits.PARTITION_KEY_SIZE.value
_LONGEST_SORT = limits.SORT_KEY_SIZE.value


@dataclass(frozen=True)
class Schema:
    """The key attributes of a table or of an index, with their types (S, N or B)."""

    partition: tuple[str, ...]
    sort: tuple[str, ...]
    types: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.partition, *self.sort)


def schema_of(elements: Iterable[Mapping[str, str]], table: Any) -> Schema:
    """Read a key schema of a table of moto's."""
    by_type: dict[str, list[str]] = {"HASH": [], "RANGE": []}
    for element in elements:
        by_type[element["KeyType"]].append(element["AttributeName"])
    types = {one["AttributeName"]: one["AttributeType"] for one in table.attr}
    return Schema(tuple(by_type["HASH"]), tuple(by_type["RANGE"]), types)


def table_schema(table: Any) -> Schema:
    return schema_of(table.schema, table)


def check_key(table: Any, key: Mapping[str, Any]) -> Attributes:
    """Return a whole key in normal form. Raises: AWSError for any other."""
    schema = table_schema(table)
    if set(key) != set(schema.names):
        raise _no_such_key()
    found = {}
    for name in schema.names:
        value = normal(key[name])
        if kind_of(value) != schema.types[name]:
            raise _no_such_key()
        check_not_empty(name, value)
        found[name] = value
    _check_lengths(schema, found)
    return found


def _no_such_key() -> Exception:
    return invalid("The provided key element does not match the schema")


def key_of(table: Any, item: Attributes) -> Attributes:
    """Return the key of an item that is to be stored.

    Raises: AWSError where a key attribute is missing, empty, too long or of another
        type: of the table's key, or of an index's.
    """
    schema = table_schema(table)
    for name in schema.names:
        if name not in item:
            raise invalid_parameter(f"Missing the key {name} in the item")
        actual = kind_of(item[name])
        if actual != schema.types[name]:
            raise invalid_parameter(
                f"Type mismatch for key {name} expected: {schema.types[name]} actual:"
                f" {actual}"
            )
        check_not_empty(name, item[name])
    key = {name: item[name] for name in schema.names}
    _check_lengths(schema, key)
    for index in table.all_indexes():
        _check_index_key(index.name, schema_of(index.schema, table), item)
    return key


def check_not_empty(name: str, value: Value) -> None:
    """Raises: AWSError for an empty string or binary value in a table's key."""
    kind = {"S": "string", "B": "binary"}.get(kind_of(value))
    if kind is not None and not value[kind_of(value)]:
        raise invalid(
            "One or more parameter values are not valid. The AttributeValue for a key"
            f" attribute cannot contain an empty {kind} value. Key: {name}"
        )


def _check_index_key(index: str, schema: Schema, item: Attributes) -> None:
    for name in schema.names:
        value = item.get(name)
        if value is None:
            continue
        actual = kind_of(value)
        if actual != schema.types[name]:
            raise invalid_parameter(
                f"Type mismatch for Index Key {name} Expected: {schema.types[name]}"
                f" Actual: {actual} IndexName: {index}"
            )
        if actual in ("S", "B") and not value[actual]:
            kind = "string" if actual == "S" else "binary"
            raise invalid(
                "One or more parameter values are not valid. A value specified for a"
                " secondary index key is not supported. The AttributeValue for a key"
                f" attribute cannot contain an empty {kind} value. IndexName: {index},"
                f" IndexKey: {name}"
            )


def _check_lengths(schema: Schema, key: Attributes) -> None:
    if any(value_size(key[name]) > _LONGEST_PARTITION for name in schema.partition):
        # Without a space, as AWS has it.
        raise invalid_parameter(
            "Size of hashkey has exceeded the maximum size limit"
            f" of{_LONGEST_PARTITION} bytes"
        )
    if sum(value_size(key[name]) for name in schema.sort) > _LONGEST_SORT:
        raise invalid_parameter(
            "Aggregated size of all range keys has exceeded the size limit of"
            f" {_LONGEST_SORT} bytes"
        )
