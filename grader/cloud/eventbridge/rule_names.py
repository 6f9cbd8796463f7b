"""Which rule is meant, of all buses, Regions and accounts."""

from __future__ import annotations

from typing import Any, NamedTuple


class RuleName(NamedTuple):
    """A rule's place."""

    account: str
    region: str
    bus: str
    name: str

    @property
    def arn(self) -> str:
        """The ARN, which doesn't name the default bus."""
        path = self.name if self.bus == "default" else f"{self.bus}/{self.name}"
        return f"arn:aws:events:{self.region}:{self.account}:rule/{path}"


def name_of(rule: Any) -> RuleName:
    """Name one of moto's rules."""
    return RuleName(rule.account_id, rule.region_name, rule.event_bus_name, rule.name)
