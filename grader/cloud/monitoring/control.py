"""CloudWatch's operations: ours over moto's, which reads requests and draws answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from moto.cloudwatch import urls
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from grader.cloud.monitoring import (
    alarm_requests,
    errors,
    metric_data,
    metric_listing,
    metric_results,
    metric_statistics,
    storage,
)
from grader.cloud.monitoring.alarm_clock import AlarmClock
from grader.cloud.monitoring.storage import MonitoringBackend

Members = Mapping[str, Any]


def install(clock: AlarmClock) -> None:
    """Answer CloudWatch's requests from now on, with this clock for alarms."""
    storage.install()
    CloudWatchControl.clock = clock
    urls.url_paths["{0}/$"] = CloudWatchControl.dispatch


class CloudWatchControl(CloudWatchResponse):  # type: ignore[misc]
    """Answers about metrics and alarms; dashboards, tags and rules are moto's."""

    clock: ClassVar[AlarmClock]

    def call_action(self) -> Any:
        """Answer an operation."""
        try:
            return super().call_action()
        except NotImplementedError:
            refusal = errors.unmodelled(f"CloudWatch's operation {self._get_action()}")
            return self._enrich(self.serialized(ActionResult(refusal)))

    @property
    def _backend(self) -> MonitoringBackend:
        return storage.backend(self.current_account, self.region)

    @property
    def _members(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in self._get_params().items()
            if value is not None
        }

    def _enrich(self, answer: Any) -> Any:
        status, headers, body = answer
        headers, body = self._enrich_response(headers, body)
        return status, headers, body

    def put_metric_data(self) -> ActionResult:
        metric_data.put(self._backend.metrics, self._members)
        return EmptyResult()

    def get_metric_statistics(self) -> ActionResult:
        return self._read(metric_statistics.get)

    def get_metric_data(self) -> ActionResult:
        return self._read(metric_results.get)

    def list_metrics(self) -> ActionResult:
        return self._read(metric_listing.list_metrics)

    def put_metric_alarm(self) -> ActionResult:
        return self._alarms(alarm_requests.put_metric_alarm)

    def put_composite_alarm(self) -> ActionResult:
        return self._alarms(alarm_requests.put_composite_alarm)

    def delete_alarms(self) -> ActionResult:
        return self._alarms(alarm_requests.delete_alarms)

    def set_alarm_state(self) -> ActionResult:
        return self._alarms(alarm_requests.set_alarm_state)

    def enable_alarm_actions(self) -> ActionResult:
        alarm_requests.enable_actions(self._backend, self._members, enabled=True)
        return EmptyResult()

    def disable_alarm_actions(self) -> ActionResult:
        alarm_requests.enable_actions(self._backend, self._members, enabled=False)
        return EmptyResult()

    def describe_alarms(self) -> ActionResult:
        return ActionResult(
            alarm_requests.describe_alarms(self._backend, self._members)
        )

    def describe_alarms_for_metric(self) -> ActionResult:
        return ActionResult(
            alarm_requests.describe_alarms_for_metric(self._backend, self._members)
        )

    def describe_alarm_history(self) -> ActionResult:
        return ActionResult(self._backend.history.described(self._members))

    def _read(self, answer: Callable[..., dict[str, Any]]) -> ActionResult:
        return ActionResult(answer(self._backend.metrics, self._members))

    def _alarms(self, answer: Callable[..., None]) -> ActionResult:
        answer(self._backend, self.clock, self._members)
        return EmptyResult()
