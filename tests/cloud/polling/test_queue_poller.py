"""A queue's messages reach a function, are deleted, come back, or are given up."""

import json

import pytest

from tests.cloud.polling.conftest import MAY_POLL, REPORTS

SLOW = "import time\n\ndef handler(event, context):\n    time.sleep(5)\n"
COUNTS = """
import time

def handler(event, context):
    print("begin")
    time.sleep(0.2)
    print("end")
"""
TELLS_ALL = """
import json

def handler(event, context):
    print(json.dumps(event))
"""
SENDS_ON = """
import boto3

def handler(event, context):
    for record in event["Records"]:
        print("turn")
        boto3.client("sqs").send_message(QueueUrl="{url}", MessageBody=record["body"])
"""


def with_dead_letters(account, times):
    """A dead-letter queue, and the attributes of a queue that gives up to it."""
    url, arn = account.queue("dead")
    policy = {"deadLetterTargetArn": arn, "maxReceiveCount": times}
    return url, {"RedrivePolicy": json.dumps(policy)}


def test_the_event_is_as_on_aws(account, polled):
    """Every member of a record, and no other."""
    made = polled()
    made.send(
        "hello",
        MessageAttributes={
            "who": {"DataType": "String", "StringValue": "June"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
        },
    )
    ((event,), sent) = made.events(), account
    (record,) = event["Records"]
    assert list(event) == ["Records"]
    assert record.pop("receiptHandle").startswith("AQEB")
    assert len(record.pop("messageId")) == 36
    attributes = record.pop("attributes")
    assert attributes.pop("SentTimestamp").isdigit()
    assert attributes.pop("ApproximateFirstReceiveTimestamp").isdigit()
    assert attributes.pop("SenderId").startswith("AIDA")
    assert attributes == {"ApproximateReceiveCount": "1"}
    assert record == {
        "body": "hello",
        "messageAttributes": {
            "who": {
                "stringValue": "June",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            },
            "raw": {
                "binaryValue": "AAE=",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "Binary",
            },
        },
        "md5OfMessageAttributes": record["md5OfMessageAttributes"],
        "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{sent.region}:{sent.id}:work",
        "awsRegion": sent.region,
    }


def test_a_message_is_deleted_when_the_function_returns(polled):
    """Neither shown nor hidden any more."""
    made = polled()
    made.send("hello")
    assert made.batches() == [["hello"]]
    assert made.held() == (0, 0)


def test_what_waited_before_the_mapping_comes_in_batches(polled):
    """Of at most the batch size."""
    made = polled(before=tuple("abcde"), BatchSize=2)
    assert sorted(map(sorted, made.batches())) == [["a", "b"], ["c", "d"], ["e"]]


def test_a_failed_batch_comes_back_when_it_is_shown_again(polled):
    """All of it, and not before its visibility timeout has ended."""
    made = polled(attributes={"VisibilityTimeout": "60"}, before=("bad", "good"))
    made.cloud.clock.advance(50)
    assert (len(made.events()), made.held()) == (1, (0, 2))
    made.cloud.clock.advance(20)
    events = made.events()
    assert [sorted(r["body"] for r in e["Records"]) for e in events] == [
        ["bad", "good"]
    ] * 2
    assert events[1]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"


def test_what_fails_too_often_goes_to_the_dead_letter_queue(account, polled):
    """After as many attempts as the redrive policy has."""
    dead, attributes = with_dead_letters(account, 3)
    made = polled(attributes=attributes, before=("bad",))
    made.cloud.clock.advance(600)
    assert len(made.events()) == 3
    assert (made.held(), made.held(dead)) == ((0, 0), (1, 0))


def test_a_dead_letter_tells_where_it_comes_from(account, polled):
    """To the function that is invoked for it."""
    dead, attributes = with_dead_letters(account, 1)
    made = polled(attributes=attributes, before=("bad",))
    reader = account.deploy(TELLS_ALL)
    account.aws_lambda.create_event_source_mapping(
        EventSourceArn=made.arn.replace(":work", ":dead"), FunctionName=reader
    )
    made.cloud.clock.advance(31)
    lines = account.log_lines(reader)
    (event,) = (json.loads(line) for line in lines if line.startswith('{"Records"'))
    attributes = event["Records"][0]["attributes"]
    assert attributes["DeadLetterQueueSourceArn"] == made.arn
    assert made.held(dead) == (0, 0)


def test_only_what_is_reported_comes_back(account, polled):
    """With ReportBatchItemFailures the others of the batch are deleted."""
    dead, attributes = with_dead_letters(account, 2)
    made = polled(
        REPORTS,
        attributes=attributes,
        before=("good", "bad", "fine"),
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    made.cloud.clock.advance(600)
    assert made.batches() == [["good", "bad", "fine"], ["bad"]]
    assert made.held(dead) == (1, 0)


def test_a_report_that_cant_be_read_is_noted_once(account, polled):
    """The whole batch comes back, each time for the same reason."""
    dead, attributes = with_dead_letters(account, 2)
    made = polled(
        REPORTS.replace('r["messageId"]', 'r["body"]'),
        attributes=attributes,
        before=("good", "bad"),
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    made.cloud.clock.advance(600)
    assert made.held(dead) == (2, 0)
    journal = made.cloud.asynchronous.journal
    told = [
        one for one in journal.incidents(account=account.id) if one.kind == "report"
    ]
    assert [one.message.partition(": ")[2] for one in told] == [
        'the batch had nothing with the itemIdentifier "bad".'
    ]


def test_a_report_counts_only_if_the_mapping_asks_for_it(polled):
    """Otherwise an answer is an answer."""
    made = polled(REPORTS, before=("bad",))
    assert (len(made.events()), made.held()) == (1, (0, 0))


def test_a_filter_deletes_what_doesnt_match(polled):
    """The function never sees it, and nobody else does."""
    pattern = json.dumps({"body": {"state": ["paid"]}})
    made = polled(FilterCriteria={"Filters": [{"Pattern": pattern}]})
    made.send('{"state": "new"}', "text", '{"state": "paid"}')
    assert made.batches() == [['{"state": "paid"}']]
    assert made.held() == (0, 0)


def test_a_window_gathers_messages(polled):
    """Until it ends, or the batch is full."""
    made = polled(BatchSize=3, MaximumBatchingWindowInSeconds=20)
    made.send("a")
    assert (made.batches(), made.held()) == ([], (0, 1))
    made.send("b")
    made.cloud.clock.advance(21)
    assert made.batches() == [["a", "b"]]
    made.send("c", "d", "e")
    assert made.batches()[1:] == [["c", "d", "e"]]


def test_a_delayed_message_comes_when_its_delay_ends(polled):
    """Not before."""
    made = polled()
    made.send("later", DelaySeconds=90)
    assert made.events() == []
    made.cloud.clock.advance(91)
    assert made.batches() == [["later"]]


# Waits at its first message until it isn't alone.
NOT_ALONE = """
import boto3, time

sqs = boto3.client("sqs")
url = sqs.get_queue_url(QueueName="work")["QueueUrl"]

def handler(event, context):
    name = "ApproximateNumberOfMessagesNotVisible"
    until = time.monotonic() + 20
    while event["Records"][0]["body"] == "first" and time.monotonic() < until:
        asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        if asked["Attributes"][name] == "2":
            print("together")
            return
        time.sleep(0.05)
"""


def test_what_comes_while_a_function_runs_doesnt_wait_for_it(account, polled):
    """Also what is due only then, of which nobody tells."""
    account.permit(*MAY_POLL, "sqs:GetQueueUrl")
    made = polled(NOT_ALONE, timeout=30, BatchSize=1, Enabled=False)
    made.send("first")
    made.send("second", DelaySeconds=2)
    made.update(Enabled=True)
    assert "together" in [line.strip() for line in made.lines()]


def test_a_purged_message_never_comes(polled):
    """It is gone although its time had come."""
    made = polled()
    made.send("later", DelaySeconds=90)
    made.account.client("sqs").purge_queue(QueueUrl=made.url)
    made.cloud.clock.advance(91)
    assert made.events() == []


def test_a_message_that_is_shown_early_comes_early(polled):
    """Whoever changes its visibility gives it back."""
    made = polled(Enabled=False)
    made.send("mine")
    sqs = made.account.client("sqs")
    (message,) = sqs.receive_message(QueueUrl=made.url)["Messages"]
    made.update(Enabled=True)
    assert made.events() == []
    sqs.change_message_visibility(
        QueueUrl=made.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
    )
    assert made.batches() == [["mine"]]


def test_a_disabled_mapping_leaves_messages_alone(polled):
    """They wait until it is enabled again."""
    made = polled()
    made.update(Enabled=False)
    made.send("hello")
    assert (made.events(), made.held()) == ([], (1, 0))
    made.update(Enabled=True)
    assert made.batches() == [["hello"]]


def test_a_deleted_mapping_delivers_nothing_more(polled):
    """From the call on; moto's queue would go on to invoke the function."""
    made = polled()
    made.account.aws_lambda.delete_event_source_mapping(UUID=made.uuid)
    made.send("hello")
    assert (made.events(), made.held()) == ([], (1, 0))


def test_another_batch_size_holds_from_the_next_batch_on(polled):
    """A poller reads its settings for each batch."""
    made = polled(BatchSize=2, Enabled=False, before=tuple("abcd"))
    made.update(BatchSize=4, Enabled=True)
    assert list(map(len, made.batches())) == [4]


def test_a_throttled_batch_is_tried_again(polled):
    """A second later, then two, four …, as long as the message is hidden."""
    made = polled(Enabled=False, before=("hello",))
    function = {"FunctionName": made.function}
    made.account.aws_lambda.put_function_concurrency(
        **function, ReservedConcurrentExecutions=0
    )
    made.update(Enabled=True)
    assert (made.events(), made.held()) == ([], (0, 1))
    made.account.aws_lambda.delete_function_concurrency(**function)
    made.cloud.clock.advance(5)
    (event,) = made.events()
    assert event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1"


def test_what_is_throttled_for_long_comes_back(account, polled):
    """And in the end is received too often."""
    dead, attributes = with_dead_letters(account, 2)
    made = polled(attributes=attributes, Enabled=False, before=("hello",))
    account.aws_lambda.put_function_concurrency(
        FunctionName=made.function, ReservedConcurrentExecutions=0
    )
    made.update(Enabled=True)
    made.cloud.clock.advance(300)
    assert (made.held(), made.held(dead)) == ((0, 0), (1, 0))


def test_maximum_concurrency_is_a_limit(polled):
    """Of batches at once."""
    made = polled(
        COUNTS,
        before=tuple("abcdefgh"),
        BatchSize=1,
        ScalingConfig={"MaximumConcurrency": 2},
    )
    running, most = 0, 0
    for line in made.lines():
        running += {"begin": 1, "end": -1}.get(line.strip(), 0)
        most = max(most, running)
    streams = made.account.client("logs").describe_log_streams(
        logGroupName=f"/aws/lambda/{made.function}"
    )["logStreams"]
    assert (most, len(streams)) == (2, 2)


def test_a_timeout_is_a_failure(polled):
    """The message comes back."""
    made = polled(SLOW, timeout=1, before=("hello",))
    made.cloud.clock.settle()
    assert made.held() == (0, 1)


def test_messages_wait_while_their_function_is_gone(polled):
    """And reach the one that is made of that name."""
    made = polled()
    made.account.aws_lambda.delete_function(FunctionName=made.function)
    made.send("hello")
    made.cloud.clock.settle()
    assert made.held() == (1, 0)
    (incident,) = made.cloud.asynchronous.journal.incidents(account=made.account.id)
    assert (incident.kind, incident.source) == ("function", "sqs")
    made.account.deploy(TELLS_ALL, FunctionName=made.function)
    assert made.batches() == [["hello"]]


def test_a_queue_that_is_made_again_is_polled(polled):
    """The mapping knows it by its ARN."""
    made = polled()
    made.account.client("sqs").delete_queue(QueueUrl=made.url)
    made.account.queue("work")
    made.send("hello")
    assert made.batches() == [["hello"]]


def test_a_role_that_may_not_receive_any_more_is_told(account, polled):
    """The messages wait; once the role may, they come."""
    made = polled()
    account.permit("sqs:DeleteMessage")
    made.send("hello")
    assert (made.events(), made.held()) == ([], (1, 0))
    (incident,) = made.cloud.asynchronous.journal.incidents(account=account.id)
    assert incident.kind == "permission"
    assert "is not authorized to perform: sqs:receivemessage on" in incident.message
    account.permit("sqs:ReceiveMessage", "sqs:DeleteMessage")
    made.cloud.clock.advance(61)
    assert made.batches() == [["hello"]]


def test_a_role_that_may_not_delete_gets_it_again(account, polled):
    """The function did its work, and the message is there still."""
    made = polled()
    account.permit("sqs:ReceiveMessage")
    made.send("hello")
    made.cloud.clock.advance(31)
    assert len(made.events()) == 2


def test_a_message_joins_its_sender_and_its_function(polled):
    """They are one chain of events, for cloud.timeline()."""
    made = polled()
    made.send("hello")
    ((event,), chain) = made.events(), made.cloud.chains.latest(made.account.id)
    assert "AWSTraceHeader" not in event["Records"][0]["attributes"]
    told = [(one["kind"], one.get("action") or one["function"]) for one in chain]
    assert told[0] == ("call", "sqs:SendMessage")
    assert ("invocation", made.function) in told


def test_a_loop_is_stopped_after_sixteen_turns(account, polled):
    """The message goes to the dead-letter queue."""
    dead, attributes = with_dead_letters(account, 5)
    account.permit(
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    )
    url, _ = account.queue("work", **attributes)
    made = polled(SENDS_ON.replace("{url}", url), attributes=attributes)
    made.send("around")
    made.cloud.clock.settle()
    turns = [line for line in made.lines() if line.strip() == "turn"]
    assert (len(turns), made.held(), made.held(dead)) == (16, (0, 0), (1, 0))
    (incident,) = made.cloud.asynchronous.journal.incidents(account=account.id)
    assert incident.kind == "recursion"


def test_a_large_batch_is_cut_at_six_megabytes(polled):
    """Lambda's events have no more."""
    made = polled(
        "def handler(event, context):\n    print('got', len(event['Records']))\n",
        Enabled=False,
        before=("x" * 1_000_000,) * 8,
    )
    made.update(Enabled=True)
    lines = made.lines()
    got = sorted(int(line[4:]) for line in lines if line.startswith("got"))
    assert got == [2, 6]


def test_two_functions_share_a_queue(account, polled):
    """Each message goes to one of them."""
    made = polled(Enabled=False)
    other = account.deploy(TELLS_ALL)
    account.aws_lambda.create_event_source_mapping(
        EventSourceArn=made.arn, FunctionName=other, Enabled=True
    )
    made.cloud.clock.settle()
    made.send("hello")
    assert made.events() == []
    assert made.held() == (0, 0)


def test_an_alias_is_polled_for(account, polled):
    """The mapping keeps the qualifier."""
    made = polled(Enabled=False, queue="other")
    account.aws_lambda.publish_version(FunctionName=made.function)
    account.aws_lambda.create_alias(
        FunctionName=made.function, Name="live", FunctionVersion="1"
    )
    made.update(FunctionName=f"{made.function}:live", Enabled=True)
    made.send("hello")
    assert made.batches() == [["hello"]]
    streams = account.client("logs").describe_log_streams(
        logGroupName=f"/aws/lambda/{made.function}"
    )["logStreams"]
    assert ["[1]" in one["logStreamName"] for one in streams] == [True]


@pytest.fixture
def fifo():
    """The attributes of a FIFO queue."""
    return {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


def test_a_group_comes_in_order(polled, fifo):
    """One batch at a time, whatever is free."""
    made = polled(queue="work.fifo", attributes=fifo, BatchSize=2)
    made.send(*"abcdef", MessageGroupId="g")
    assert [body for batch in made.batches() for body in batch] == list("abcdef")


def test_a_failure_holds_back_its_group_alone(polled, fifo):
    """The rest of the group waits for it, other groups don't."""
    made = polled(queue="work.fifo", attributes=fifo, BatchSize=1)
    made.send("bad", "after", MessageGroupId="g")
    made.send("other", MessageGroupId="h")
    assert sorted(made.batches()) == [["bad"], ["other"]]
    made.update(FunctionName=made.account.deploy("def handler(e, c): ..."))
    made.cloud.clock.advance(31)
    assert made.held() == (0, 0)


def test_a_fifo_record_names_its_group(polled, fifo):
    """With its deduplication id and its place in the sequence."""
    made = polled(queue="work.fifo", attributes=fifo)
    made.send("hello", MessageGroupId="g", MessageDeduplicationId="once")
    made.send("again", MessageGroupId="g", MessageDeduplicationId="once")
    (event,) = made.events()
    (record,) = event["Records"]
    attributes = record["attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == (
        "g",
        "once",
    )
    assert len(attributes["SequenceNumber"]) == 20
