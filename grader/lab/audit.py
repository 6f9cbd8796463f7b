"""`cloud.audit()`: every call that was made, and whether it was allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grader.lab.tables import Listing


@dataclass(frozen=True)
class AuditedCall:
    """One action of a call on one resource.

    `time` is lab time, in UTC; `decision` is `allow` or `deny`, `because` the deciding
    statement; `error` is the code that the call was answered with, None if it was good.
    """

    time: datetime
    principal: str
    action: str
    resource: str
    decision: str
    because: str
    error: str | None
    request_id: str
    region: str

    @property
    def allowed(self) -> bool:
        """Whether access control let it through."""
        return self.decision == "allow"


class Audit(Listing[AuditedCall]):
    """Calls, oldest first; a list that shows as a table."""

    columns = ("time", "principal", "action", "resource", "decision", "because")
    empty = "no calls yet"

    def row(self, item: AuditedCall) -> list[str]:
        """The cells of one call; the time without its date."""
        cells = super().row(item)
        return [f"{item.time:%H:%M:%S}", *cells[1:]]


def audit(rows: Iterable[dict[str, Any]]) -> Audit:
    """The calls that the lab noted."""
    return Audit(
        AuditedCall(
            time=datetime.fromtimestamp(row["at"], UTC),
            principal=row["principal"],
            action=row["action"],
            resource=row["resource"],
            decision=row["decision"],
            because=row["because"],
            error=row["error"] or None,
            request_id=row["request_id"],
            region=row["region"],
        )
        for row in rows
    )
