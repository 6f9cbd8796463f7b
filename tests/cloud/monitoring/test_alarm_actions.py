"""What alarms do: topics, functions, the event bus, histories; composite alarms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import allowing

if TYPE_CHECKING:
    from tests.cloud.monitoring.conftest import Watch

PRINTS = (
    "import json\ndef handler(event, context):\n    print('GOT', json.dumps(event))\n"
)


def topic_with_queue(watch: Watch, name: str = "alerts") -> tuple[str, str]:
    """A topic, and the URL of a queue that gets what it publishes."""
    sns = watch.account.client("sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    url, arn = watch.account.queue(name)
    watch.account.let_in(url, "sns.amazonaws.com", topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, url


def told(watch: Watch, url: str) -> list[tuple[str, dict[str, Any]]]:
    """Subject and message of each notification in a queue."""
    bodies = [json.loads(one["Body"]) for one in watch.account.messages(url)]
    return [(body["Subject"], json.loads(body["Message"])) for body in bodies]


def actions(watch: Watch, name: str = "errors") -> list[tuple[str, dict[str, Any]]]:
    items = watch.cloudwatch.describe_alarm_history(
        AlarmName=name,
        HistoryItemType="Action",
        ScanBy="TimestampAscending",
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
    )["AlarmHistoryItems"]
    return [(item["HistorySummary"], json.loads(item["HistoryData"])) for item in items]


def test_a_topic_is_told(watch: Watch) -> None:
    """The message is CloudWatch's: states, reason, trigger, a Region's name."""
    topic, url = topic_with_queue(watch)
    watch.to_minute()
    arn = watch.alarm(
        Period=60,
        AlarmActions=[topic],
        OKActions=[topic],
        AlarmDescription="too many",
        TreatMissingData="notBreaching",
    )
    watch.clock.advance(60)
    watch.put(3)
    watch.clock.advance(60)
    found = dict(told(watch, url))
    assert set(found) == {
        'OK: "errors" in EU (Ireland)',
        'ALARM: "errors" in EU (Ireland)',
    }
    message = found['ALARM: "errors" in EU (Ireland)']
    assert message["NewStateReason"] == watch.described()["StateReason"]
    expected = {
        "AlarmName": "errors",
        "AlarmDescription": "too many",
        "AWSAccountId": watch.account.id,
        "NewStateValue": "ALARM",
        "OldStateValue": "OK",
        "Region": "EU (Ireland)",
        "AlarmArn": arn,
        "OKActions": [topic],
        "AlarmActions": [topic],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "Errors",
            "Namespace": "Studio",
            "StatisticType": "Statistic",
            "Statistic": "SUM",
            "Unit": None,
            "Dimensions": [],
            "Period": 60,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": 3.0,
            "TreatMissingData": "notBreaching",
            "EvaluateLowSampleCountPercentile": "",
        },
    }
    assert {name: message[name] for name in expected} == expected
    assert actions(watch)[0][0] == f"Successfully executed action {topic}"


def test_a_topic_that_lets_nobody_publish(watch: Watch) -> None:
    """A policy that replaces the topic's own has to let CloudWatch in."""
    topic, url = topic_with_queue(watch)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "SNS:Publish",
        "Resource": topic,
    }

    def put_policy() -> None:
        watch.account.client("sns").set_topic_attributes(
            TopicArn=topic,
            AttributeName="Policy",
            AttributeValue=json.dumps(
                {"Version": "2012-10-17", "Statement": [statement]}
            ),
        )

    put_policy()
    watch.alarm(AlarmActions=[topic])
    set_state(watch, "ALARM")
    ((summary, data),) = actions(watch)
    assert summary == f"Failed to execute action {topic}"
    assert data["actionState"] == "Failed"
    assert data["error"].startswith(
        "CloudWatch Alarms is not authorized to perform: SNS:Publish on resource:"
    )
    assert told(watch, url) == []
    statement["Principal"] = {"Service": "cloudwatch.amazonaws.com"}
    put_policy()
    set_state(watch, "OK")
    set_state(watch, "ALARM")
    assert len(told(watch, url)) == 1


def set_state(watch: Watch, value: str, name: str = "errors") -> None:
    watch.cloudwatch.set_alarm_state(
        AlarmName=name, StateValue=value, StateReason="a drill"
    )


def test_a_function_is_invoked(watch: Watch) -> None:
    """Its event is the documented one; without permission the history says so."""
    name = watch.account.deploy(PRINTS)
    function = watch.account.aws_lambda.get_function_configuration(FunctionName=name)[
        "FunctionArn"
    ]
    arn = watch.alarm(AlarmActions=[function], AlarmDescription="too many")
    set_state(watch, "ALARM")
    assert "lambda:InvokeFunction" in actions(watch)[0][1]["error"]
    watch.account.aws_lambda.add_permission(
        FunctionName=name,
        StatementId="alarm",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
        SourceArn=arn,
    )
    set_state(watch, "OK")
    set_state(watch, "ALARM")
    watch.clock.settle(30)
    (line,) = (text for text in watch.account.log_lines(name) if text.startswith("GOT"))
    event = json.loads(line.removeprefix("GOT "))
    assert (event["source"], event["alarmArn"]) == ("aws.cloudwatch", arn)
    assert (event["accountId"], event["region"]) == (
        watch.account.id,
        watch.account.region,
    )
    data = event["alarmData"]
    assert data["alarmName"] == "errors"
    assert (data["state"]["value"], data["state"]["reason"]) == ("ALARM", "a drill")
    assert data["previousState"]["value"] == "OK"
    assert data["configuration"]["description"] == "too many"
    (metric,) = data["configuration"]["metrics"]
    assert metric["metricStat"] == {
        "metric": {"namespace": "Studio", "name": "Errors", "dimensions": {}},
        "period": 300,
        "stat": "Sum",
    }


def test_actions_can_be_disabled(watch: Watch) -> None:
    """A disabled alarm changes its state and does nothing."""
    topic, url = topic_with_queue(watch)
    watch.alarm(AlarmActions=[topic])
    watch.cloudwatch.disable_alarm_actions(AlarmNames=["errors"])
    set_state(watch, "ALARM")
    assert told(watch, url) == []
    watch.cloudwatch.enable_alarm_actions(AlarmNames=["errors"])
    set_state(watch, "OK")
    set_state(watch, "ALARM")
    assert len(told(watch, url)) == 1


def test_the_event_bus_is_told(watch: Watch) -> None:
    """Rules on CloudWatch Alarm State Change match."""
    events = watch.account.client("events")
    policy = allowing("events.amazonaws.com", "sqs:SendMessage")
    url, arn = watch.account.queue("changes", Policy=policy)
    events.put_rule(
        Name="alarms",
        EventPattern=json.dumps(
            {
                "source": ["aws.cloudwatch"],
                "detail-type": ["CloudWatch Alarm State Change"],
                "detail": {"state": {"value": ["ALARM"]}},
            }
        ),
    )
    events.put_targets(Rule="alarms", Targets=[{"Id": "1", "Arn": arn}])
    alarm = watch.alarm()
    set_state(watch, "OK")
    set_state(watch, "ALARM")
    watch.clock.settle()
    (message,) = watch.account.messages(url)
    event = json.loads(message["Body"])
    assert event["resources"] == [alarm]
    assert event["detail"]["previousState"]["value"] == "OK"


def test_a_history_tells_of_settings(watch: Watch) -> None:
    """An alarm's history outlives it: created, updated, deleted."""
    watch.alarm()
    watch.alarm(Threshold=5)
    watch.cloudwatch.delete_alarms(AlarmNames=["errors"])
    items = watch.cloudwatch.describe_alarm_history(
        AlarmName="errors", HistoryItemType="ConfigurationUpdate"
    )["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in items] == [
        'Alarm "errors" deleted',
        'Alarm "errors" updated',
        'Alarm "errors" created',
    ]


def test_an_update_keeps_the_state(watch: Watch) -> None:
    """The new settings count from the next evaluation on."""
    watch.to_minute()
    watch.alarm(Period=60)
    watch.put(3)
    watch.clock.advance(60)
    watch.alarm(Period=60, Threshold=4)
    assert watch.state() == "ALARM"
    watch.clock.advance(60)
    assert watch.state() == "OK"


def composite(watch: Watch, rule: str, **settings: Any) -> None:
    watch.cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule=rule, **settings)
    watch.clock.settle(10)


def test_a_composite_alarm_follows_its_children(watch: Watch) -> None:
    """It is evaluated at once when an alarm of its rule changes, and then acts."""
    topic, url = topic_with_queue(watch)
    _, second = (watch.alarm(name) for name in ("a", "b"))
    composite(
        watch, f'ALARM(a) AND (ALARM("b") OR NOT OK({second}))', AlarmActions=[topic]
    )
    assert watch.state("both") == "OK"
    set_state(watch, "OK", "b")
    set_state(watch, "ALARM", "a")
    assert watch.state("both") == "OK"
    set_state(watch, "ALARM", "b")
    alarm = watch.described("both")
    assert alarm["StateValue"] == "ALARM"
    assert alarm["StateReason"].startswith(f"{second} transitioned to ALARM at ")
    ((subject, message),) = told(watch, url)
    assert subject == 'ALARM: "both" in EU (Ireland)'
    assert message["TriggeringChildren"][0]["Arn"] == second


def test_children_and_parents(watch: Watch) -> None:
    """DescribeAlarms finds them, and composite alarms only when asked for."""
    for name in ("a", "b", "c"):
        watch.alarm(name)
    composite(watch, "ALARM(a) OR ALARM(b)")

    def names(**wanted: Any) -> list[str]:
        found = watch.cloudwatch.describe_alarms(**wanted)
        return [
            one["AlarmName"] for one in found["MetricAlarms"] + found["CompositeAlarms"]
        ]

    assert names() == ["a", "b", "c"]
    assert names(AlarmTypes=["CompositeAlarm"]) == ["both"]
    assert names(ChildrenOfAlarmName="both") == ["a", "b"]
    assert names(ParentsOfAlarmName="a") == ["both"]
    assert names(AlarmNamePrefix="b", AlarmTypes=["CompositeAlarm", "MetricAlarm"]) == [
        "b",
        "both",
    ]
    assert names(StateValue="ALARM") == []


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("ALARM(a) AND", "Error in AlarmRule expression"),
        ("a", "Error in AlarmRule expression"),
        (
            "ALARM(nope)",
            "Could not save the composite alarm as alarms [nope] in the alarm rule do"
            " not exist",
        ),
    ],
)
def test_refused_rules(watch: Watch, rule: str, message: str) -> None:
    """A rule has to be readable, and its alarms have to exist."""
    watch.alarm("a")
    with pytest.raises(ClientError) as refused:
        composite(watch, rule)
    assert message in refused.value.response["Error"]["Message"]


def test_an_alarm_that_a_rule_needs(watch: Watch) -> None:
    """It can't be deleted before the composite alarm."""
    watch.alarm("a")
    composite(watch, "ALARM(a)")
    with pytest.raises(ClientError) as refused:
        watch.cloudwatch.delete_alarms(AlarmNames=["a"])
    assert refused.value.response["Error"]["Message"] == (
        "Cannot delete a as there are composite alarm(s) depending on it."
    )
    watch.cloudwatch.delete_alarms(AlarmNames=["a", "both"])


def test_an_alarm_on_a_rate(watch: Watch) -> None:
    """Metric math: errors in percent of requests, quiet where there are none."""
    watch.to_minute()
    metric = {"Namespace": "Studio", "MetricName": "Errors"}
    watch.cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Metrics=[
            {
                "Id": name,
                "MetricStat": {
                    "Metric": {**metric, "MetricName": name.title()},
                    "Period": 60,
                    "Stat": "Sum",
                },
                "ReturnData": False,
            }
            for name in ("errors", "requests")
        ]
        + [{"Id": "rate", "Expression": "100 * errors / requests", "Label": "Rate"}],
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    watch.put(1)
    watch.put(100, name="Requests")
    watch.clock.advance(60)
    assert watch.state() == "OK"
    watch.put(10)
    watch.put(100, name="Requests")
    watch.clock.advance(60)
    assert watch.state() == "ALARM"
    assert "[10.0 (" in watch.described()["StateReason"]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("arn:aws:automate:eu-west-1:ec2:stop", "doesn't model alarm actions of autom"),
        ("not-an-arn", "Invalid arn syntax: not-an-arn"),
    ],
)
def test_refused_actions(watch: Watch, action: str, message: str) -> None:
    """Actions that this cloud doesn't do aren't taken."""
    with pytest.raises(ClientError) as refused:
        watch.alarm(AlarmActions=[action])
    assert message in refused.value.response["Error"]["Message"]


def test_accounts_and_regions_are_apart(watch: Watch) -> None:
    """A metric of another Region neither shows here nor alarms here."""
    watch.to_minute()
    watch.alarm(Period=60)
    elsewhere = watch.account.client("cloudwatch", region="us-east-1")
    elsewhere.put_metric_data(
        Namespace="Studio", MetricData=[{"MetricName": "Errors", "Value": 9}]
    )
    watch.clock.advance(120)
    assert watch.state() == "INSUFFICIENT_DATA"
    assert elsewhere.describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("get_metric_widget_image", {"MetricWidget": "{}"}),
        ("put_anomaly_detector", {}),
    ],
)
def test_what_is_not_modelled_says_so(
    watch: Watch, operation: str, members: dict[str, Any]
) -> None:
    """moto closes the connection."""
    with pytest.raises(ClientError) as refused:
        getattr(watch.cloudwatch, operation)(**members)
    assert (
        "The local cloud doesn't model CloudWatch's operation"
        in (refused.value.response["Error"]["Message"])
    )
