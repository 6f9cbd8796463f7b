"""DynamoDB's condition keys: whose items, and which of their attributes.

Read from a request as it is; DynamoDB itself says whether it makes sense.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from grader.cloud.access.resource_names import Place
from grader.cloud.access.stored_names import backend

Request = Mapping[str, Any]
Keys = dict[str, str | tuple[str, ...]]

_TOKEN = re.compile(r"[#:]?\w+|\S")
_WORDS = frozenset(
    "AND OR NOT BETWEEN IN SET REMOVE ADD DELETE".split()  # noqa: SIM905 - a sentence
)
_EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)


def of_request(place: Place, table: Any, request: Request) -> Keys:
    """The keys of one request, or of one part of a batch, to one table."""
    found: Keys = {}
    partition_key = _partition_key(place, str(table), request.get("IndexName"))
    if partition_key and (leading := tuple(_leading(partition_key, request))):
        found["dynamodb:leadingkeys"] = tuple(dict.fromkeys(leading))
    if attributes := tuple(dict.fromkeys(_attributes(request))):
        found["dynamodb:attributes"] = attributes
    if (select := _select(request)) is not None:
        found["dynamodb:select"] = select
    for member in ("ReturnConsumedCapacity", "ReturnValues"):
        if isinstance(value := request.get(member), str):
            found[f"dynamodb:{member.lower()}"] = value
    return found


def of_items(place: Place, table: Any, items: Iterable[Any], **more: str) -> Keys:
    """The keys of a batch's part: of all of its items together."""
    parts = [of_request(place, table, item) for item in items if isinstance(item, dict)]
    found: Keys = dict(more)
    for key in ("dynamodb:leadingkeys", "dynamodb:attributes"):
        values = [value for part in parts for value in part.get(key, ())]
        if values:
            found[key] = tuple(dict.fromkeys(values))
    return found


def _partition_key(place: Place, table: str, index: Any) -> str | None:
    stored = backend("moto.dynamodb.models", "dynamodb", place.account, place.region)
    found = stored.tables.get(table.rpartition("/")[2]) if stored is not None else None
    if found is None:
        return None
    for one in found.all_indexes() if index else ():
        if one.name == index:
            for element in one.schema:
                if element["KeyType"] == "HASH":
                    return str(element["AttributeName"])
    return str(found.hash_key_attr)


def _leading(partition_key: str, request: Request) -> Iterator[str]:
    for member in ("Key", "Item"):
        given = request.get(member)
        if isinstance(given, dict) and partition_key in given:
            yield from _text(given[partition_key])
    legacy = request.get("KeyConditions")
    if isinstance(legacy, dict) and isinstance(legacy.get(partition_key), dict):
        for value in legacy[partition_key].get("AttributeValueList") or ():
            yield from _text(value)
    tokens = _TOKEN.findall(str(request.get("KeyConditionExpression") or ""))
    values = request.get("ExpressionAttributeValues") or {}
    for left, sign, right in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if sign != "=":
            continue
        name, value = (right, left) if left.startswith(":") else (left, right)
        if _plain(name, request) == partition_key:
            yield from _text(values.get(value))


def _text(value: Any) -> Iterator[str]:
    """A value of a key attribute, without its type."""
    if isinstance(value, dict) and len(value) == 1:
        yield str(next(iter(value.values())))


def _attributes(request: Request) -> Iterator[str]:
    """The names of the top-level attributes that a request reads, writes or asks of."""
    for member in ("Key", "Item", "KeyConditions", "AttributeUpdates", "Expected"):
        if isinstance(given := request.get(member), dict):
            yield from given
    if isinstance(names := request.get("AttributesToGet"), list):
        yield from map(str, names)
    for member in _EXPRESSIONS:
        tokens = _TOKEN.findall(str(request.get(member) or ""))
        for at, token in enumerate(tokens):
            after = tokens[at + 1] if at + 1 < len(tokens) else ""
            below = at > 0 and tokens[at - 1] in (".", "[")
            name = token.startswith("#") or token[0].isalpha() or token[0] == "_"
            word = after == "(" or token.upper() in _WORDS
            if name and not below and not word:
                yield _plain(token, request)


def _plain(token: str, request: Request) -> str:
    names = request.get("ExpressionAttributeNames") or {}
    return str(names.get(token, token))


def _select(request: Request) -> str | None:
    """What a query or a scan returns, said or not."""
    if isinstance(said := request.get("Select"), str):
        return said
    if "ProjectionExpression" in request or "AttributesToGet" in request:
        return "SPECIFIC_ATTRIBUTES"
    return None
