"""For how long sessions may be asked for, and a role may allow them at most."""

from __future__ import annotations

from typing import Any

from moto.iam.exceptions import ValidationError
from moto.iam.models import IAMBackend, Role

from grader import facts


def wrong_duration(name: str, seconds: int, least: int, most: int) -> str | None:
    """What AWS says about seconds outside their bounds; None where they are inside."""
    if seconds < least:
        bound = f"greater than or equal to {least}"
    elif seconds > most:
        bound = f"less than or equal to {most}"
    else:
        return None
    return (
        f"1 validation error detected: Value '{seconds}' at '{name}' failed to satisfy"
        f" constraint: Member must have value {bound}"
    )


class SessionMaximums(IAMBackend):  # type: ignore[misc]
    """moto's IAM, which checks the longest session that a role allows."""

    def create_role(self, *told: Any, **more: Any) -> Role:
        """Keep a role; moto gives the maximum seventh."""
        seconds = more.get("max_session_duration", told[6] if len(told) > 6 else None)
        _check(seconds)
        return super().create_role(*told, **more)

    def update_role(
        self, role_name: str, role_description: str, max_session_duration: str
    ) -> Role:
        """Change a role."""
        _check(max_session_duration)
        return super().update_role(role_name, role_description, max_session_duration)


def _check(seconds: str | int | None) -> None:
    wrong = wrong_duration(
        "maxSessionDuration",
        int(seconds or facts.aws_sts.SHORTEST_ROLE_MAXIMUM.value),
        facts.aws_sts.SHORTEST_ROLE_MAXIMUM.value,
        facts.aws_sts.LONGEST_ROLE_SESSION.value,
    )
    if wrong is not None:
        raise ValidationError(wrong)
