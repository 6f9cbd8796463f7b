"""Log groups: retention, batches, reading, metric filters, subscriptions."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.cloud import Cloud
from tests.cloud.conftest import Account

DAY = 86_400
_names = (f"/studio/app-{number}" for number in itertools.count(1))


class Group:
    """A log group of its own for a test, with one stream."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.logs = account.client("logs")
        self.name = next(_names)
        self.logs.create_log_group(logGroupName=self.name)
        self.stream("web")

    def stream(self, name: str) -> None:
        self.logs.create_log_stream(logGroupName=self.name, logStreamName=name)

    def put(self, *messages: Any, stream: str = "web", age: float = 0.0) -> Any:
        """Put messages, dicts as JSON, all of one age in seconds."""
        at = int((time.time() - age) * 1000)
        texts = [m if isinstance(m, str) else json.dumps(m) for m in messages]
        return self.logs.put_log_events(
            logGroupName=self.name,
            logStreamName=stream,
            logEvents=[{"timestamp": at, "message": text} for text in texts],
        )

    def found(self, pattern: str = "", **wanted: Any) -> list[str]:
        events = self.logs.filter_log_events(
            logGroupName=self.name, filterPattern=pattern, **wanted
        )["events"]
        return [event["message"] for event in events]

    def described(self) -> dict[str, Any]:
        groups = self.logs.describe_log_groups(logGroupNamePrefix=self.name)
        found: dict[str, Any] = groups["logGroups"][0]
        return found


@pytest.fixture(scope="module")
def moving_account() -> Iterator[Account]:
    """An account for the module, whose clock tests move forward."""
    cloud = Cloud()
    cloud.start()
    yield Account(cloud)
    cloud.close()


@pytest.fixture
def group(moving_account: Account) -> Group:
    return Group(moving_account)


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


def test_retention_deletes(group: Group) -> None:
    """Events older than the retention are gone, and their bytes with them."""
    group.put("old")
    group.logs.put_retention_policy(logGroupName=group.name, retentionInDays=1)
    group.account.cloud.clock.advance(DAY - 60)
    group.put("new")
    assert group.found() == ["old", "new"]
    group.account.cloud.clock.advance(120)
    assert group.found() == ["new"]
    assert group.described()["storedBytes"] == len("new") + 26
    assert group.described()["retentionInDays"] == 1


def test_no_retention_keeps(group: Group) -> None:
    """Without a retention events stay for ever."""
    group.put("old")
    group.account.cloud.clock.advance(4000 * DAY)
    assert group.found() == ["old"]


def test_retention_takes_only_some_days(group: Group) -> None:
    """moto takes any number of days."""
    with pytest.raises(ClientError) as refused:
        group.logs.put_retention_policy(logGroupName=group.name, retentionInDays=2)
    code, message = refusal(refused)
    assert code == "InvalidParameterException"
    assert message.startswith(
        "1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy"
        " constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30,"
    )


def test_rejected_events(group: Group) -> None:
    """Too old, expired and too new events are left out, and their places told."""
    group.logs.put_retention_policy(logGroupName=group.name, retentionInDays=3)
    now = int(time.time() * 1000)

    def put(*ages: float) -> Any:
        return group.logs.put_log_events(
            logGroupName=group.name,
            logStreamName="web",
            logEvents=[
                {"timestamp": now - int(age * 1000), "message": f"{age}"}
                for age in ages
            ],
        ).get("rejectedLogEventsInfo")

    assert put(15 * DAY, 14.5 * DAY) == {"tooOldLogEventEndIndex": 2}
    assert put(3.5 * DAY, 2.9 * DAY) == {"expiredLogEventEndIndex": 1}
    assert put(0, -2.5 * 3600, -3 * 3600) == {"tooNewLogEventStartIndex": 1}
    assert group.found() == [f"{2.9 * DAY}", "0"]


@pytest.mark.parametrize(
    ("stamps", "message"),
    [
        (
            [1, 0],
            "Log events in a single PutLogEvents request must be in chronological"
            " order.",
        ),
        (
            [-90_000, 0],
            "The batch of log events in a single PutLogEvents request cannot span more"
            " than 24 hours.",
        ),
    ],
)
def test_refused_batches(group: Group, stamps: list[int], message: str) -> None:
    """A batch out of order, or over a day long, isn't taken at all."""
    now = int(time.time())
    with pytest.raises(ClientError) as refused:
        group.logs.put_log_events(
            logGroupName=group.name,
            logStreamName="web",
            logEvents=[
                {"timestamp": (now + one) * 1000, "message": "x"} for one in stamps
            ],
        )
    assert refusal(refused) == ("InvalidParameterException", message)


def test_a_batch_is_at_most_a_megabyte(group: Group) -> None:
    """The bytes of all messages, and 26 for each event, count."""
    with pytest.raises(ClientError) as refused:
        group.put("x" * 600_000, "y" * 450_000)
    assert refusal(refused)[1] == (
        "Upload too large: 1050052 bytes exceeds limit of 1048576"
    )


@pytest.mark.parametrize(
    ("operation", "members", "what"),
    [
        ("get_log_events", {"logStreamName": "nope"}, "log stream"),
        ("put_log_events", {"logStreamName": "nope"}, "log stream"),
        ("delete_log_stream", {"logStreamName": "nope"}, "log stream"),
        ("filter_log_events", {"logStreamNames": ["nope"]}, "log stream"),
        ("delete_metric_filter", {"filterName": "nope"}, "metric filter"),
        ("describe_log_streams", {"logGroupName": "nope"}, "log group"),
    ],
)
def test_what_is_missing_is_named(
    group: Group, operation: str, members: dict[str, Any], what: str
) -> None:
    """moto says that the group is missing where it is the stream."""
    wanted = {"logGroupName": group.name, **members}
    if operation == "put_log_events":
        wanted["logEvents"] = [{"timestamp": 1, "message": "x"}]
    with pytest.raises(ClientError) as refused:
        getattr(group.logs, operation)(**wanted)
    assert refusal(refused) == (
        "ResourceNotFoundException",
        f"The specified {what} does not exist.",
    )


def test_filtered_events_are_in_order_of_time(group: Group) -> None:
    """Events of all streams come by their time, and the newest first if asked."""
    group.stream("worker")
    group.put("second", age=20)
    group.put("first", stream="worker", age=30)
    group.put("third", stream="worker", age=10)
    assert group.found() == ["first", "second", "third"]
    assert group.found(startFromHead=False) == ["third", "second", "first"]
    assert group.found(logStreamNamePrefix="work") == ["first", "third"]
    assert group.found(logStreamNames=["web"]) == ["second"]


def test_pages_of_filtered_events(group: Group) -> None:
    """A token goes on where a page ended, with the same pattern."""
    group.put(*[{"n": n, "level": "ERROR" if n % 2 else "INFO"} for n in range(9)])
    pages = group.logs.get_paginator("filter_log_events").paginate(
        logGroupName=group.name,
        filterPattern='{ $.level = "ERROR" }',
        PaginationConfig={"PageSize": 3},
    )
    numbers = [
        [json.loads(event["message"])["n"] for event in page["events"]]
        for page in pages
    ]
    assert numbers == [[1, 3, 5], [7]]


def test_the_ends_of_a_range(group: Group) -> None:
    """FilterLogEvents includes the end, GetLogEvents doesn't."""
    group.put("x")
    at = group.logs.filter_log_events(logGroupName=group.name)["events"][0]["timestamp"]
    assert group.found(startTime=at, endTime=at) == ["x"]
    got = group.logs.get_log_events(
        logGroupName=group.name, logStreamName="web", startTime=at, endTime=at
    )
    assert got["events"] == []


def test_reading_a_stream_forward_and_back(group: Group) -> None:
    """The end of a stream is where the token comes back as it was."""
    group.put("a", "b", "c")

    def get(**more: Any) -> Any:
        return group.logs.get_log_events(
            logGroupName=group.name, logStreamName="web", limit=2, **more
        )

    def texts(answer: Any) -> list[str]:
        return [event["message"] for event in answer["events"]]

    tail = get()
    assert texts(tail) == ["b", "c"]
    before = get(nextToken=tail["nextBackwardToken"])
    assert texts(before) == ["a"]
    end = get(nextToken=tail["nextForwardToken"])
    assert texts(end) == []
    assert end["nextForwardToken"] == tail["nextForwardToken"]
    assert texts(get(startFromHead=True)) == ["a", "b"]


def metric(group: Group, name: str, stat: str = "Sum", **wanted: Any) -> list[float]:
    """A statistic of each minute of the last hour, of a metric of the group's name."""
    points = group.account.client("cloudwatch").get_metric_statistics(
        **{
            "Namespace": group.name,
            "MetricName": name,
            "StartTime": time.time() - 3600,
            "EndTime": time.time() + 60,
            "Period": 3600,
            "Statistics": [stat],
            **wanted,
        }
    )["Datapoints"]
    return [point[stat] for point in points]


def put_filter(group: Group, pattern: str, **transformation: Any) -> None:
    group.logs.put_metric_filter(
        logGroupName=group.name,
        filterName=transformation.get("metricName", "Errors"),
        filterPattern=pattern,
        metricTransformations=[
            {
                "metricName": "Errors",
                "metricNamespace": group.name,
                "metricValue": "1",
                **transformation,
            }
        ],
    )


def test_a_metric_filter_counts(group: Group) -> None:
    """Each event that matches, from then on, adds the value; moto adds nothing."""
    group.put({"level": "ERROR"})
    put_filter(group, '{ $.level = "ERROR" }')
    group.put({"level": "ERROR"}, {"level": "INFO"}, "ERROR", {"level": "ERROR"})
    assert metric(group, "Errors") == [2.0]
    assert metric(group, "Errors", "SampleCount") == [2.0]
    assert group.described()["metricFilterCount"] == 1


def test_a_metric_filter_takes_values_from_events(group: Group) -> None:
    """The value of a selector or column; what isn't a number adds nothing."""
    put_filter(
        group,
        "{ $.latency = * }",
        metricName="Latency",
        metricValue="$.latency",
        unit="Milliseconds",
    )
    put_filter(group, "[ip, ..., size > 100]", metricName="Size", metricValue="$size")
    group.put({"latency": 20}, {"latency": 30.5}, {"latency": "slow"}, {"other": 1})
    group.put("127.0.0.1 GET 200", "127.0.0.1 GET 50")
    assert metric(group, "Latency", Unit="Milliseconds") == [50.5]
    assert metric(group, "Size") == [200.0]


def test_a_default_value_stands_for_events_that_do_not_match(group: Group) -> None:
    """So a metric has data, zeros, while nothing goes wrong."""
    put_filter(group, "ERROR", defaultValue=0)
    group.put("ok", "fine", "ERROR")
    assert metric(group, "Errors") == [1.0]
    assert metric(group, "Errors", "SampleCount") == [3.0]


def test_dimensions_of_a_metric_filter(group: Group) -> None:
    """Each combination of values is a metric of its own."""
    put_filter(group, '{ $.level = "ERROR" }', dimensions={"Service": "$.service"})
    group.put(
        {"level": "ERROR", "service": "web"},
        {"level": "ERROR", "service": "worker"},
        {"level": "ERROR", "service": "web"},
        {"level": "ERROR"},
    )
    web = [{"Name": "Service", "Value": "web"}]
    assert metric(group, "Errors", Dimensions=web) == [2.0]
    assert metric(group, "Errors") == []


@pytest.mark.parametrize(
    ("pattern", "transformation", "message"),
    [
        (
            "{ $.a = 1 }",
            {"dimensions": {"A": "$.a"}, "defaultValue": 0},
            "Invalid metric transformation: dimensions and default value are mutually"
            " exclusive properties.",
        ),
        (
            "ERROR",
            {"dimensions": {"A": "$.a"}},
            "The specified filter pattern does not support dimensions",
        ),
        ("{ $.a = ", {}, "Invalid filter pattern"),
        (
            "ERROR",
            {"metricValue": "one"},
            "Invalid metric transformation: 'one' is neither a number nor a field of"
            " the log event.",
        ),
    ],
)
def test_refused_metric_filters(
    group: Group, pattern: str, transformation: dict[str, Any], message: str
) -> None:
    """What can't be published is refused when the filter is put."""
    with pytest.raises(ClientError) as refused:
        put_filter(group, pattern, **transformation)
    assert refusal(refused) == ("InvalidParameterException", message)


def test_a_metric_filter_is_replaced_by_its_name(group: Group) -> None:
    """moto keeps both."""
    put_filter(group, "ERROR")
    put_filter(group, "FATAL")
    found = group.logs.describe_metric_filters(logGroupName=group.name)
    assert [one["filterPattern"] for one in found["metricFilters"]] == ["FATAL"]


def test_trying_a_pattern_out(group: Group) -> None:
    """TestMetricFilter numbers the messages from 1 and says what it found."""
    answer = group.logs.test_metric_filter(
        filterPattern="{ $.n > 1 }", logEventMessages=['{"n": 1}', '{"n": 2}']
    )
    assert answer["matches"] == [
        {
            "eventNumber": 2,
            "eventMessage": '{"n": 2}',
            "extractedValues": {"$.n": "2"},
        }
    ]


def test_functions_logs_pass_metric_filters(group: Group) -> None:
    """What a function prints is filtered like any other event."""
    account = group.account
    name = account.deploy(
        "import json\n"
        "def handler(event, context):\n"
        "    print(json.dumps({'level': 'ERROR', 'order': event['order']}))\n"
    )
    group.name = f"/aws/lambda/{name}"
    group.logs.create_log_group(logGroupName=group.name)
    put_filter(group, '{ $.level = "ERROR" }', metricNamespace="Studio")
    account.invoke(name, {"order": 1})
    account.invoke(name, {"order": 2})
    assert metric(group, "Errors", Namespace="Studio") == [2.0]


def test_subscriptions_honour_their_pattern(group: Group) -> None:
    """moto sends every event, whatever the pattern."""
    account = group.account
    name = account.deploy(
        "def handler(event, context):\n    print('GOT', event['awslogs']['data'])\n"
    )
    arn = account.aws_lambda.get_function_configuration(FunctionName=name)[
        "FunctionArn"
    ]
    subscribe = {
        "logGroupName": group.name,
        "filterName": "errors",
        "filterPattern": "ERROR -expected",
        "destinationArn": arn,
    }
    with pytest.raises(ClientError) as refused:
        group.logs.put_subscription_filter(**subscribe)
    assert refusal(refused)[1].startswith("Could not execute the lambda function.")
    account.aws_lambda.add_permission(
        FunctionName=name,
        StatementId="logs",
        Action="lambda:InvokeFunction",
        Principal="logs.amazonaws.com",
    )
    group.logs.put_subscription_filter(**subscribe)
    group.put("fine", "ERROR 1", "expected ERROR")
    account.cloud.clock.settle(30)
    lines = [line for line in account.log_lines(name) if line.startswith("GOT")]
    data = gzip.decompress(base64.b64decode(lines[0].split()[1]))
    sent = [event["message"] for event in json.loads(data)["logEvents"]]
    assert (len(lines), sent) == (1, ["ERROR 1"])


def test_group_names_of_a_page(group: Group) -> None:
    """Groups are described by name, at most 50 at once, by prefix or by part."""
    for letter in "bca":
        group.logs.create_log_group(logGroupName=f"{group.name}/{letter}")
    first = group.logs.describe_log_groups(logGroupNamePrefix=f"{group.name}/", limit=2)
    rest = group.logs.describe_log_groups(
        logGroupNamePrefix=f"{group.name}/", limit=2, nextToken=first["nextToken"]
    )
    names = [
        one["logGroupName"][-1] for page in (first, rest) for one in page["logGroups"]
    ]
    assert names == ["a", "b", "c"]
    part = group.logs.describe_log_groups(logGroupNamePattern=f"{group.name[-3:]}/b")
    assert len(part["logGroups"]) == 1


@pytest.mark.parametrize(
    ("operation", "members", "what"),
    [
        (
            "put_query_definition",
            {"name": "x", "queryString": "x"},
            "PutQueryDefinition",
        ),
        (
            "start_query",
            {"startTime": 0, "endTime": 1, "queryString": "stats count()"},
            "the command stats of Logs Insights",
        ),
        (
            "create_log_group",
            {"logGroupName": "ia", "logGroupClass": "INFREQUENT_ACCESS"},
            "log group class INFREQUENT_ACCESS",
        ),
    ],
)
def test_what_is_not_modelled_says_so(
    group: Group, operation: str, members: dict[str, Any], what: str
) -> None:
    """Nothing is taken and then ignored."""
    if operation == "start_query":
        members = {**members, "logGroupName": group.name}
    with pytest.raises(ClientError) as refused:
        getattr(group.logs, operation)(**members)
    assert f"The local cloud doesn't model {what}" in refusal(refused)[1].replace(
        "CloudWatch Logs' operation ", ""
    )
