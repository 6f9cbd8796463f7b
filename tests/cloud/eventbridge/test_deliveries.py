"""Events on their way from a rule to its targets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.cloud.access.audit_trail import rows
from grader.cloud.eventbridge.deliveries import Delivery
from grader.cloud.eventbridge.events import Event, envelope
from grader.cloud.eventbridge.offers import offer
from grader.cloud.eventbridge.rule_names import RuleName
from tests.cloud.conftest import allowing
from tests.cloud.eventbridge.conftest import SERVICE, Bus

TELLS = "import json\n\ndef handler(event, context):\n    print(json.dumps(event))\n"


def function(bus: Bus, rule_arn: str | None = None) -> str:
    """Deploy a function, which one rule may invoke; returns its ARN."""
    bus.account.deploy(TELLS, FunctionName="told")
    if rule_arn is not None:
        bus.account.aws_lambda.add_permission(
            FunctionName="told",
            StatementId="rule",
            Action="lambda:InvokeFunction",
            Principal=SERVICE,
            SourceArn=rule_arn,
        )
    return f"arn:aws:lambda:{bus.account.region}:{bus.account.id}:function:told"


def told(bus: Bus) -> list[Any]:
    return [
        json.loads(line) for line in bus.account.log_lines("told") if line[0] == "{"
    ]


def test_a_function(bus: Bus) -> None:
    """It gets the event as it is, through Lambda's queue."""
    arn = function(bus, bus.rule("tells"))
    bus.events.put_targets(Rule="tells", Targets=[{"Id": "f", "Arn": arn}])
    event_id = bus.put({"price": 250})
    (event,) = told(bus)
    assert (event["id"], event["detail"]) == (event_id, {"price": 250})
    (delivery,) = bus.cloud.asynchronous.journal.deliveries(account=bus.account.id)
    assert delivery.source == "events"


def test_a_function_that_lets_nobody_in(bus: Bus) -> None:
    """It isn't tried again: the metric counts it and why() tells."""
    bus.rule("locked", {"Arn": function(bus)})
    bus.put()
    assert told_nothing(bus)
    ((kind, message),) = bus.incidents()
    assert kind == "permission"
    assert (
        "User: events.amazonaws.com is not authorized to perform: lambda:InvokeFunction"
        in message
    )
    assert message.endswith(
        "because no resource-based policy allows the lambda:InvokeFunction action"
    )
    assert bus.sum("FailedInvocations", RuleName="locked") == 1
    assert bus.sum("InvocationAttempts", RuleName="locked") == 1


def told_nothing(bus: Bus) -> bool:
    return not bus.cloud.asynchronous.journal.deliveries(account=bus.account.id)


def test_a_permission_for_another_rule(bus: Bus) -> None:
    """A function lets in the rule that its policy names, and no other."""
    arn = function(bus, bus.rule("named"))
    bus.rule("other", {"Arn": arn})
    bus.put()
    assert [kind for kind, _ in bus.incidents()] == ["permission"]


def test_a_function_that_is_gone(bus: Bus) -> None:
    """The event for it has nowhere to go."""
    here = f"{bus.account.region}:{bus.account.id}"
    bus.rule("gone", {"Arn": f"arn:aws:lambda:{here}:function:gone"})
    bus.put()
    ((kind, message),) = bus.incidents()
    assert (kind, "function:gone doesn't exist" in message) == ("undelivered", True)


def test_a_queue_with_an_input(bus: Bus) -> None:
    """Each target has its own part of the event."""
    url, arn = bus.queue("parts")
    bus.rule(
        "parts",
        {"Arn": arn, "InputPath": "$.detail"},
        {"Arn": arn, "Input": '{"fixed": true}'},
        {
            "Arn": arn,
            "InputTransformer": {
                "InputPathsMap": {"who": "$.detail.who"},
                "InputTemplate": '"<who> came"',
            },
        },
    )
    bus.put({"who": "June"})
    assert sorted(map(str, bus.bodies(url))) == [
        "June came",
        "{'fixed': True}",
        "{'who': 'June'}",
    ]


def test_a_fifo_queue(bus: Bus) -> None:
    """Messages have the target's group."""
    url, arn = bus.queue(
        "order.fifo", FifoQueue="true", ContentBasedDeduplication="true"
    )
    bus.rule("fifo", {"Arn": arn, "SqsParameters": {"MessageGroupId": "g"}})
    bus.put({"n": 1})
    answer = bus.account.client("sqs").receive_message(
        QueueUrl=url, AttributeNames=["All"]
    )
    assert answer["Messages"][0]["Attributes"]["MessageGroupId"] == "g"


def test_a_fifo_queue_has_to_find_copies_itself(bus: Bus) -> None:
    """EventBridge sends no deduplication id."""
    _, arn = bus.queue("strict.fifo", FifoQueue="true")
    bus.rule("fifo", {"Arn": arn, "SqsParameters": {"MessageGroupId": "g"}})
    bus.put()
    ((_, message),) = bus.incidents()
    assert "ContentBasedDeduplication" in message


def test_a_topic(bus: Bus) -> None:
    """Its policy has to let EventBridge publish; a new topic's doesn't."""
    sns = bus.account.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    may = allowing("sns.amazonaws.com", "sqs:SendMessage")
    url, queue = bus.account.queue("reader", Policy=may)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    bus.rule("news", {"Arn": topic})
    bus.put({"n": 1})
    assert [kind for kind, _ in bus.incidents()] == ["permission"]
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=allowing(SERVICE, "sns:Publish", topic),
    )
    bus.put({"n": 2})
    (notification,) = bus.bodies(url)
    assert json.loads(notification["Message"])["detail"] == {"n": 2}


def test_a_log_group(bus: Bus) -> None:
    """A resource policy of CloudWatch Logs lets EventBridge write."""
    logs = bus.account.client("logs")
    name = "/aws/events/all"
    logs.create_log_group(logGroupName=name)
    here = f"{bus.account.region}:{bus.account.id}"
    arn = f"arn:aws:logs:{here}:log-group:{name}"
    bus.rule("logs", {"Arn": arn})
    bus.put({"n": 1})
    assert [kind for kind, _ in bus.incidents()] == ["permission"]
    logs.put_resource_policy(
        policyName="events",
        policyDocument=allowing(
            SERVICE, "logs:*", f"arn:aws:logs:{here}:log-group:/aws/events/*:*"
        ),
    )
    bus.put({"n": 2})
    (event,) = logs.filter_log_events(logGroupName=name)["events"]
    assert json.loads(event["message"])["detail"] == {"n": 2}


def test_a_state_machine(bus: Bus) -> None:
    """It is started in the target's role, with the event as input."""
    states = bus.account.client("stepfunctions")
    machine = states.create_state_machine(
        name="m",
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
        roleArn=bus.account.role,
    )["stateMachineArn"]
    role = bus.role("starter")
    bus.rule("starts", {"Arn": machine, "RoleArn": role, "InputPath": "$.detail"})
    bus.put({"n": 1})
    assert [kind for kind, _ in bus.incidents()] == ["permission"]
    bus.allow(
        "starter",
        {"Effect": "Allow", "Action": "states:StartExecution", "Resource": machine},
    )
    bus.put({"n": 2})
    (execution,) = states.list_executions(stateMachineArn=machine)["executions"]
    started = states.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(started["input"]) == {"n": 2}


def test_a_stream(bus: Bus) -> None:
    """A record's partition key is what a path leads to."""
    kinesis = bus.account.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    arn = f"arn:aws:kinesis:{bus.account.region}:{bus.account.id}:stream/s"
    may = {"Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": arn}
    bus.rule(
        "streams",
        {
            "Arn": arn,
            "RoleArn": bus.role("writer", may),
            "KinesisParameters": {"PartitionKeyPath": "$.detail.who"},
        },
    )
    bus.put({"who": "June"})
    iterator = kinesis.get_shard_iterator(
        StreamName="s", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    (record,) = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert record["PartitionKey"] == "June"
    assert json.loads(record["Data"])["detail"] == {"who": "June"}


def test_a_role_that_doesnt_trust_eventbridge(bus: Bus) -> None:
    """A role is of no use to whom it doesn't trust, whatever it may do."""
    _, arn = bus.account.queue("trusting")
    bus.account.permit("sqs:*")
    bus.rule("roled", {"Arn": arn, "RoleArn": bus.account.role})
    bus.put()
    ((kind, message),) = bus.incidents()
    assert (kind, "sts:AssumeRole" in message) == ("permission", True)


def test_a_role_in_place_of_a_policy(bus: Bus) -> None:
    """A queue without a policy takes what the target's role may send."""
    url, arn = bus.account.queue("private")
    may = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}
    bus.rule("roled", {"Arn": arn, "RoleArn": bus.role("sender", may)})
    bus.put({"n": 1})
    assert [one["detail"] for one in bus.bodies(url)] == [{"n": 1}]


def test_a_dead_letter(bus: Bus) -> None:
    """The event itself, and why it couldn't be delivered, as attributes."""
    url, dead = bus.queue("dead")
    arn = function(bus)
    rule = bus.rule("locked", {"Arn": arn, "DeadLetterConfig": {"Arn": dead}})
    event_id = bus.put({"n": 1})
    (message,) = bus.account.messages(url)
    assert json.loads(message["Body"])["id"] == event_id
    attributes = {
        name: one["StringValue"] for name, one in message["MessageAttributes"].items()
    }
    assert attributes.pop("ERROR_MESSAGE").startswith("User: events.amazonaws.com is")
    assert attributes == {
        "RULE_ARN": rule,
        "TARGET_ARN": arn,
        "ERROR_CODE": "NO_PERMISSIONS",
        "RETRY_ATTEMPTS": "0",
    }
    assert bus.sum("InvocationsSentToDlq", RuleName="locked") == 1


def test_a_dead_letter_queue_that_lets_nobody_in(bus: Bus) -> None:
    """Both failures are told, and the second is counted."""
    _, dead = bus.account.queue("closed")
    bus.rule("locked", {"Arn": function(bus), "DeadLetterConfig": {"Arn": dead}})
    bus.put()
    assert [kind for kind, _ in bus.incidents()] == ["permission", "permission"]
    assert bus.sum("InvocationsFailedToBeSentToDlq", RuleName="locked") == 1


def test_what_rules_did_is_counted(bus: Bus) -> None:
    """By rule, by bus and rule, and over all of a Region."""
    bus.events.create_event_bus(Name="orders")
    _, arn = bus.queue("counted")
    bus.rule("near", {"Arn": arn}, {"Arn": arn})
    bus.rule("far", {"Arn": arn}, EventBusName="orders")
    bus.put()
    bus.put(EventBusName="orders")
    assert bus.sum("MatchedEvents", RuleName="near") == 1
    assert bus.sum("Invocations", RuleName="near") == 2
    assert bus.sum("TriggeredRules", RuleName="far", EventBusName="orders") == 1
    assert bus.sum("Invocations") == bus.sum("InvocationsCreated") == 3
    assert bus.sum("FailedInvocations", RuleName="near") == 0


def test_the_trace_goes_on(bus: Bus) -> None:
    """An entry's TraceHeader reaches the function and the queue."""
    arn = function(bus, bus.rule("traced"))
    url, queue = bus.queue("traced")
    bus.events.put_targets(
        Rule="traced", Targets=[{"Id": "f", "Arn": arn}, {"Id": "q", "Arn": queue}]
    )
    header = (
        "Root=1-65545be8-000000000000000000000001;Parent=0000000000000001;Sampled=1"
    )
    bus.put(TraceHeader=header)
    (delivery,) = bus.cloud.asynchronous.journal.deliveries(account=bus.account.id)
    assert delivery.trace_header == header
    answer = bus.account.client("sqs").receive_message(
        QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"]
    )
    assert answer["Messages"][0]["Attributes"]["AWSTraceHeader"] == header


def test_one_event_is_one_chain(bus: Bus) -> None:
    """Functions that get the same event share its trace, and so does its PutEvents."""
    arn = function(bus, bus.rule("twice"))
    bus.events.put_targets(
        Rule="twice", Targets=[{"Id": "a", "Arn": arn}, {"Id": "b", "Arn": arn}]
    )
    bus.put()
    delivered = bus.cloud.asynchronous.journal.deliveries(account=bus.account.id)
    assert len(delivered) == 2
    assert len({one.trace_header for one in delivered}) == 1
    calls = bus.cloud.gate.trail.calls(bus.account.id)
    (call,) = (one for one in calls if next(rows(one)).action == "events:PutEvents")
    assert delivered[0].trace == call.trace != ""


def test_all_attempts_fit_in_a_day() -> None:
    """The default retry policy comes to its attempts just before its age."""
    rule = RuleName("123456789012", "eu-west-1", "default", "r")
    delivery = Delivery(rule, {"Arn": ""}, Event({}, 0), accepted=0, due=0)
    waited = 0.0
    while delivery.retries < delivery.most_retries:
        delivery.attempts += 1
        waited += delivery.wait
    assert (delivery.retries, delivery.deadline) == (185, 86_400)
    assert 86_400 * 0.95 < waited < 86_400


FEEDS = """
import boto3, json
def handler(event, context):
    boto3.client("events").put_events(
        Entries=[{"Source": "studio", "DetailType": "again", "Detail": "{}"}]
    )
"""


def test_a_loop_is_stopped(bus: Bus) -> None:
    """A function that feeds its own rule runs 16 times for one event."""
    rule = bus.rule("loop")
    bus.account.permit("events:PutEvents")
    bus.account.deploy(FEEDS, FunctionName="feeds")
    bus.account.aws_lambda.add_permission(
        FunctionName="feeds",
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal=SERVICE,
        SourceArn=rule,
    )
    here = f"{bus.account.region}:{bus.account.id}"
    arn = f"arn:aws:lambda:{here}:function:feeds"
    bus.events.put_targets(Rule="loop", Targets=[{"Id": "f", "Arn": arn}])
    bus.put()
    journal = bus.cloud.asynchronous.journal
    assert len(journal.deliveries(account=bus.account.id)) == 17
    kinds = [one.kind for one in journal.incidents(account=bus.account.id)]
    assert "recursion" in kinds


@pytest.mark.parametrize("source", ["aws.s3", "aws.cloudwatch"])
def test_services_have_sources_of_their_own(bus: Bus, source: str) -> None:
    """An event of AWS's own goes the same way as others, its sender unrefused."""
    url, arn = bus.queue("services")
    bus.rule("services", {"Arn": arn}, pattern=json.dumps({"source": [source]}))
    body = envelope(
        source=source,
        detail_type="Changed",
        detail={"n": 1},
        account=bus.account.id,
        region=bus.account.region,
        at=0,
    )
    offer(body)
    bus.cloud.clock.settle()
    assert bus.bodies(url) == [body]
