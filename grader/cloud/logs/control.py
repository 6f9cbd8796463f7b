"""CloudWatch Logs' operations: ours over moto's, each request checked before."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from moto.logs import urls
from moto.logs.responses import LogsResponse

from grader.cloud.aws_errors import AWSError
from grader.cloud.functions import constraints
from grader.cloud.logs import errors, group_requests, insights, log_groups, reading
from grader.cloud.logs.log_groups import LogsBackend
from grader.cloud.monitoring import Incoming

Members = Mapping[str, Any]
Answer = Callable[[LogsBackend, Members], dict[str, Any] | None]

_OWN: dict[str, Answer] = {
    "CreateLogGroup": group_requests.create_log_group,
    "DeleteLogGroup": group_requests.delete_log_group,
    "DescribeLogGroups": group_requests.describe_log_groups,
    "CreateLogStream": group_requests.create_log_stream,
    "DeleteLogStream": group_requests.delete_log_stream,
    "DescribeLogStreams": group_requests.describe_log_streams,
    "PutLogEvents": group_requests.put_log_events,
    "GetLogEvents": reading.get_events,
    "FilterLogEvents": reading.filter_events,
    "PutRetentionPolicy": group_requests.put_retention_policy,
    "DeleteRetentionPolicy": group_requests.delete_retention_policy,
    "PutMetricFilter": group_requests.put_metric_filter,
    "DeleteMetricFilter": group_requests.delete_metric_filter,
    "DescribeMetricFilters": group_requests.describe_metric_filters,
    "TestMetricFilter": group_requests.test_metric_filter,
    "DescribeSubscriptionFilters": group_requests.describe_subscription_filters,
}
# What moto answers, once these have found nothing wrong.
_CHECKED: dict[str, Callable[[LogsBackend, Members], None]] = {
    "PutSubscriptionFilter": group_requests.check_subscription,
    "StartQuery": lambda _, members: insights.check_query(members),
}
_UNMODELLED = ("StartLiveTail",)


def install(came: Callable[[Incoming], None]) -> None:
    """Answer CloudWatch Logs' requests from now on; ``came`` is told of each batch."""
    log_groups.install()
    log_groups.on_batch(came)
    urls.url_paths["{0}/$"] = LogsControl.dispatch


class LogsControl(LogsResponse):  # type: ignore[misc]
    """Answers what is in ``_OWN``; tags, destinations and exports are moto's."""

    def call_action(self) -> Any:
        """Answer an operation."""
        operation = self._get_action()
        try:
            if operation in _UNMODELLED:
                raise errors.unmodelled(f"CloudWatch Logs' operation {operation}")
            members = json.loads(self.body or "{}")
            _check(operation, members)
            check = _CHECKED.get(operation)
            if check is not None:
                check(self._backend, members)
            return super().call_action()
        except AWSError as error:
            return self._drawn(error)
        except NotImplementedError:
            what = f"CloudWatch Logs' operation {operation}"
            return self._drawn(errors.unmodelled(what))

    @property
    def _backend(self) -> LogsBackend:
        return log_groups.backend(self.current_account, self.region)

    def _drawn(self, error: AWSError) -> Any:
        code = "InvalidParameterException"
        code = code if error.code == "ValidationException" else error.code
        body = json.dumps({"__type": code, "message": error.message})
        headers = {**self.response_headers, "x-amzn-ErrorType": code}
        return error.status, headers, body


def _answering(answer: Answer) -> Callable[[LogsControl], str]:
    def respond(control: LogsControl) -> str:
        said = answer(control._backend, json.loads(control.body or "{}"))
        return "" if said is None else json.dumps(said)

    return respond


def _method(operation: str) -> str:
    """The name under which moto looks for what answers an operation."""
    return "".join(
        f"_{letter.lower()}" if letter.isupper() else letter for letter in operation
    ).lstrip("_")


# By moto's names, so that moto authorises them like its own.
for _operation, _answer in _OWN.items():
    setattr(LogsControl, _method(_operation), _answering(_answer))


def _check(operation: str, members: Members) -> None:
    """Hold a request to the model's constraints; a batch of events has its own."""
    model = _model()
    if operation == "PutLogEvents" or operation not in model.operation_names:
        return
    constraints.check(model.operation_model(operation), members)


@cache
def _model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("logs", "service-2"), "logs")
