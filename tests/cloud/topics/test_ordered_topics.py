"""FIFO topics."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cloud.topics.conftest import Newsroom

FIFO = {"FifoTopic": "true"}
BY_CONTENT = {**FIFO, "ContentBasedDeduplication": "true"}


def test_a_message_comes_once_and_numbered(news: Newsroom) -> None:
    """A repetition is answered like the first, and isn't delivered."""
    topic = news.topic("news.fifo", **BY_CONTENT)
    url, _ = news.queue(topic, "reader.fifo")
    first, again, other = (
        news.sns.publish(TopicArn=topic, Message=text, MessageGroupId="g")
        for text in ("one", "one", "two")
    )
    assert again["MessageId"] == first["MessageId"]
    assert again["SequenceNumber"] == first["SequenceNumber"]
    assert int(other["SequenceNumber"]) > int(first["SequenceNumber"])
    told = [json.loads(body) for body in news.bodies(url)]
    assert [one["Message"] for one in told] == ["one", "two"]
    assert told[1]["SequenceNumber"] == other["SequenceNumber"]
    assert "Signature" not in told[0]


def test_after_five_minutes_it_is_a_new_message(own_news: Newsroom) -> None:
    """Also if the subscriber has long deleted the first."""
    news, topic = own_news, own_news.topic("news.fifo", **FIFO)
    url, _ = news.queue(topic, "reader.fifo")
    counts = []
    for seconds in (0, 299, 2):
        news.cloud.clock.advance(seconds)
        news.sns.publish(
            TopicArn=topic,
            Message="one",
            MessageGroupId="g",
            MessageDeduplicationId="1",
        )
        messages = news.account.messages(url)
        counts.append(len(messages))
        for one in messages:
            news.account.client("sqs").delete_message(
                QueueUrl=url, ReceiptHandle=one["ReceiptHandle"]
            )
    assert counts == [1, 0, 1]


def test_a_fifo_topic_needs_a_group_and_an_id(news: Newsroom) -> None:
    """In SNS's words."""
    topic = news.topic("news.fifo", **FIFO)
    assert news.refusal("publish", TopicArn=topic, Message="m")[1] == (
        "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
    )
    assert news.refusal("publish", TopicArn=topic, Message="m", MessageGroupId="g")[
        1
    ] == (
        "Invalid parameter: The topic should either have ContentBasedDeduplication"
        " enabled or MessageDeduplicationId provided explicitly"
    )


def test_only_queues_subscribe_to_fifo_topics(news: Newsroom) -> None:
    """A standard queue may, too."""
    topic = news.topic("news.fifo", **BY_CONTENT)
    function = f"arn:aws:lambda:eu-west-1:{news.account.id}:function:words"
    refused = news.refusal(
        "subscribe", TopicArn=topic, Protocol="lambda", Endpoint=function
    )
    assert refused[0] == "InvalidParameter"
    url, _ = news.queue(topic, "reader")
    news.sns.publish(TopicArn=topic, Message="one", MessageGroupId="g")
    assert news.texts(url) == ["one"]
