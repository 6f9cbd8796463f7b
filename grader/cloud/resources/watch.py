"""What watches: log groups, metric filters, alarms, dashboards, budgets.

Metrics aren't resources: nobody can delete them, and they fade by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.cloud.resources.resource import Readers, Resource


def _logs(backend: Any) -> Iterator[Resource]:
    groups = dict(backend.groups)
    for group in groups.values():
        days = group.retention_in_days
        kept = f"kept for {days} days" if days else "kept for ever"
        yield Resource("log group", group.name, kept)
    for found in list(backend.filters.metric_filters):
        # A filter goes with its group.
        if found["logGroupName"] in groups:
            name = f"{found['logGroupName']}/{found['filterName']}"
            yield Resource("metric filter", name, found["filterPattern"])
    for name in list(backend.resource_policies):
        yield Resource("resource policy", name)
    for name in list(backend.destinations):
        yield Resource("destination", name)


def _cloudwatch(backend: Any) -> Iterator[Resource]:
    for alarm in list(backend.alarms.values()):
        yield Resource("alarm", alarm.name, alarm.state_value)
    for name in list(backend.dashboards):
        yield Resource("dashboard", name)
    for name in list(backend.insight_rules):
        yield Resource("insight rule", name)


def _budgets(backend: Any) -> Iterator[Resource]:
    for name in list(backend.budgets.get(backend.account_id, {})):
        yield Resource("budget", name)


READERS: Readers = {"logs": _logs, "cloudwatch": _cloudwatch, "budgets": _budgets}
