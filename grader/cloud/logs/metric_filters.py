"""Metric filters: log events that match a pattern become data of a metric.

moto stores them, publishes nothing, and keeps a second one of the same name. Follows
"Creating metrics from log events using filters" in the CloudWatch Logs user guide.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from grader.cloud import monitoring
from grader.cloud.logs import errors
from grader.cloud.logs.json_patterns import is_selector
from grader.cloud.logs.patterns import Match, Pattern, parse
from grader.cloud.monitoring import Metric
from grader.facts import cloudwatch

_PER_GROUP = cloudwatch.METRIC_FILTERS.value
_DIMENSIONS = cloudwatch.FILTER_DIMENSIONS.value
_COLUMN = re.compile(r"\$\w+")

Members = Mapping[str, Any]


class Event(Protocol):
    """A log event: its text, and its time in ms."""

    message: str
    timestamp: int


@dataclass(frozen=True)
class MetricFilter:
    """A filter of one group with its one transformation, in AWS's members."""

    name: str
    group: str
    text: str
    transformation: Members
    created: int

    @property
    def pattern(self) -> Pattern:
        return parse(self.text)

    def described(self) -> dict[str, Any]:
        """Describe the filter with AWS's member names."""
        return {
            "filterName": self.name,
            "filterPattern": self.text,
            "metricTransformations": [dict(self.transformation)],
            "creationTime": self.created,
            "logGroupName": self.group,
        }

    def publish(self, events: Iterable[Event], *, account: str, region: str) -> None:
        """Publish a value for each event: the metric's, or its default.

        The value lies in the event's own minute. CloudWatch publishes nothing where
        the value isn't a number, or a dimension isn't there.
        """
        store = monitoring.backend(account, region).metrics
        unit = self.transformation.get("unit", "None")
        default = self.transformation.get("defaultValue")
        pattern = self.pattern
        for event in events:
            match = pattern.match(event.message)
            value = default if match is None else self._value(match)
            dimensions = None if value is None else self._dimensions(match)
            if value is None or dimensions is None:
                continue
            metric = Metric(
                self.transformation["metricNamespace"],
                self.transformation["metricName"],
                dimensions,
            )
            store.record(metric, value, at=event.timestamp / 1000, unit=unit)

    def _value(self, match: Match) -> float | None:
        text = self.transformation["metricValue"]
        return _number(match.value(text) if text.startswith("$") else text)

    def _dimensions(self, match: Match | None) -> tuple[tuple[str, str], ...] | None:
        wanted = self.transformation.get("dimensions")
        if not wanted or match is None:
            return ()
        found = {name: match.value(place) for name, place in wanted.items()}
        if any(value is None for value in found.values()):
            return None
        return tuple(sorted((name, str(value)) for name, value in found.items()))


def _number(value: Any) -> float | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def made(members: Members) -> MetricFilter:
    """Read PutMetricFilter's members.

    Raises:
        AWSError: InvalidParameterException.
    """
    for name in ("fieldSelectionCriteria", "emitSystemFieldDimensions"):
        if members.get(name):
            raise errors.unmodelled(f"{name} of metric filters")
    if members.get("applyOnTransformedLogs"):
        raise errors.unmodelled("log transformers (applyOnTransformedLogs)")
    pattern = parse(members["filterPattern"])
    transformation = members["metricTransformations"][0]
    _check_value(pattern, transformation["metricValue"])
    dimensions = transformation.get("dimensions") or {}
    if dimensions and "defaultValue" in transformation:
        raise errors.invalid(
            "Invalid metric transformation: dimensions and default value are mutually"
            " exclusive properties."
        )
    if dimensions and not pattern.has_fields:
        raise errors.invalid("The specified filter pattern does not support dimensions")
    if len(dimensions) > _DIMENSIONS:
        raise errors.invalid(
            f"Invalid metric transformation: at most {_DIMENSIONS} dimensions are"
            " allowed."
        )
    for place in dimensions.values():
        _check_place(pattern, place)
    return MetricFilter(
        members["filterName"],
        members["logGroupName"],
        members["filterPattern"],
        transformation,
        int(time.time() * 1000),
    )


def _check_value(pattern: Pattern, text: str) -> None:
    if text.startswith("$"):
        _check_place(pattern, text)
    elif _number(text) is None:
        raise errors.invalid(
            f"Invalid metric transformation: '{text}' is neither a number nor a field"
            " of the log event."
        )


def _check_place(pattern: Pattern, place: str) -> None:
    if pattern.has_fields and (is_selector(place) or _COLUMN.fullmatch(place)):
        return
    raise errors.invalid(
        f"Invalid metric transformation: the filter pattern has no field '{place}'."
    )


def check_number_of(filters: Mapping[str, MetricFilter], name: str) -> None:
    """Refuse one filter too many for a group.

    Raises:
        AWSError: LimitExceededException.
    """
    if name not in filters and len(filters) >= _PER_GROUP:
        raise errors.limit_exceeded()


def tested(members: Members) -> dict[str, Any]:
    """Answer TestMetricFilter: which messages match, and what is found in them.

    Raises:
        AWSError: InvalidParameterException.
    """
    pattern = parse(members["filterPattern"])
    matches = []
    for number, message in enumerate(members["logEventMessages"], 1):
        match = pattern.match(message)
        if match is not None:
            matches.append(
                {
                    "eventNumber": number,
                    "eventMessage": message,
                    "extractedValues": dict(match.extracted),
                }
            )
    return {"matches": matches}
