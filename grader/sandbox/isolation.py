"""How well a machine can wall programs in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Tier = Literal["strong", "medium", "none"]
TIERS: tuple[Tier, ...] = ("none", "medium", "strong")
"""From the weakest to the strongest."""


@dataclass(frozen=True)
class Isolation:
    """What a probe found; pinned for a run and stored with each mark."""

    tier: Tier
    detail: str
    """What holds, and what doesn't."""
    reason: str = ""
    """Why it isn't stronger."""
    cure: str = ""
    """What to do about that."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON: what later sandboxes rely on, and versions."""

    def reaches(self, required: Tier) -> bool:
        return TIERS.index(self.tier) >= TIERS.index(required)

    def line(self) -> str:
        """For the instructor, at the start of a run."""
        said = f"isolation: {self.tier.upper()} {self.detail}"
        if self.reason:
            said += f"; not stronger because {self.reason}"
        if self.cure:
            said += f" ({self.cure})"
        return said

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Isolation:
        return cls(**values)
