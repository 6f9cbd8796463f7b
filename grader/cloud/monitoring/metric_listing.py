"""ListMetrics: which metrics there are.

moto matches dimensions by their first letter's order, and lists what never reported.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from grader.cloud.monitoring import errors, pages
from grader.cloud.monitoring.metric_store import HOUR, MetricStore
from grader.cloud.monitoring.metrics import Metric
from grader.facts import cloudwatch

_RECENT = 3 * HOUR

Members = Mapping[str, Any]


def list_metrics(store: MetricStore, members: Members) -> dict[str, Any]:
    """Answer ListMetrics: metrics that reported data in the last two weeks.

    Raises:
        Refusal: InvalidParameterValue.
    """
    recently = members.get("RecentlyActive")
    if recently not in (None, "PT3H"):
        raise errors.invalid(
            f"The value {recently} for parameter RecentlyActive is invalid: it must be"
            " PT3H."
        )
    if members.get("IncludeLinkedAccounts") or "OwningAccount" in members:
        raise errors.unmodelled("metrics of linked accounts")
    oldest = time.time() - (
        _RECENT if recently else cloudwatch.METRICS_LISTED_FOR.value
    )
    found = sorted(
        (
            one
            for one, reported in store.reported()
            if reported >= oldest and _matches(one, members)
        ),
        key=lambda one: (one.namespace, one.name, one.dimensions),
    )
    page, token = pages.page(
        found, cloudwatch.METRICS_PER_PAGE.value, members.get("NextToken")
    )
    answer: dict[str, Any] = {"Metrics": [one.described() for one in page]}
    if token:
        answer["NextToken"] = token
    return answer


def _matches(one: Metric, members: Members) -> bool:
    if members.get("Namespace") not in (None, one.namespace):
        return False
    if members.get("MetricName") not in (None, one.name):
        return False
    dimensions = dict(one.dimensions)
    return all(
        wanted["Name"] in dimensions
        and wanted.get("Value") in (None, dimensions[wanted["Name"]])
        for wanted in members.get("Dimensions") or ()
    )
