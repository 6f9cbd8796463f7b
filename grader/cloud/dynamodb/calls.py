"""One request to DynamoDB: whose it is, what it asks, and what it consumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.dynamodb.capacity import Consumed
from grader.cloud.dynamodb.items import find_table


@dataclass
class Call:
    """An operation's members, and moto's backend of its account and Region.

    ``consumed_reads`` and ``consumed_writes`` are filled while it is answered, also
    where it fails: a condition that doesn't hold costs as much.
    """

    account: str
    region: str
    backend: Any
    members: Mapping[str, Any]
    consumed_reads: list[Consumed] = field(default_factory=list)
    consumed_writes: list[Consumed] = field(default_factory=list)

    def table(self, name: str | None = None) -> Any:
        """Return moto's table, the request's own if none is named."""
        return find_table(self.backend, name or self.members["TableName"])

    def told(self, consumed: list[Consumed]) -> dict[str, Any]:
        """Write the consumed capacity of one table, if it was asked for."""
        how = self.members.get("ReturnConsumedCapacity", "NONE")
        if how == "NONE":
            return {}
        return {"ConsumedCapacity": consumed[0].told(how)}

    def told_by_table(self, consumed: list[Consumed]) -> dict[str, Any]:
        """Write the consumed capacity of several tables, if it was asked for."""
        how = self.members.get("ReturnConsumedCapacity", "NONE")
        if how == "NONE":
            return {}
        return {"ConsumedCapacity": [one.told(how) for one in consumed]}
