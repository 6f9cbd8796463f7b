"""What watches: log groups, metric filters, alarms, dashboards, budgets.

Metrics aren't resources: nobody can delete them, and they fade by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.cloud.logs.log_groups import LogsBackend
from grader.cloud.monitoring.storage import MonitoringBackend
from grader.cloud.resources.resource import Readers, Resource


def _logs(backend: LogsBackend) -> Iterator[Resource]:
    for group in list(backend.groups.values()):
        days = group.retention_in_days
        kept = f"kept for {days} days" if days else "kept for ever"
        yield Resource("log group", group.name, kept)
        for found in list(group.metric_filters.values()):
            name = f"{group.name}/{found.name}"
            yield Resource("metric filter", name, found.text)
    for name in list(backend.resource_policies):
        yield Resource("resource policy", name)
    for name in list(backend.destinations):
        yield Resource("destination", name)


def _cloudwatch(backend: MonitoringBackend) -> Iterator[Resource]:
    for alarm in list(backend.alarms.values()):
        yield Resource("alarm", alarm.name, alarm.state.value)
    for name in list(backend.dashboards):
        yield Resource("dashboard", name)
    for name in list(backend.insight_rules):
        yield Resource("insight rule", name)


def _budgets(backend: Any) -> Iterator[Resource]:
    for name in list(backend.budgets.get(backend.account_id, {})):
        yield Resource("budget", name)


READERS: Readers = {"logs": _logs, "cloudwatch": _cloudwatch, "budgets": _budgets}
