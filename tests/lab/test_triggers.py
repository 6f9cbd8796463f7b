from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from grader.lab import Cloud
from grader.lab.architecture import Arrow
from grader.lab.survey import survey
from tests.lab.conftest import policy


def arrow(cloud: Cloud, source: str) -> Arrow:
    """The arrow that begins at a resource."""
    (found,) = (one for one in survey(cloud).arrows if one.source.name == source)
    return found


def queue(cloud: Cloud) -> tuple[str, str]:
    """A queue's URL and ARN."""
    url = cloud.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:{cloud.account}:orders"


def let_in(cloud: Cloud, url: str, service: str, source: str) -> None:
    """Give a queue a policy that lets a service send for a resource."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    cloud.client("sqs").set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": policy(statement)}
    )


def test_a_topic_needs_the_queues_permission(cloud: Cloud) -> None:
    """A subscription is broken until the queue's policy lets SNS send for the topic."""
    url, arn = queue(cloud)
    topic = cloud.client("sns").create_topic(Name="paid")["TopicArn"]
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    found = arrow(cloud, "paid")
    assert found.target.name == "orders"
    assert "isn't allowed sqs:SendMessage by the policy" in (found.broken or "")
    let_in(cloud, url, "sns.amazonaws.com", topic)
    assert arrow(cloud, "paid").broken is None


def test_a_filter_is_told(cloud: Cloud) -> None:
    """A subscriber that gets some of the messages only says which."""
    _, arn = queue(cloud)
    topic = cloud.client("sns").create_topic(Name="paid")["TopicArn"]
    policy = '{"kind": ["print"]}'
    cloud.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"FilterPolicy": policy},
    )
    assert arrow(cloud, "paid").label == f"each message that fits {policy}"


def test_a_subscriber_is_a_box(cloud: Cloud) -> None:
    """Somebody who gets mail stands at the end of an arrow."""
    topic = cloud.client("sns").create_topic(Name="paid")["TopicArn"]
    cloud.client("sns").subscribe(
        TopicArn=topic, Protocol="email", Endpoint="owner@example.com"
    )
    target = arrow(cloud, "paid").target
    assert (target.kind, target.name, target.detail) == (
        *("subscriber", "owner@example.com", "email"),
    )


def test_a_rule_needs_the_functions_permission(
    cloud: Cloud, deploy: Callable[..., str]
) -> None:
    """A rule's arrow is broken until the function lets EventBridge in for the rule."""
    function = deploy(cloud, "digest", "return 1")
    events = cloud.client("events")
    rule = events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")["RuleArn"]
    events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": function}])
    assert "events.amazonaws.com may not invoke digest" in (
        arrow(cloud, "nightly").broken or ""
    )
    cloud.client("lambda").add_permission(
        FunctionName="digest",
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    whole = arrow(cloud, "nightly")
    assert (whole.broken, whole.source.detail) == (None, "rate(1 day)")


def test_a_schedule_calls_as_its_role(cloud: Cloud, deploy: Callable[..., str]) -> None:
    """Not the function's policy but the role's lets a schedule in."""
    function = deploy(cloud, "digest", "return 1")
    iam = cloud.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}}
    role = iam.create_role(
        RoleName="clock",
        AssumeRolePolicyDocument=policy({**trust, "Action": "sts:AssumeRole"}),
    )["Role"]["Arn"]
    cloud.client("scheduler").create_schedule(
        Name="morning",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": function, "RoleArn": role},
    )
    assert "its role clock isn't allowed lambda:InvokeFunction" in (
        arrow(cloud, "morning").broken or ""
    )
    may = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function}
    iam.put_role_policy(RoleName="clock", PolicyName="p", PolicyDocument=policy(may))
    assert arrow(cloud, "morning").broken is None


def test_a_polled_queue_leads_to_its_function(
    cloud: Cloud, deploy: Callable[..., str]
) -> None:
    """With the mapping's state; broken where the role may not poll any more."""
    _, arn = queue(cloud)
    function = deploy(cloud, "digest", "return 1", may=["sqs:*"])
    cloud.client("lambda").create_event_source_mapping(
        FunctionName=function, EventSourceArn=arn
    )
    cloud.settle()
    found = arrow(cloud, "orders")
    assert (found.target.name, found.label, found.broken) == (
        *("digest", "batches of up to 10 (Enabled)", None),
    )
    cloud.client("iam").delete_role_policy(RoleName="digest-role", PolicyName="may")
    broken = arrow(cloud, "orders").broken
    assert broken == "the role digest-role of digest isn't allowed sqs:ReceiveMessage"


def table_stream(cloud: Cloud) -> str:
    """The ARN of the stream of a table named orders."""
    made = cloud.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    return str(made["TableDescription"]["LatestStreamArn"])


def kinesis_stream(cloud: Cloud) -> str:
    """The ARN of a stream of Kinesis named orders."""
    cloud.client("kinesis").create_stream(StreamName="orders", ShardCount=1)
    return f"arn:aws:kinesis:us-east-1:{cloud.account}:stream/orders"


@pytest.mark.parametrize(
    ("make", "kind", "service"),
    [(table_stream, "table", "dynamodb"), (kinesis_stream, "stream", "kinesis")],
)
def test_a_stream_leads_to_its_function(
    cloud: Cloud,
    deploy: Callable[..., str],
    make: Callable[[Cloud], str],
    kind: str,
    service: str,
) -> None:
    """From its table, or from itself; broken where the role may not read it."""
    arn = make(cloud)
    function = deploy(cloud, "digest", "return 1", may=[f"{service}:*"])
    cloud.client("lambda").create_event_source_mapping(
        FunctionName=function, EventSourceArn=arn, StartingPosition="LATEST"
    )
    cloud.settle()

    def polled() -> Arrow:
        arrows = survey(cloud).arrows
        (found,) = (one for one in arrows if "batches" in one.label)
        return found

    found = polled()
    assert (found.source.kind, found.source.name, found.target.name, found.broken) == (
        *(kind, "orders", "digest", None),
    )
    cloud.client("iam").delete_role_policy(RoleName="digest-role", PolicyName="may")
    assert polled().broken == (
        f"the role digest-role of digest isn't allowed {service}:GetRecords"
    )


def test_a_target_that_isnt_there_is_a_gap(cloud: Cloud) -> None:
    """A rule whose queue is gone points at a box that says so."""
    url, arn = queue(cloud)
    events = cloud.client("events")
    events.put_rule(Name="nightly", EventPattern=json.dumps({"source": ["studio"]}))
    events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": arn}])
    cloud.client("sqs").delete_queue(QueueUrl=url)
    found: Any = arrow(cloud, "nightly")
    assert (found.target.detail, found.broken) == ("missing", "no such queue")
