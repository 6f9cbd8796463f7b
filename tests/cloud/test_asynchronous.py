"""Asynchronous invocations: the queue, its retries and its bounds."""

import json
import threading

import pytest
from botocore.exceptions import ClientError

from grader.cloud import functions
from grader.cloud.access import acting
from grader.cloud.access.audit_trail import AuditTrail
from grader.cloud.access.execution_roles import ExecutionRoles
from grader.cloud.asynchronous import AsynchronousInvoker
from grader.cloud.lineage import advance


@pytest.fixture
def cloud(shared_cloud):
    return shared_cloud


@pytest.fixture
def account(fresh_account):
    """An account whose functions may send to every kind of destination."""
    fresh_account.permit(*acting.SENDING.values())
    return fresh_account


TELLS = """
import json

def handler(event, context):
    print("EVENT", json.dumps(event))
    return {"seen": event}
"""

FAILS = """
def handler(event, context):
    raise ValueError("no such thing")
"""

WORKS_THE_THIRD_TIME = """
attempts = 0

def handler(event, context):
    global attempts
    attempts += 1
    if attempts < 3:
        raise ValueError("not yet")
    return attempts
"""


def send(account, function="words", event=None, **kwargs):
    return account.aws_lambda.invoke(
        FunctionName=function,
        InvocationType="Event",
        Payload=json.dumps(event or {}),
        **kwargs,
    )


def starts(account, function="words"):
    """Seconds and request id of each attempt, by the START lines of the log."""
    found = account.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{function}", filterPattern="START"
    )
    return [
        (event["timestamp"] / 1000, event["message"].split()[2])
        for event in found["events"]
        if event["message"].startswith("START")
    ]


def records(account, url):
    return [json.loads(message["Body"]) for message in account.messages(url)]


def configure(account, function="words", **settings):
    account.aws_lambda.put_function_event_invoke_config(
        FunctionName=function, **settings
    )


def on_failure(arn):
    return {"OnFailure": {"Destination": arn}}


def test_an_event_is_accepted(account):
    """Invoke answers 202 with an empty body."""
    account.deploy(TELLS, FunctionName="words")
    answer = send(account)
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")


def test_an_accepted_event_is_delivered(cloud, account):
    """The function gets the event as it was sent, under the answer's request id."""
    account.deploy(TELLS, FunctionName="words")
    answer = send(account, event={"n": 1})
    cloud.clock.settle()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert [one for _, one in starts(account)] == [request_id]
    assert 'EVENT {"n": 1}\n' in account.log_lines("words")


def test_the_client_context_is_for_synchronous_invocations(cloud, account):
    """An asynchronous event leaves its client context behind."""
    told = "    print('TOLD', context.client_context)"
    account.deploy(f"def handler(event, context):\n{told}", FunctionName="words")
    account.aws_lambda.invoke(
        FunctionName="words",
        InvocationType="Event",
        ClientContext="eyJjdXN0b20iOiB7ImEiOiAiYiJ9fQ==",
    )
    cloud.clock.settle()
    assert "TOLD None\n" in account.log_lines("words")


def test_a_missing_function_is_told_at_once(account):
    """Only an existing function has a queue."""
    with pytest.raises(ClientError) as raised:
        send(account, "nobody")
    assert raised.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_missing_alias_is_told_at_once(account):
    """A qualifier has to exist when the event is sent."""
    account.deploy(TELLS, FunctionName="words")
    with pytest.raises(ClientError) as raised:
        send(account, Qualifier="live")
    assert raised.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_an_event_has_at_most_one_megabyte(account):
    """Larger ones are refused with 413 in the words for Event invocations."""
    account.deploy(TELLS, FunctionName="words")
    with pytest.raises(ClientError) as raised:
        send(account, event="x" * 1024 * 1024)
    error = raised.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert error["Error"] == {
        "Code": "RequestEntityTooLargeException",
        "Message": "1048578 byte payload is too large for the Event invocation type"
        " (limit 1048576 bytes)",
    }


def test_an_event_is_json(account):
    """What isn't JSON is refused before it is queued."""
    account.deploy(TELLS, FunctionName="words")
    with pytest.raises(ClientError) as raised:
        account.aws_lambda.invoke(
            FunctionName="words", InvocationType="Event", Payload=b"{not json"
        )
    assert raised.value.response["Error"]["Code"] == "InvalidRequestContentException"


def test_settling_doesnt_wait_for_a_later_retry(cloud, account):
    """After the first failure nothing is due now: one attempt has been made."""
    account.deploy(FAILS, FunctionName="words")
    send(account)
    assert cloud.clock.settle()
    assert len(starts(account)) == 1


def test_a_failing_function_is_tried_three_times(cloud, account):
    """Two retries: one minute after the first attempt, two after the second."""
    account.deploy(FAILS, FunctionName="words")
    send(account)
    cloud.clock.settle()
    cloud.clock.advance(6 * 3600)
    times = [at for at, _ in starts(account)]
    assert [round(at - times[0]) for at in times] == [0, 60, 180]


def test_every_attempt_has_the_same_request_id(cloud, account):
    """A retry isn't another request."""
    account.deploy(FAILS, FunctionName="words")
    request_id = send(account)["ResponseMetadata"]["RequestId"]
    cloud.clock.settle()
    cloud.clock.advance(180)
    assert [one for _, one in starts(account)] == [request_id] * 3


def test_a_function_may_fail_twice(cloud, account):
    """What works in the end is a success, after three attempts."""
    url, arn = account.queue("worked")
    account.deploy(WORKS_THE_THIRD_TIME, FunctionName="words")
    configure(account, DestinationConfig={"OnSuccess": {"Destination": arn}})
    send(account)
    cloud.clock.settle()
    cloud.clock.advance(180)
    context = records(account, url)[0]["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("Success", 3)


@pytest.mark.parametrize("retries", [0, 1])
def test_the_number_of_retries_can_be_set(cloud, account, retries):
    """MaximumRetryAttempts counts what follows the first attempt."""
    account.deploy(FAILS, FunctionName="words")
    configure(account, MaximumRetryAttempts=retries)
    send(account)
    cloud.clock.settle()
    cloud.clock.advance(3600)
    assert len(starts(account)) == 1 + retries


def test_settings_belong_to_a_qualifier(cloud, account):
    """An alias has its own event settings; $LATEST keeps the defaults."""
    account.deploy(FAILS, FunctionName="words", Publish=True)
    account.aws_lambda.create_alias(
        FunctionName="words", Name="live", FunctionVersion="1"
    )
    configure(account, Qualifier="live", MaximumRetryAttempts=0)
    aliased = send(account, Qualifier="live")["ResponseMetadata"]["RequestId"]
    latest = send(account)["ResponseMetadata"]["RequestId"]
    cloud.clock.settle()
    cloud.clock.advance(3600)
    ids = [one for _, one in starts(account)]
    assert (ids.count(aliased), ids.count(latest)) == (1, 3)


def test_an_event_that_grew_too_old_isnt_retried(cloud, account):
    """With a maximum age of one minute the first retry comes too late."""
    url, arn = account.queue("failed")
    account.deploy(FAILS, FunctionName="words")
    configure(account, MaximumEventAgeInSeconds=60, DestinationConfig=on_failure(arn))
    send(account)
    cloud.clock.settle()
    cloud.clock.advance(60)
    context = records(account, url)[0]["requestContext"]
    assert context["condition"] == "EventAgeExceeded"
    assert context["approximateInvokeCount"] == 1


@pytest.fixture
def busy(cloud, account):
    """A function with one unit of reserved concurrency, and what occupies it."""
    account.deploy(TELLS, FunctionName="words")
    account.aws_lambda.put_function_concurrency(
        FunctionName="words", ReservedConcurrentExecutions=1
    )
    found = functions.find(account.id, account.region, "words", None)
    return cloud.invoker._slot(found)


def test_a_throttled_event_comes_back_ever_later(cloud, account, busy):
    """The waits double: after 0, 1 and 3 seconds in vain, it runs after 7."""
    url, arn = account.queue("worked")
    configure(account, DestinationConfig={"OnSuccess": {"Destination": arn}})
    with busy:
        send(account)
        cloud.clock.settle()
        cloud.clock.advance(5)
    cloud.clock.advance(3)
    context = records(account, url)[0]["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("Success", 4)


def test_throttling_isnt_a_failed_attempt(cloud, account, busy):
    """However often an event is throttled, it keeps its retries."""
    configure(account, MaximumRetryAttempts=0)
    with busy:
        send(account)
        cloud.clock.settle()
        cloud.clock.advance(600)
    cloud.clock.advance(300)
    assert len(starts(account)) == 1


def test_a_throttled_event_is_dropped_at_its_maximum_age(cloud, account, busy):
    """The dead letter says 429 and Rate Exceeded."""
    url, arn = account.queue("dead")
    account.aws_lambda.update_function_configuration(
        FunctionName="words", DeadLetterConfig={"TargetArn": arn}
    )
    configure(account, MaximumEventAgeInSeconds=90)
    with busy:
        send(account, event={"n": 1})
        cloud.clock.settle()
        cloud.clock.advance(89)
        assert account.messages(url) == []
        cloud.clock.advance(2)
    message = account.messages(url)[0]
    assert message["Body"] == '{"n": 1}'
    assert message["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"
    said = message["MessageAttributes"]["ErrorMessage"]["StringValue"]
    assert said == "Rate Exceeded."


def test_reserved_concurrency_of_zero_switches_a_function_off(cloud, account):
    """The event goes to the dead-letter queue without any attempt."""
    url, arn = account.queue("dead")
    account.deploy(TELLS, FunctionName="words", DeadLetterConfig={"TargetArn": arn})
    account.aws_lambda.put_function_concurrency(
        FunctionName="words", ReservedConcurrentExecutions=0
    )
    send(account, event={"n": 1})
    cloud.clock.settle()
    assert [message["Body"] for message in account.messages(url)] == ['{"n": 1}']


def test_a_dead_letter_is_the_event_and_why(cloud, account):
    """Body, request id, status and the function's error message."""
    url, arn = account.queue("dead")
    account.deploy(FAILS, FunctionName="words", DeadLetterConfig={"TargetArn": arn})
    configure(account, MaximumRetryAttempts=0)
    answer = send(account, event={"n": 1})
    cloud.clock.settle()
    message = account.messages(url)[0]
    assert message["Body"] == '{"n": 1}'
    assert message["MessageAttributes"] == {
        "RequestID": {
            "StringValue": answer["ResponseMetadata"]["RequestId"],
            "DataType": "String",
        },
        "ErrorCode": {"StringValue": "200", "DataType": "Number"},
        "ErrorMessage": {"StringValue": "no such thing", "DataType": "String"},
    }


def test_success_leaves_the_dead_letter_queue_empty(cloud, account):
    """Only what failed for good goes there."""
    url, arn = account.queue("dead")
    account.deploy(TELLS, FunctionName="words", DeadLetterConfig={"TargetArn": arn})
    send(account)
    cloud.clock.settle()
    cloud.clock.advance(3600)
    assert account.messages(url) == []


def test_a_waiting_event_is_dropped_with_its_function(cloud, account):
    """A function deleted between two attempts is not waited for."""
    account.deploy(FAILS, FunctionName="words")
    send(account)
    cloud.clock.settle()
    account.aws_lambda.delete_function(FunctionName="words")
    cloud.clock.advance(3600)
    told = cloud.asynchronous.journal.incidents(account=account.id)
    assert [incident.kind for incident in told] == ["dropped"]


def test_an_unreachable_destination_is_told_in_the_journal(cloud, account):
    """The event is gone all the same; why() can say what happened."""
    _, arn = account.queue("failed")
    account.deploy(FAILS, FunctionName="words")
    configure(account, MaximumRetryAttempts=0, DestinationConfig=on_failure(arn))
    account.client("sqs").delete_queue(
        QueueUrl=account.client("sqs").get_queue_url(QueueName="failed")["QueueUrl"]
    )
    send(account)
    cloud.clock.settle()
    told = cloud.asynchronous.journal.incidents(account=account.id)
    assert [incident.kind for incident in told] == ["dropped", "destination"]


def test_a_lambda_event_is_redelivered_with_its_request_id(cloud, account):
    """The queue itself may deliver an event twice: the same request both times."""
    account.deploy(TELLS, FunctionName="words")
    send(account)
    cloud.clock.settle()
    journal = cloud.asynchronous.journal
    cloud.asynchronous.redeliver(journal.deliveries(account=account.id)[0])
    cloud.clock.settle()
    (_, one), (_, other) = starts(account)
    assert one == other


def test_a_function_that_invokes_itself_is_stopped(cloud, account):
    """One chain of events invokes a function 16 times and no more."""
    account.deploy(
        "import boto3\nclient = boto3.client('lambda')\n"
        "def handler(event, context):\n"
        "    client.invoke(FunctionName='words', InvocationType='Event')\n",
        FunctionName="words",
        Timeout=30,
    )
    send(account)
    cloud.clock.settle(30)
    assert len(starts(account)) == 16


def test_a_function_may_be_allowed_to_loop(cloud, account):
    """With RecursiveLoop Allow the chain of events goes on."""
    account.deploy(TELLS, FunctionName="words")
    account.aws_lambda.put_function_recursion_config(
        FunctionName="words", RecursiveLoop="Allow"
    )
    header = None
    arn = f"arn:aws:lambda:{account.region}:{account.id}:function:words"
    for _ in range(16):
        header, _ = advance(header, arn)
    cloud.asynchronous.submit(
        account.id, account.region, "words", b"{}", trace_header=header
    )
    cloud.clock.settle()
    assert len(starts(account)) == 1


def test_a_stopped_loop_is_told_in_the_journal(cloud, account):
    """The event that would have been the 17th goes the way of failed events."""
    url, arn = account.queue("dead")
    account.deploy(TELLS, FunctionName="words", DeadLetterConfig={"TargetArn": arn})
    header = None
    function = f"arn:aws:lambda:{account.region}:{account.id}:function:words"
    for _ in range(16):
        header, _ = advance(header, function)
    cloud.asynchronous.submit(
        account.id, account.region, "words", b"{}", trace_header=header
    )
    cloud.clock.settle()
    told = cloud.asynchronous.journal.incidents(account=account.id)
    assert [incident.kind for incident in told] == ["recursion", "dropped"]
    assert len(account.messages(url)) == 1


def test_events_of_one_function_run_at_once(cloud, account):
    """Thirty events, more than the machine has cores, are all delivered once."""
    account.deploy(TELLS, FunctionName="words")
    for n in range(30):
        send(account, event={"n": n})
    cloud.clock.settle()
    log = account.log_lines("words")
    assert sorted(log_line for log_line in log if log_line.startswith("EVENT")) == (
        sorted(f'EVENT {{"n": {n}}}\n' for n in range(30))
    )


def test_a_closed_queue_leaves_no_thread(cloud, account):
    """Workers are started on demand and gone after close."""
    account.deploy(FAILS, FunctionName="words")
    queue = AsynchronousInvoker(
        cloud.invoker,
        cloud.clock,
        cloud.in_flight,
        ExecutionRoles(AuditTrail()),
    )
    before = threading.active_count()
    queue.submit(account.id, account.region, "words", b"{}")
    cloud.clock.settle()
    queue.close()
    assert threading.active_count() <= before


def test_a_closed_queue_forgets_what_waits(cloud, account):
    """A retry that was due later doesn't happen any more."""
    account.deploy(FAILS, FunctionName="words")
    queue = AsynchronousInvoker(
        cloud.invoker,
        cloud.clock,
        cloud.in_flight,
        ExecutionRoles(AuditTrail()),
    )
    queue.submit(account.id, account.region, "words", b"{}")
    cloud.clock.settle()
    queue.close()
    cloud.clock.advance(600)
    assert len(starts(account)) == 1
