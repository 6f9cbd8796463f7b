from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from grader.lab import Cloud, loops
from grader.lab.architecture import Architecture, Arrow, Box
from grader.lab.logs import LogLine
from grader.lab.why import explain, in_log

Deploy = Callable[..., str]
REQUEST = "8f507cfc-aaaa-4697-b07a-ac58fc914c95"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def log(*messages: str) -> list[LogLine]:
    return [LogLine(NOON, "stream", message) for message in messages]


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        (
            f"2026-11-23T12:00:00Z {REQUEST} Task timed out after 3.00 seconds",
            "Timeout",
        ),
        (
            "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No "
            "module named 'PIL'",
            "List the names in the zip",
        ),
        (
            "[ERROR] Runtime.HandlerNotFound: Handler 'main' missing on module 'app'",
            "file.function",
        ),
        ("[ERROR] Runtime.UserCodeSyntaxError: Syntax error in module 'app'", "parse"),
        ("[ERROR] Runtime.MarshalError: Unable to marshal response", "become JSON"),
        (
            f"RequestId: {REQUEST} Error: Runtime exited with error: signal: killed\n"
            "Runtime.ExitError",
            "MemorySize",
        ),
        (
            f"RequestId: {REQUEST} Error: Runtime exited with error: exit status 1",
            "never exits",
        ),
        (
            "[ERROR] ClientError: An error occurred (AccessDenied) when calling the "
            "PutObject operation: Access Denied",
            "policy of the role",
        ),
        ("[ERROR] NoSuchKey: The specified key does not exist.", "unquote_plus"),
        ("[ERROR] KeyError: 'Records'\nTraceback (most recent call last):", "S3 sends"),
        ("[ERROR] ValueError: no\nTraceback (most recent call last):", "raised"),
        (
            f"2026-11-23T12:00:00.000Z\t{REQUEST}\tERROR\tInvoke Error \t"
            '{"errorType":"Error","errorMessage":"no"}',
            "raised",
        ),
    ],
)
def test_each_first_error_has_its_advice(message: str, advice: str) -> None:
    """The usual first errors are told apart by their log line."""
    failure = in_log("f", log(f"START RequestId: {REQUEST} Version: $LATEST", message))
    assert failure is not None
    assert advice in failure.look


def test_the_request_is_that_of_the_line_before() -> None:
    """A line that names no request belongs to the START before it in its stream."""
    start = f"START RequestId: {REQUEST} Version: $LATEST"
    failure = in_log("f", log(start, "[ERROR] ValueError: no"))
    assert failure is not None
    assert REQUEST in failure.what


def test_ordinary_lines_are_no_failure() -> None:
    """START, END, REPORT and prints tell of no failure."""
    ordinary = log(
        f"START RequestId: {REQUEST} Version: $LATEST",
        "all is well",
        f"END RequestId: {REQUEST}",
        f"REPORT RequestId: {REQUEST}\tDuration: 1.00 ms\tBilled Duration: 1 ms\t"
        "Memory Size: 128 MB\tMax Memory Used: 30 MB",
    )
    assert in_log("f", ordinary) is None


def test_the_error_is_told_and_not_the_report_of_its_init() -> None:
    """Where an INIT failed, the line above its INIT_REPORT says why."""
    failure = in_log(
        "f",
        log(
            "[ERROR] Runtime.HandlerNotFound: Handler 'main' missing on module 'app'",
            "INIT_REPORT Init Duration: 60.20 ms\tPhase: invoke\tStatus: error\t"
            "Error Type: Runtime.HandlerNotFound",
        ),
    )
    assert failure is not None
    assert failure.detail.startswith("[ERROR] Runtime.HandlerNotFound: Handler 'main'")


def test_the_way_of_a_loop_is_told() -> None:
    """The bucket that a function writes to and that invokes it, and how keys grew."""
    bucket, function = Box("bucket", "inbox"), Box("function", "count")
    drawn = Architecture(
        "us-east-1",
        (bucket, function),
        (
            Arrow(bucket, function, "ObjectCreated:* prefix 'in/'"),
            Arrow(function, bucket, "may read, write"),
        ),
    )
    journal = [
        {
            "kind": "delivery",
            "function": "count",
            "source": "s3",
            "event": {"Records": [{"s3": {"object": {"key": key}}}]},
        }
        for key in ("in/a", "in/a.json", "in/a.json.json")
    ]
    said = loops.told("count", journal, drawn)
    assert "count may write into the bucket inbox, and that bucket invokes" in said
    assert "in/a, then in/a.json, then in/a.json.json" in said


def test_the_way_of_a_loop_over_a_queue_is_told() -> None:
    """The queue that a function sends to and that is polled for it."""
    queue, function = Box("queue", "work"), Box("function", "count")
    drawn = Architecture(
        "us-east-1",
        (queue, function),
        (
            Arrow(queue, function, "batches of up to 10 (Enabled)"),
            Arrow(function, queue, "may send, receive"),
        ),
    )
    assert loops.told("count", [], drawn) == (
        "The loop: count may send to the queue work, and that queue invokes count for "
        "batches of up to 10 (Enabled). Have the function send to another queue than "
        "the one that invokes it."
    )


def test_a_blocked_shard_is_told(cloud: Cloud, deploy: Deploy) -> None:
    """After the second attempt, with what the mapping can do about it."""
    stream = cloud.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )["TableDescription"]["LatestStreamArn"]
    deploy(cloud, "reads", "raise ValueError('bad')", may=["dynamodb:*"])
    cloud.client("lambda").create_event_source_mapping(
        FunctionName="reads", EventSourceArn=stream, StartingPosition="LATEST"
    )
    cloud.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "a"}})
    cloud.settle()
    assert "ValueError: bad" in cloud.why().text
    cloud.clock.advance("1 second")
    said = cloud.why().text
    assert "waits until it succeeds or they are given up" in said
    assert "BisectBatchOnFunctionError" in said
    cloud.clock.advance("10 minutes")
    assert "waits until it succeeds or they are given up" in cloud.why().text
    notes = [one for one in cloud.journal() if one["kind"] == "blocked"]
    assert len(notes) == 1


def test_a_stopped_loop_is_told(cloud: Cloud, deploy: Deploy) -> None:
    """After Lambda stopped a function that invokes itself, why() says so."""
    deploy(
        cloud,
        "again",
        "import boto3\n    boto3.client('lambda').invoke("
        "FunctionName='again', InvocationType='Event')",
        may=["lambda:InvokeFunction"],
    )
    cloud.client("lambda").invoke(FunctionName="again", InvocationType="Event")
    cloud.settle()
    said = cloud.why().text
    assert "one chain of events reached again more than 16 times" in said
    assert "it comes back as its event" in said


def test_runs_after_a_failure_are_told(cloud: Cloud, deploy: Deploy) -> None:
    """A failure of long ago doesn't look like today's."""
    deploy(cloud, "reads", "return event['Records']")
    client = cloud.client("lambda")
    client.invoke(FunctionName="reads", Payload=b"{}")
    assert "Since then" not in cloud.why().text
    client.invoke(FunctionName="reads", Payload=b'{"Records": []}')
    assert "Since then it has run once without an error" in cloud.why().text


def test_nothing_has_failed_yet(cloud: Cloud) -> None:
    """An account without a failure says so."""
    assert cloud.why().text == "Nothing has failed"


def test_the_last_failure_is_told(cloud: Cloud, deploy: Deploy) -> None:
    """why() quotes the error of the function that failed last, and where to look."""
    deploy(cloud, "reads", "return event['Records']")
    cloud.client("lambda").invoke(FunctionName="reads", Payload=b"{}")
    said = cloud.why().text
    assert "reads failed, request" in said
    assert "KeyError: 'Records'" in said
    assert "cloud.logs('reads')" in said


def test_a_dropped_event_is_told(cloud: Cloud, deploy: Deploy) -> None:
    """An event that Lambda gave up is the later failure."""
    deploy(cloud, "reads", "return event['Records']")
    cloud.client("lambda").invoke(FunctionName="reads", InvocationType="Event")
    cloud.clock.advance("10 minutes")
    assert "dropped after 3 attempts" in cloud.why().text


def test_a_call_that_nobody_waited_for_is_told(cloud: Cloud) -> None:
    """Whose call, and what it lacks; it isn't an event that went wrong."""
    message = "notes answered without waiting for its call of PutObject."
    entry = {
        "kind": "late",
        "at": NOON.timestamp(),
        "source": "lambda",
        "resource": "arn:aws:lambda:us-east-1:123456789012:function:notes",
        "message": message,
        "request_id": None,
    }
    said = explain(cloud, [entry]).text
    assert "notes didn't wait for a call" in said
    assert message in said
    assert "needs await" in said


def test_a_report_that_lambda_cant_read_is_told(cloud: Cloud) -> None:
    """With what it should look like, for the source that it came from."""
    entry = {
        "kind": "report",
        "at": NOON.timestamp(),
        "source": "sqs",
        "resource": "arn:aws:lambda:us-east-1:123456789012:function:worker",
        "message": "Lambda can't read what worker reported of its batch.",
        "request_id": "3f1c",
    }
    said = explain(cloud, [entry]).text
    assert "can't read what worker reported" in said
    assert "with the messageId of a record" in said


def test_a_missing_permission_is_told(cloud: Cloud, deploy: Deploy) -> None:
    """An arrow that nothing gets through is named even if nothing was sent."""
    deploy(cloud, "web", "return 1")
    client = cloud.client("lambda")
    client.create_function_url_config(FunctionName="web", AuthType="NONE")
    assert "add_permission for lambda:InvokeFunctionUrl" in cloud.why().text


def test_html_is_escaped(cloud: Cloud, deploy: Deploy) -> None:
    """What a function logs can't become part of the page."""
    deploy(cloud, "reads", "raise ValueError('<script>')")
    cloud.client("lambda").invoke(FunctionName="reads")
    assert "<script>" not in cloud.why()._repr_html_()


def call_of_api(cloud: Cloud, arn: str) -> None:
    """Request a function through an HTTP API that may call it."""
    client = cloud.client("apigatewayv2")
    api = client.create_api(Name="front", ProtocolType="HTTP", Target=arn)
    cloud.client("lambda").add_permission(
        FunctionName=arn,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    assert cloud.http("GET", cloud.url(api)).status == 500


def test_an_answer_that_an_api_cant_pass_on_is_told(
    cloud: Cloud, deploy: Deploy
) -> None:
    """A dict as body fails no function; why() tells of the answer and its form."""
    call_of_api(
        cloud, deploy(cloud, "web", "return {'statusCode': 200, 'body': {'a': 1}}")
    )
    said = cloud.why().text
    assert "body is not a string but an object" in said
    assert "a body that is text" in said


def test_a_failed_function_is_told_before_its_answer(
    cloud: Cloud, deploy: Deploy
) -> None:
    """Where the function raised, why() quotes that and not the answer."""
    call_of_api(cloud, deploy(cloud, "web", "raise ValueError('no')"))
    assert "ValueError: no" in cloud.why().text
