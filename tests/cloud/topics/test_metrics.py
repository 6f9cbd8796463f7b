"""What CloudWatch counts of a topic's messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cloud.topics.conftest import Newsroom

COUNTED = "NumberOf"


def sums(news: Newsroom) -> dict[str, float]:
    """Each metric of the topic, over an hour; without their common beginnings."""
    cloudwatch, now = news.account.client("cloudwatch"), datetime.now(UTC)
    found = cloudwatch.list_metrics(Namespace="AWS/SNS")["Metrics"]
    told = {}
    for metric in found:
        assert metric["Dimensions"] == [{"Name": "TopicName", "Value": "news"}]
        (point,) = cloudwatch.get_metric_statistics(
            Namespace="AWS/SNS",
            MetricName=metric["MetricName"],
            Dimensions=metric["Dimensions"],
            StartTime=now - timedelta(minutes=30),
            EndTime=now + timedelta(minutes=30),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        name = metric["MetricName"].removeprefix(COUNTED)
        told[name.removeprefix("Notifications")] = point["Sum"]
    return told


def test_what_became_of_messages_is_counted(news: Newsroom) -> None:
    """Delivered, failed, saved as dead letters, and kept back by filters."""
    topic = news.topic()
    saved, dead = news.account.queue("dead")
    news.account.let_in(saved, "sns.amazonaws.com", topic)
    news.queue(topic, "reader")
    news.queue(topic, "red", FilterPolicy='{"colour": ["red"]}')
    _, closed = news.account.queue("closed")
    redrive = json.dumps({"deadLetterTargetArn": dead})
    news.subscribe(topic, closed, "sqs", RedrivePolicy=redrive)
    news.sns.publish(TopicArn=topic, Message="hello")
    assert sums(news) == {
        "MessagesPublished": 1,
        "PublishSize": 5,
        "Delivered": 1,
        "FilteredOut": 1,
        "FilteredOut-NoMessageAttributes": 1,
        "Failed": 1,
        "RedrivenToDlq": 1,
    }
