"""What services measure of themselves: AWS/Lambda, AWS/ApiGateway, AWS/Logs, AWS/S3."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cloud.monitoring.conftest import Watch

FUNCTION = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("no")
    return {"statusCode": event.get("status", 200), "body": "hello"}
"""


def stat(
    watch: Watch, metric: str, stat: str, namespace: str = "AWS/Lambda", **by: str
) -> float | None:
    """One statistic over the last and the next hour; None where there is no data."""
    points = watch.cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in by.items()],
        StartTime=time.time() - 3600,
        EndTime=time.time() + 3600,
        Period=7200,
        Statistics=[stat],
    )["Datapoints"]
    return points[0][stat] if points else None


def test_invocations_errors_and_durations(watch: Watch) -> None:
    """Every invocation counts, an error also as one, and its duration is measured."""
    name = watch.account.deploy(FUNCTION)
    for fail in (False, True, False):
        watch.account.invoke(name, {"fail": fail})
    by = {"FunctionName": name}
    assert stat(watch, "Invocations", "Sum", **by) == 3
    assert stat(watch, "Errors", "Sum", **by) == 1
    assert stat(watch, "Errors", "SampleCount", **by) == 3
    assert stat(watch, "Throttles", "Sum", **by) == 0
    assert stat(watch, "Duration", "SampleCount", **by) == 3
    assert stat(watch, "Duration", "Minimum", **by) > 0  # type: ignore[operator]
    assert stat(watch, "ConcurrentExecutions", "Maximum", **by) == 1


def test_durations_have_percentiles(watch: Watch) -> None:
    """The samples are kept, so p50 is one of them."""
    name = watch.account.deploy(FUNCTION)
    for _ in range(3):
        watch.account.invoke(name)
    found = watch.cloudwatch.get_metric_data(
        MetricDataQueries=[
            {
                "Id": name_of_it,
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/Lambda",
                        "MetricName": "Duration",
                        "Dimensions": [{"Name": "FunctionName", "Value": name}],
                    },
                    "Period": 3600,
                    "Stat": stat,
                },
            }
            for name_of_it, stat in (
                ("low", "Minimum"),
                ("middle", "p50"),
                ("high", "Maximum"),
            )
        ],
        StartTime=time.time() - 3600,
        EndTime=time.time() + 3600,
    )["MetricDataResults"]
    low, middle, high = (one["Values"][0] for one in found)
    assert low <= middle <= high


def test_the_dimensions_of_an_alias(watch: Watch) -> None:
    """A call of an alias counts for the function, the alias and what it ran."""
    name = watch.account.deploy(FUNCTION, Publish=True)
    client = watch.account.aws_lambda
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    watch.account.invoke(name, Qualifier="live")
    watch.account.invoke(name, Qualifier="1")
    watch.account.invoke(name)
    listed = watch.cloudwatch.list_metrics(
        Namespace="AWS/Lambda", MetricName="Invocations"
    )["Metrics"]
    dimensions = [
        {one["Name"]: one["Value"] for one in metric["Dimensions"]} for metric in listed
    ]
    assert dimensions == [
        {},
        {"ExecutedVersion": "1", "FunctionName": name, "Resource": f"{name}:live"},
        {"FunctionName": name},
        {"FunctionName": name, "Resource": name},
        {"FunctionName": name, "Resource": f"{name}:1"},
        {"FunctionName": name, "Resource": f"{name}:live"},
    ]
    assert stat(watch, "Invocations", "Sum") == 3
    assert stat(watch, "Invocations", "Sum", FunctionName=name) == 3


def test_throttles_are_no_invocations(watch: Watch) -> None:
    """What was refused for its concurrency counts as a throttle alone."""
    name = watch.account.deploy(FUNCTION)
    client = watch.account.aws_lambda
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(client.exceptions.TooManyRequestsException):
        watch.account.invoke(name)
    assert stat(watch, "Throttles", "Sum", FunctionName=name) == 1
    assert stat(watch, "Invocations", "Sum", FunctionName=name) is None


def test_concurrent_executions(watch: Watch) -> None:
    """Executions that run at the same time show in the maximum."""
    name = watch.account.deploy(
        "import time\ndef handler(event, context):\n    time.sleep(0.4)\n"
    )
    threads = [
        threading.Thread(target=watch.account.invoke, args=(name,)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stat(watch, "ConcurrentExecutions", "Maximum", FunctionName=name) == 3
    assert stat(watch, "UnreservedConcurrentExecutions", "Maximum") == 3


def test_asynchronous_events(watch: Watch) -> None:
    """Events count as received, with their age at each attempt, and as dropped."""
    name = watch.account.deploy(FUNCTION)
    watch.account.aws_lambda.invoke(
        FunctionName=name,
        InvocationType="Event",
        Payload=json.dumps({"fail": True}).encode(),
    )
    watch.clock.settle(30)
    watch.clock.advance(300)
    watch.clock.settle(30)
    by = {"FunctionName": name}
    assert stat(watch, "AsyncEventsReceived", "Sum", **by) == 1
    assert stat(watch, "AsyncEventAge", "SampleCount", **by) == 3
    assert stat(watch, "AsyncEventAge", "Maximum", **by) >= 180_000  # type: ignore[operator]
    assert stat(watch, "AsyncEventsDropped", "Sum", **by) == 1
    assert stat(watch, "Errors", "Sum", **by) == 3


def test_an_alarm_on_errors_of_a_function(watch: Watch) -> None:
    """An alarm sees what functions do without anybody reading the metric."""
    name = watch.account.deploy(FUNCTION)
    watch.to_minute()
    watch.alarm(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": name}],
        Period=60,
        Threshold=1,
    )
    watch.clock.advance(60)
    watch.account.invoke(name, {"fail": True})
    watch.clock.advance(60)
    assert watch.state() == "ALARM"


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def permit(watch: Watch, name: str) -> str:
    client = watch.account.aws_lambda
    client.add_permission(
        FunctionName=name,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    arn: str = client.get_function_configuration(FunctionName=name)["FunctionArn"]
    return arn


def test_the_metrics_of_an_http_api(watch: Watch) -> None:
    """By ApiId and by stage: 4xx, 5xx, Count, Latency, IntegrationLatency, data."""
    name = watch.account.deploy(
        "def handler(event, context):\n"
        "    return {'statusCode': int(event['rawPath'][1:]), 'body': 'hello'}\n"
    )
    api = watch.account.client("apigatewayv2").create_api(
        Name="web", ProtocolType="HTTP", Target=permit(watch, name)
    )
    base = f"{watch.account.cloud.endpoint_url}/_aws/execute-api/{api['ApiId']}"
    assert [status_of(f"{base}/{code}") for code in (200, 404, 503, 200)] == [
        200,
        404,
        503,
        200,
    ]

    def total(metric: str, statistic: str = "Sum", **by: str) -> Any:
        wanted = by or {"ApiId": api["ApiId"]}
        return stat(watch, metric, statistic, "AWS/ApiGateway", **wanted)

    assert total("Count") == 4
    assert (total("4xx"), total("5xx"), total("4xx", "Average")) == (1, 1, 0.25)
    assert total("DataProcessed") == 4 * len("hello")
    assert total("Latency", "Average") >= total("IntegrationLatency", "Average") > 0
    assert total("Count", ApiId=api["ApiId"], Stage="$default") == 4


def test_the_metrics_of_a_rest_api(watch: Watch) -> None:
    """By ApiName and by stage; by method too, once the stage's details are on."""
    client = watch.account.client("apigateway")
    api = client.create_rest_api(name="studio")["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    client.put_method(
        restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE"
    )
    client.put_integration(
        restApiId=api,
        resourceId=root,
        httpMethod="GET",
        type="MOCK",
        requestTemplates={"application/json": '{"statusCode": 200}'},
    )
    client.put_method_response(
        restApiId=api, resourceId=root, httpMethod="GET", statusCode="200"
    )
    client.put_integration_response(
        restApiId=api, resourceId=root, httpMethod="GET", statusCode="200"
    )
    client.create_deployment(restApiId=api, stageName="v1")
    base = f"{watch.account.cloud.endpoint_url}/_aws/execute-api/{api}/v1"
    assert [status_of(f"{base}/"), status_of(f"{base}/nope")] == [200, 403]

    def total(metric: str, **by: str) -> Any:
        return stat(watch, metric, "Sum", "AWS/ApiGateway", ApiName="studio", **by)

    assert (total("Count"), total("Count", Stage="v1")) == (2, 2)
    assert (total("4XXError"), total("5XXError")) == (1, 0)
    detail = {"Stage": "v1", "Method": "GET", "Resource": "/"}
    assert total("Count", **detail) is None
    client.update_stage(
        restApiId=api,
        stageName="v1",
        patchOperations=[
            {"op": "replace", "path": "/*/*/metrics/enabled", "value": "true"}
        ],
    )
    status_of(f"{base}/")
    assert total("Count", **detail) == 1


def test_what_comes_into_a_log_group(watch: Watch) -> None:
    """Events and their bytes are counted by group."""
    watch.logs.create_log_group(logGroupName="app")
    watch.logs.create_log_stream(logGroupName="app", logStreamName="web")
    watch.logs.put_log_events(
        logGroupName="app",
        logStreamName="web",
        logEvents=[
            {"timestamp": int(time.time() * 1000), "message": text}
            for text in ("one", "two")
        ],
    )
    by = {"LogGroupName": "app"}
    assert stat(watch, "IncomingLogEvents", "Sum", "AWS/Logs", **by) == 2
    assert stat(watch, "IncomingBytes", "Sum", "AWS/Logs", **by) == 2 * (3 + 26)


def test_what_a_table_consumes(watch: Watch) -> None:
    """Units are counted by table, those of a global index apart."""
    client = watch.account.client("dynamodb")
    client.create_table(
        TableName="enquiries",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "day")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-day",
                "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for number in range(3):
        client.put_item(
            TableName="enquiries", Item={"id": {"S": f"{number}"}, "day": {"S": "x"}}
        )
    client.get_item(TableName="enquiries", Key={"id": {"S": "1"}})
    by = {"TableName": "enquiries"}

    def total(metric: str, **more: str) -> Any:
        return stat(watch, metric, "Sum", "AWS/DynamoDB", **by, **more)

    assert total("ConsumedWriteCapacityUnits") == 3
    assert total("ConsumedReadCapacityUnits") == 0.5
    index = {"GlobalSecondaryIndexName": "by-day"}
    assert total("ConsumedWriteCapacityUnits", **index) == 3


def test_the_daily_size_of_a_bucket(watch: Watch) -> None:
    """A day's size lies at its midnight; a new bucket has none yet."""
    s3 = watch.account.client("s3")
    bucket = f"photos-{watch.account.id}"
    s3.create_bucket(
        Bucket=bucket,
        CreateBucketConfiguration={"LocationConstraint": watch.account.region},
    )
    s3.put_object(Bucket=bucket, Key="a", Body=b"x" * 100)
    by = {"BucketName": bucket, "StorageType": "StandardStorage"}

    def size() -> Any:
        return watch.sums(
            "BucketSizeBytes",
            namespace="AWS/S3",
            Dimensions=[{"Name": name, "Value": value} for name, value in by.items()],
            StartTime=time.time() - 86_400,
            Period=3600,
        )

    assert size() == []
    watch.clock.advance(86_400)
    assert size() == [100]
