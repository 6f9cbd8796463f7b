"""Read and write units: what each request consumes, and how it is told.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html.
moto answers 1.0, or 0.5, whatever was read or written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from grader.cloud.dynamodb.indexes import entry, is_global
from grader.cloud.dynamodb.item_sizes import item_size
from grader.cloud.dynamodb.items import StoredItem
from grader.facts import dynamodb as limits

# Bytes that one unit reads, and writes.
_READ, _WRITE = limits.READ_UNIT.value, limits.WRITE_UNIT.value


def read_units(size: int, *, consistent: bool) -> Decimal:
    """Return the units to read so many bytes at once; a look at nothing costs too."""
    units = Decimal(max(1, -(-size // _READ)))
    return units if consistent else units / 2


def write_units(size: int) -> Decimal:
    return Decimal(max(1, -(-size // _WRITE)))


@dataclass
class Consumed:
    """The units of one table: of itself, and of each index by its name."""

    table: Any
    own: Decimal = Decimal(0)
    indexes: dict[str, Decimal] = field(default_factory=dict)
    # Reads or writes; only transactions tell.
    kind: str = ""

    @property
    def total(self) -> Decimal:
        return self.own + sum(self.indexes.values())

    def add_index(self, name: str, units: Decimal) -> None:
        if units:
            self.indexes[name] = self.indexes.get(name, Decimal(0)) + units

    def add(self, other: Consumed) -> None:
        """Add what else was consumed of the same table."""
        self.own += other.own
        for name, units in other.indexes.items():
            self.add_index(name, units)

    def transacted(self) -> Consumed:
        """Return what it takes in a transaction: the table twice, its indexes once."""
        return replace(self, own=self.own * 2)

    def told(self, how: str) -> dict[str, Any]:
        """Write it as ``ConsumedCapacity``: the total, or ``INDEXES`` one by one."""
        shape: dict[str, Any] = {"TableName": self.table.name}
        shape |= self._units(self.total)
        if how != "INDEXES":
            return shape
        shape["Table"] = self._units(self.own)
        for index in self.table.all_indexes():
            if index.name in self.indexes:
                kind = "Global" if is_global(index) else "Local"
                group = shape.setdefault(f"{kind}SecondaryIndexes", {})
                group[index.name] = self._units(self.indexes[index.name])
        return shape

    def _units(self, units: Decimal) -> dict[str, float]:
        shape = {"CapacityUnits": float(units)}
        if self.kind:
            shape[f"{self.kind}CapacityUnits"] = float(units)
        return shape


def written(
    table: Any, before: StoredItem | None, after: StoredItem | None
) -> Consumed:
    """Return what it takes to replace an item: the larger of both, and its indexes."""
    sizes = [one.bytes for one in (before, after) if one is not None]
    consumed = Consumed(table, write_units(max(sizes, default=0)))
    for index in table.all_indexes():
        old, new = (
            entry(table, index, one.attributes if one is not None else None)
            for one in (before, after)
        )
        consumed.add_index(index.name, _index_units(index, old, new))
    return consumed


def _index_units(index: Any, old: Any, new: Any) -> Decimal:
    """A change of the index's key takes a deletion and an insertion."""
    if old == new:
        return Decimal(0)
    keys = [element["AttributeName"] for element in index.schema]
    if old is not None and new is not None and all(old[n] == new[n] for n in keys):
        return write_units(max(item_size(old), item_size(new)))
    parts = (one for one in (old, new) if one is not None)
    return sum((write_units(item_size(one)) for one in parts), Decimal(0))


def by_table(parts: Iterable[Consumed], kind: str = "") -> list[Consumed]:
    """Add up what was consumed, table by table, in the order of the request."""
    sums: dict[str, Consumed] = {}
    for part in parts:
        name = part.table.name
        sums.setdefault(name, Consumed(part.table, kind=kind)).add(part)
    return list(sums.values())
