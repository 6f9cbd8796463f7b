"""Which state data puts an alarm in, missing data included.

Follows "Configuring how CloudWatch alarms treat missing data" in the CloudWatch user
guide, whose tables are in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.cloud.monitoring.alarms import ALARM, INSUFFICIENT_DATA, OK

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, limit: value >= limit,
    "GreaterThanThreshold": lambda value, limit: value > limit,
    "LessThanThreshold": lambda value, limit: value < limit,
    "LessThanOrEqualToThreshold": lambda value, limit: value <= limit,
}
TREATMENTS = ("breaching", "notBreaching", "ignore", "missing")
_FURTHER_BACK = 2


def evaluation_range(evaluation_periods: int) -> int:
    """How many periods an alarm looks at, in case that recent ones are missing.

    AWS says that it depends on the period, and gives 5 for 3 as its example.
    """
    return evaluation_periods + _FURTHER_BACK


@dataclass(frozen=True)
class Judgement:
    """The state, None where the alarm stays in its own, and what it is based on.

    ``evaluated`` are places in the range, oldest first; ``filled`` counts the missing
    periods that the treatment of missing data stands for.
    """

    state: str | None
    evaluated: tuple[int, ...]
    filled: int


def judge(
    breaching: Sequence[bool | None],
    *,
    evaluation_periods: int,
    datapoints_to_alarm: int,
    missing: str,
) -> Judgement:
    """Judge the periods of an evaluation range, oldest first; None is missing data."""
    present = [place for place, one in enumerate(breaching) if one is not None]
    evaluated = tuple(present[-evaluation_periods:])
    filled = evaluation_periods - len(evaluated)
    reached = sum(bool(breaching[place]) for place in evaluated)

    def judged(state: str | None) -> Judgement:
        return Judgement(state, evaluated, filled)

    if missing == "breaching":
        reached += filled
    if reached >= datapoints_to_alarm:
        return judged(ALARM)
    if filled == 0 or missing in ("breaching", "notBreaching"):
        return judged(OK)
    if not evaluated:
        return judged(INSUFFICIENT_DATA if missing == "missing" else None)
    if not all(breaching[place] for place in evaluated):
        return judged(OK)
    if missing == "ignore":
        return judged(None)
    # All that is known is breaching: it is old enough, or may yet prove a false alarm.
    age = len(breaching) - evaluated[0]
    return judged(ALARM if age >= datapoints_to_alarm else INSUFFICIENT_DATA)
