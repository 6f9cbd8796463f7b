"""PutMetricData: what it takes, and where it goes.

moto takes any time and any unit, and keeps each count as a sample of its own. Follows
"PutMetricData" and "MetricDatum" in the CloudWatch API reference.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from grader.cloud.monitoring import errors
from grader.cloud.monitoring.distributions import Distribution
from grader.cloud.monitoring.metric_store import MetricStore
from grader.cloud.monitoring.metrics import Metric, dimensions
from grader.cloud.monitoring.moments import epoch
from grader.facts import cloudwatch

_DATA = cloudwatch.DATA_PER_REQUEST.value
_VALUES = cloudwatch.VALUES_PER_DATUM.value
_DIMENSIONS = cloudwatch.DIMENSIONS.value
_LARGEST = 2.0**360
_PAST, _FUTURE = cloudwatch.OLDEST_DATA.value, cloudwatch.NEWEST_DATA.value
UNITS = (
    *("Seconds", "Microseconds", "Milliseconds"),
    *("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"),
    *("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"),
    *("Percent", "Count"),
    *("Bytes/Second", "Kilobytes/Second", "Megabytes/Second"),
    *("Gigabytes/Second", "Terabytes/Second"),
    *("Bits/Second", "Kilobits/Second", "Megabits/Second"),
    *("Gigabits/Second", "Terabits/Second", "Count/Second", "None"),
)

Members = Mapping[str, Any]


def put(store: MetricStore, members: Members) -> None:
    """Store a request's data, all of it or nothing.

    Raises:
        Refusal: CloudWatch's InvalidParameterValue and its like.
    """
    namespace = members["Namespace"]
    if namespace.startswith("AWS/"):
        raise errors.invalid("The value AWS/ for parameter Namespace is invalid.")
    if "EntityMetricData" in members:
        raise errors.unmodelled("entities of metric data (EntityMetricData)")
    data = members.get("MetricData") or []
    if not data:
        raise errors.missing("The parameter MetricData is required.")
    if len(data) > _DATA:
        raise errors.invalid(
            f"The collection MetricData must not have a size greater than {_DATA}."
        )
    now = time.time()
    faults = [
        fault
        for number, datum in enumerate(data, 1)
        for fault in _faults(datum, f"MetricData.member.{number}", now)
    ]
    if faults:
        raise errors.invalid("\n".join(faults))
    for number, datum in enumerate(data, 1):
        _refuse_combinations(datum, f"MetricData.member.{number}")
    for datum in data:
        stamp = datum.get("Timestamp")
        store.add(
            Metric(namespace, datum["MetricName"], dimensions(datum.get("Dimensions"))),
            partial(_add, datum),
            at=now if stamp is None else epoch(stamp),
            unit=datum.get("Unit") or "None",
            resolution=datum.get("StorageResolution", 60),
        )


def _add(datum: Members, samples: Distribution) -> None:
    if statistics := datum.get("StatisticValues"):
        samples.add_set(
            count=statistics["SampleCount"],
            total=statistics["Sum"],
            minimum=statistics["Minimum"],
            maximum=statistics["Maximum"],
        )
    elif values := datum.get("Values"):
        for value, times in zip(values, _counts(datum, values), strict=True):
            samples.add(float(value), float(times))
    else:
        samples.add(float(datum["Value"]))


def _counts(datum: Members, values: list[float]) -> list[float]:
    return datum.get("Counts") or [1.0] * len(values)


def _faults(datum: Members, where: str, now: float) -> Iterator[str]:
    """Give the sentences about the values of one datum."""
    stamp = datum.get("Timestamp")
    if stamp is not None and now - epoch(stamp) > _PAST:
        yield (
            f"The parameter {where}.Timestamp must specify a time within the past two"
            " weeks."
        )
    if stamp is not None and epoch(stamp) - now > _FUTURE:
        yield (
            f"The parameter {where}.Timestamp must specify a time no more than two"
            " hours in the future."
        )
    if len(datum.get("Dimensions") or ()) > _DIMENSIONS:
        yield (
            f"The collection {where}.Dimensions must not have a size greater than"
            f" {_DIMENSIONS}."
        )
    for place, one in enumerate(datum.get("Dimensions") or (), 1):
        for member in ("Name", "Value"):
            if not one.get(member, "").strip():
                yield (
                    f"The parameter {where}.Dimensions.member.{place}.{member} must"
                    " not be blank."
                )
    if (datum.get("Unit") or "None") not in UNITS:
        yield (
            f"The parameter {where}.Unit must be a value in the set"
            f" [ {', '.join(UNITS)} ]."
        )
    if datum.get("StorageResolution", 60) not in (1, 60):
        yield f"The parameter {where}.StorageResolution must be 1 or 60."
    yield from _numbers(datum, where)


def _numbers(datum: Members, where: str) -> Iterator[str]:
    values, counts = datum.get("Values") or [], datum.get("Counts")
    if len(values) > _VALUES:
        yield (
            f"The collection {where}.Values must not have a size greater than"
            f" {_VALUES}."
        )
    if counts and len(counts) != len(values):
        yield (
            f"The parameters {where}.Values and {where}.Counts must be of the same"
            " size."
        )
    named = {f"{where}.Value": datum.get("Value")}
    for name, value in (datum.get("StatisticValues") or {}).items():
        named[f"{where}.StatisticValues.{name}"] = value
    for place, value in enumerate(values, 1):
        named[f"{where}.Values.member.{place}"] = value
    for name, value in named.items():
        if value is None:
            continue
        if not math.isfinite(value) or abs(value) > _LARGEST:
            yield f"The value {value} for parameter {name} is invalid."
    for place, count in enumerate(counts or (), 1):
        if not math.isfinite(count) or count < 0:
            yield (
                f"The value {count} for parameter {where}.Counts.member.{place} is"
                " invalid."
            )


def _refuse_combinations(datum: Members, where: str) -> None:
    given = [
        name
        for name in ("Value", "Values", "StatisticValues")
        if datum.get(name) is not None
    ]
    if not given:
        raise errors.missing(
            f"At least one of the parameters must be specified: {where}.Value,"
            f" {where}.Values, {where}.StatisticValues."
        )
    if len(given) > 1:
        raise errors.combination(
            f"The parameters {where}.{given[0]} and {where}.{given[1]} are mutually"
            " exclusive and you have specified both."
        )
    if datum.get("Counts") and "Values" not in given:
        raise errors.combination(
            f"The parameter {where}.Counts needs {where}.Values, which isn't there."
        )
