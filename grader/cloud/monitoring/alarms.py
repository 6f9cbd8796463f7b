"""An alarm: what was asked for, the state it is in, and how AWS describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.utilities.utils import get_partition

from grader.cloud.monitoring.alarm_rules import Rule, parse_rule
from grader.cloud.monitoring.moments import moment

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
STATES = (OK, ALARM, INSUFFICIENT_DATA)
_ACTIONS = {
    OK: "OKActions",
    ALARM: "AlarmActions",
    INSUFFICIENT_DATA: "InsufficientDataActions",
}


@dataclass(frozen=True)
class State:
    """A state that an alarm is or was in; ``data`` is JSON, ``since`` lab time."""

    value: str
    reason: str
    data: str | None
    since: float


class Alarm:
    """A metric alarm, or a composite one where it has a rule.

    ``members`` are those of PutMetricAlarm or PutCompositeAlarm. A new alarm is in
    INSUFFICIENT_DATA; moto starts in OK.
    """

    def __init__(
        self, account: str, region: str, members: Mapping[str, Any], *, at: float
    ) -> None:
        self.account = account
        self.region = region
        self.members = dict(members)
        self.name: str = members["AlarmName"]
        self.alarm_arn = (
            f"arn:{get_partition(region)}:cloudwatch:{region}:{account}"
            f":alarm:{self.name}"
        )
        self.configured = at
        self.state = State(
            INSUFFICIENT_DATA, "Unchecked: Initial alarm creation", None, at
        )
        self._parsed: tuple[str, Rule] | None = None

    @property
    def kind(self) -> str:
        """``MetricAlarm`` or ``CompositeAlarm``, as histories name it."""
        return "CompositeAlarm" if "AlarmRule" in self.members else "MetricAlarm"

    @property
    def rule(self) -> Rule | None:
        """A composite alarm's rule."""
        text = self.members.get("AlarmRule")
        if text is None:
            return None
        if self._parsed is None or self._parsed[0] != text:
            self._parsed = text, parse_rule(text)
        return self._parsed[1]

    @property
    def actions_enabled(self) -> bool:
        return bool(self.members.get("ActionsEnabled", True))

    def actions(self, state: str) -> list[str]:
        """The ARNs of what happens when the alarm enters a state."""
        return list(self.members.get(_ACTIONS[state]) or ())

    def configure(self, members: Mapping[str, Any], *, at: float) -> None:
        """Take other settings; the state stays."""
        self.members = dict(members)
        self.configured = at

    def described(self) -> dict[str, Any]:
        """Describe the alarm with AWS's member names."""
        members = {
            name: value
            for name, value in self.members.items()
            if name not in ("Tags", *_ACTIONS.values())
        }
        if self.kind == "MetricAlarm" and "Metrics" not in members:
            members.setdefault("Dimensions", [])
        state = self.state
        described = {
            **members,
            **{name: self.actions(one) for one, name in _ACTIONS.items()},
            "AlarmArn": self.alarm_arn,
            "ActionsEnabled": self.actions_enabled,
            "AlarmConfigurationUpdatedTimestamp": moment(self.configured),
            "StateValue": state.value,
            "StateReason": state.reason,
            "StateUpdatedTimestamp": moment(state.since),
            "StateTransitionedTimestamp": moment(state.since),
        }
        if state.data is not None:
            described["StateReasonData"] = state.data
        return described
