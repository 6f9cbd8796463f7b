"""Query and Scan: pages of at most 1 MB, measured before the filter.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html.
moto measures what is left after some filters, and its pages lose items of equal keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from grader.cloud.aws_errors import AWSError
from grader.cloud.dynamodb import items
from grader.cloud.dynamodb.calls import Call
from grader.cloud.dynamodb.capacity import Consumed, read_units
from grader.cloud.dynamodb.conditions import Condition, filter_condition
from grader.cloud.dynamodb.errors import invalid, invalid_parameter
from grader.cloud.dynamodb.expressions import Placeholders, placeholders
from grader.cloud.dynamodb.indexes import (
    entry,
    entry_size,
    find_index,
    is_global,
    order_in,
    projected_names,
    scattered,
)
from grader.cloud.dynamodb.items import StoredItem
from grader.cloud.dynamodb.key_conditions import KeyConditions, key_conditions
from grader.cloud.dynamodb.keys import Schema, check_key, schema_of, table_schema
from grader.cloud.dynamodb.projections import projected, projection_paths
from grader.cloud.dynamodb.values import Attributes, kind_of
from grader.facts import dynamodb as limits

# Bytes of what one page reads.
_PAGE = limits.PAGE_SIZE.value


@dataclass(frozen=True)
class _Source:
    """A table, or one of its indexes (moto's), as a query or a scan reads it."""

    table: Any
    index: Any | None

    @property
    def schema(self) -> Schema:
        if self.index is None:
            return table_schema(self.table)
        return schema_of(self.index.schema, self.table)

    def size(self, item: StoredItem) -> int:
        if self.index is None:
            return item.bytes
        return entry_size(self.table, self.index, item)

    def entry(self, item: StoredItem) -> Attributes | None:
        if self.index is None:
            return item.attributes
        return entry(self.table, self.index, item.attributes)

    def key(self, item: StoredItem) -> Attributes:
        """Return the key by which a page goes on after an item."""
        names = (*table_schema(self.table).names, *self.schema.names)
        return {name: item.attributes[name] for name in names}


@dataclass
class _Page:
    """What one page read, and where the next one begins."""

    read: list[StoredItem] = field(default_factory=list)
    size: int = 0
    last: StoredItem | None = None


def query(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html"""
    members = call.members
    names = placeholders(
        members, "FilterExpression", "KeyConditionExpression", "ProjectionExpression"
    )
    text = members.get("KeyConditionExpression")
    if text is None:
        raise invalid(
            "Either the KeyConditions or KeyConditionExpression parameter must be"
            " specified in the request."
        )
    source = _source(call)
    conditions = key_conditions(text, names, source.schema)
    search = _search(call, source, names, keys=source.schema.names)
    start = _start(source, members.get("ExclusiveStartKey"), conditions)
    found = [
        one
        for one in _candidates(source, conditions)
        if source.entry(one) is not None and conditions.hold(one.attributes)
    ]
    backwards = members.get("ScanIndexForward") is False
    return search.answer(_sorted(source, found), start, backwards=backwards)


def _candidates(source: _Source, conditions: KeyConditions) -> Iterable[StoredItem]:
    own = table_schema(source.table).partition
    for one in conditions.partition:
        if (one.name,) == own:
            return items.partition(source.table, one.values[0])
    return items.every(source.table)


def scan(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html"""
    members = call.members
    names = placeholders(members, "FilterExpression", "ProjectionExpression")
    in_segment = _segment(members)
    source = _source(call)
    search = _search(call, source, names)
    start = _start(source, members.get("ExclusiveStartKey"))
    partition = source.schema.partition
    found = [
        one
        for one in items.every(source.table)
        if source.entry(one) is not None
        and in_segment(scattered(one.attributes, partition))
    ]
    return search.answer(_sorted(source, found), start)


def _segment(members: Mapping[str, Any]) -> Callable[[bytes], bool]:
    """Return whether a partition is in the segment that is scanned."""
    segment, total = members.get("Segment"), members.get("TotalSegments")
    if segment is None and total is None:
        return lambda partition: True
    if total is None:
        raise invalid(
            "The TotalSegments parameter is required but was not present in the request"
            " when Segment parameter is present"
        )
    if segment is None:
        raise invalid(
            "The Segment parameter is required but was not present in the request when"
            " parameter TotalSegments is present"
        )
    if segment >= total:
        raise invalid(
            "The Segment parameter is zero-based and must be less than parameter"
            f" TotalSegments: Segment: {segment} is not less than TotalSegments:"
            f" {total}"
        )
    return lambda partition: int.from_bytes(partition[:8]) * total >> 64 == segment


def _source(call: Call) -> _Source:
    table = call.table()
    name = call.members.get("IndexName")
    index = find_index(table, name) if name is not None else None
    if index is not None and is_global(index) and call.members.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    return _Source(table, index)


def _sorted(source: _Source, found: list[StoredItem]) -> list[StoredItem]:
    schema = source.schema
    return sorted(found, key=lambda one: order_in(source.table, schema, one.attributes))


def _start(
    source: _Source,
    key: Mapping[str, Any] | None,
    conditions: KeyConditions | None = None,
) -> Attributes | None:
    """Check the key that a page begins after."""
    if key is None:
        return None
    own, wanted = table_schema(source.table), source.schema
    if set(key) != {*own.names, *wanted.names}:
        raise invalid("The provided starting key is invalid")
    try:
        found = check_key(source.table, {name: key[name] for name in own.names})
        for name in wanted.names:
            if kind_of(key[name]) != wanted.types[name]:
                raise invalid("The provided key element does not match the schema")
    except AWSError as error:
        raise invalid(
            f"The provided starting key is invalid: {error.message}"
        ) from None
    start = {**key, **found}
    if conditions is not None and not conditions.within(start):
        raise invalid(
            "The provided starting key is outside query boundaries based on provided"
            " conditions"
        )
    return start


@dataclass(frozen=True)
class _Search:
    """How a query or a scan reads, filters and shows its pages."""

    call: Call
    source: _Source
    passes: Condition
    show: Callable[[StoredItem], Attributes]
    # Whether a local index has to look up the table for each item.
    fetches: bool

    def answer(
        self,
        ordered: list[StoredItem],
        start: Attributes | None,
        *,
        backwards: bool = False,
    ) -> dict[str, Any]:
        if backwards:
            ordered.reverse()
        page = self._page(self._after(ordered, start, backwards=backwards))
        consumed = self._consumed(page)
        self.call.consumed_reads = [consumed]
        kept = [one for one in page.read if self.passes(self._seen(one))]
        answer: dict[str, Any] = {"Count": len(kept), "ScannedCount": len(page.read)}
        if self.call.members.get("Select") != "COUNT":
            answer["Items"] = [self.show(one) for one in kept]
        if page.last is not None:
            answer["LastEvaluatedKey"] = self.source.key(page.last)
        return {**answer, **self.call.told([consumed])}

    def _seen(self, item: StoredItem) -> Attributes | None:
        return item.attributes if self.fetches else self.source.entry(item)

    def _after(
        self,
        ordered: list[StoredItem],
        start: Attributes | None,
        *,
        backwards: bool,
    ) -> list[StoredItem]:
        if start is None:
            return ordered
        table, schema = self.source.table, self.source.schema
        place = order_in(table, schema, start)
        orders = (order_in(table, schema, one.attributes) for one in ordered)
        return [
            one
            for one, order in zip(ordered, orders, strict=True)
            if (order < place if backwards else order > place)
        ]

    def _page(self, ordered: list[StoredItem]) -> _Page:
        limit = self.call.members.get("Limit")
        page = _Page()
        for item in ordered:
            size = self.source.size(item)
            if page.read and page.size + size > _PAGE:
                page.last = page.read[-1]
                break
            page.read.append(item)
            page.size += size
            if len(page.read) == limit:
                # DynamoDB doesn't look whether anything is left.
                page.last = item
                break
        return page

    def _consumed(self, page: _Page) -> Consumed:
        consistent = bool(self.call.members.get("ConsistentRead"))
        units = read_units(page.size, consistent=consistent)
        index = self.source.index
        if index is None:
            return Consumed(self.source.table, units)
        consumed = Consumed(self.source.table, indexes={index.name: units})
        if self.fetches:
            fetched = (
                read_units(one.bytes, consistent=consistent) for one in page.read
            )
            consumed.own = sum(fetched, Decimal(0))
        return consumed


def _search(
    call: Call, source: _Source, names: Placeholders, keys: tuple[str, ...] = ()
) -> _Search:
    members = call.members
    passes = filter_condition(members.get("FilterExpression"), names, keys)
    text = members.get("ProjectionExpression")
    paths = projection_paths(text, names) if text is not None else None
    names.check_used()
    _check_select(source, members)
    index = source.index
    kept = projected_names(source.table, index) if index is not None else None
    everything = members.get("Select") == "ALL_ATTRIBUTES"
    beyond = sorted(
        {str(path[0]) for path in paths or () if kept and path[0] not in kept}
    )
    if beyond and index is not None and is_global(index):
        raise invalid_parameter(
            f"Global secondary index {index.name} does not project"
            f" [{', '.join(beyond)}]"
        )
    fetches = bool(kept is not None and (everything or beyond))

    def show(item: StoredItem) -> Attributes:
        seen = item.attributes if fetches else source.entry(item) or {}
        return seen if paths is None else projected(seen, paths)

    return _Search(call, source, passes, show, fetches)


def _check_select(source: _Source, members: Mapping[str, Any]) -> None:
    select, text = members.get("Select"), members.get("ProjectionExpression")
    if select == "SPECIFIC_ATTRIBUTES" and text is None:
        raise invalid(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to"
            " get SPECIFIC_ATTRIBUTES"
        )
    if text is not None and select not in (None, "SPECIFIC_ATTRIBUTES"):
        what = "only the Count" if select == "COUNT" else select
        raise invalid(
            f"Cannot specify the ProjectionExpression when choosing to get {what}"
        )
    index = source.index
    if select == "ALL_PROJECTED_ATTRIBUTES" and index is None:
        raise invalid(
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
        )
    if select != "ALL_ATTRIBUTES" or index is None or not is_global(index):
        return
    if projected_names(source.table, index) is not None:
        raise invalid_parameter(
            "Select type ALL_ATTRIBUTES is not supported for global secondary index"
            f" {index.name} because its projection type is not ALL"
        )
