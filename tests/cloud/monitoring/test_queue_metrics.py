"""The metrics of queues, and alarms on them."""

from __future__ import annotations

import time
from typing import Any

from tests.cloud.monitoring.conftest import Watch

NAMESPACE = "AWS/SQS"
BY_QUEUE = [{"Name": "QueueName", "Value": "work"}]


def latest(watch: Watch, metric: str, statistic: str = "Maximum") -> Any:
    """A statistic of the last full minute; None where there is no data."""
    minute = time.time() // 60 * 60
    points = watch.cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=metric,
        Dimensions=BY_QUEUE,
        StartTime=minute,
        EndTime=minute + 60,
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    return points[0][statistic] if points else None


def levels(watch: Watch) -> tuple[Any, ...]:
    """How many messages were visible, not visible, and delayed."""
    kinds = ("Visible", "NotVisible", "Delayed")
    return tuple(latest(watch, f"ApproximateNumberOfMessages{kind}") for kind in kinds)


def test_what_happens_to_messages_is_counted(watch: Watch) -> None:
    """When it happens: sent, received, deleted, and how large."""
    url, _ = watch.account.queue("work")
    sqs = watch.account.client("sqs")
    watch.to_minute()
    for body in ("one", "three"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    found = {
        metric: latest(watch, metric, "Sum")
        for metric in (
            "NumberOfMessagesSent",
            "NumberOfMessagesReceived",
            "NumberOfMessagesDeleted",
            "SentMessageSize",
        )
    }
    assert list(found.values()) == [2, 1, 1, 8]


def test_what_a_queue_holds_is_measured_each_minute(watch: Watch) -> None:
    """As it was at the full minute."""
    url, _ = watch.account.queue("work", VisibilityTimeout="90")
    sqs = watch.account.client("sqs")
    watch.to_minute(30)
    for delay in (0, 0, 300):
        sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=delay)
    sqs.receive_message(QueueUrl=url)
    seen = []
    for _ in range(3):
        watch.to_minute()
        seen.append(levels(watch))
    assert seen == [(1, 1, 1), (1, 1, 1), (2, 0, 1)]
    assert 149 < latest(watch, "ApproximateAgeOfOldestMessage") < 151


def test_an_idle_queue_isnt_measured_any_more(watch: Watch) -> None:
    """Six hours after it was used last and is empty."""
    url, _ = watch.account.queue("work")
    sqs = watch.account.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    watch.clock.advance(5.9 * 3600)
    assert levels(watch) == (0, 0, 0)
    watch.clock.advance(0.3 * 3600)
    assert levels(watch) == (None, None, None)


def test_a_message_that_is_too_old_isnt_measured_any_more(watch: Watch) -> None:
    """Nobody has to receive for that: it is gone when its retention ends."""
    url, _ = watch.account.queue("work", MessageRetentionPeriod=str(7 * 3600))
    watch.account.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    watch.clock.advance(6.9 * 3600)
    assert levels(watch) == (1, 0, 0)
    watch.clock.advance(0.2 * 3600)
    assert levels(watch) == (None, None, None)


def test_an_alarm_on_dead_letters(watch: Watch) -> None:
    """It rises with the first, stays while there are any, and ends with the last."""
    url, _ = watch.account.queue("work")
    sqs = watch.account.client("sqs")
    watch.alarm(
        Namespace=NAMESPACE,
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=BY_QUEUE,
        Statistic="Maximum",
        Period=60,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    watch.clock.advance(120)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    watch.clock.advance(3600)
    assert watch.state() == "ALARM"
    sqs.purge_queue(QueueUrl=url)
    watch.clock.advance(600)
    assert watch.transitions() == ["OK", "ALARM", "OK"]
