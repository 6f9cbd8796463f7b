"""What SNS takes for a subscription and for a message, and its words for the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cloud.topics.conftest import Newsroom

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:words"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:words"


@pytest.mark.parametrize(
    ("protocol", "endpoint", "why"),
    [
        ("pigeon", "roof", "Amazon SNS does not support this protocol string: pigeon"),
        ("lambda", QUEUE, "Lambda endpoint ARN"),
        ("sqs", "https://sqs.eu-west-1.amazonaws.com/1/q", "SQS endpoint ARN"),
        ("http", "https://127.0.0.1/", "Endpoint must match the specified protocol"),
        ("email", "june", "Email address"),
    ],
)
def test_an_endpoint_fits_its_protocol(
    news: Newsroom, protocol: str, endpoint: str, why: str
) -> None:
    refused = news.refusal(
        "subscribe", TopicArn=news.topic(), Protocol=protocol, Endpoint=endpoint
    )
    assert refused == ("InvalidParameter", f"Invalid parameter: {why}")


def test_what_nobody_delivers_here_is_refused(news: Newsroom) -> None:
    """By the name of the protocol."""
    code, message = news.refusal(
        "subscribe", TopicArn=news.topic(), Protocol="sms", Endpoint="+15550100"
    )
    assert code == "NotImplemented"
    assert "the protocol sms" in message


def test_a_function_gets_no_raw_message(news: Newsroom) -> None:
    """And a refused subscription doesn't exist."""
    topic = news.topic()
    refused = news.refusal(
        "subscribe",
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=FUNCTION,
        Attributes={"RawMessageDelivery": "true"},
    )
    assert refused[1] == (
        "Invalid parameter: Attributes Reason: Delivery protocol [lambda] does not"
        " support raw message delivery."
    )
    assert news.sns.list_subscriptions()["Subscriptions"] == []


def test_subscribing_twice_is_subscribing_once(news: Newsroom) -> None:
    """Unless the attributes differ."""
    topic = news.topic()
    first = news.subscribe(topic, FUNCTION, "lambda")
    assert news.subscribe(topic, FUNCTION, "lambda") == first
    refused = news.refusal(
        "subscribe",
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=FUNCTION,
        Attributes={"FilterPolicy": '{"a": ["b"]}'},
    )
    assert refused[1] == (
        "Invalid parameter: Attributes Reason: Subscription already exists with"
        " different attributes"
    )


def test_attributes_can_be_changed(news: Newsroom) -> None:
    """A filter policy comes, shows its scope, and goes."""
    subscription = news.subscribe(news.topic(), FUNCTION, "lambda")

    def told() -> dict[str, str]:
        answer = news.sns.get_subscription_attributes(SubscriptionArn=subscription)
        found: dict[str, str] = answer["Attributes"]
        return found

    def change(name: str, value: str) -> None:
        news.sns.set_subscription_attributes(
            SubscriptionArn=subscription, AttributeName=name, AttributeValue=value
        )

    change("FilterPolicy", '{"a": ["b"]}')
    assert told()["FilterPolicyScope"] == "MessageAttributes"
    assert told()["PendingConfirmation"] == "false"
    change("FilterPolicy", "")
    assert "FilterPolicy" not in told()


def test_a_topic_counts_its_subscriptions(news: Newsroom) -> None:
    """Confirmed, pending and deleted ones."""
    topic = news.topic()
    gone = news.subscribe(topic, FUNCTION, "lambda")
    news.subscribe(topic, "june@example.com", "email")
    news.subscribe(topic, QUEUE, "sqs")
    news.sns.unsubscribe(SubscriptionArn=gone)
    told = news.sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert [
        told[f"Subscriptions{word}"] for word in ("Confirmed", "Pending", "Deleted")
    ] == ["1", "1", "1"]


def test_a_subscription_that_waits_has_no_arn(news: Newsroom) -> None:
    """So the word that is listed in its place can't be unsubscribed."""
    refused = news.refusal("unsubscribe", SubscriptionArn="PendingConfirmation")
    assert refused[1] == (
        "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6"
        " elements, not 1"
    )


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"Message": ""}, "Empty message"),
        ({"Message": "m", "Subject": "s" * 101}, "Subject"),
        ({"Message": "m" * (256 * 1024 + 1)}, "Message too long"),
        (
            {"Message": "m", "MessageStructure": "json"},
            "Message Structure - JSON message body failed to parse",
        ),
        (
            {"Message": '{"sqs": "m"}', "MessageStructure": "json"},
            "Message Structure - No default entry in JSON message body",
        ),
        (
            {"Message": "m", "MessageDeduplicationId": "1"},
            "MessageDeduplicationId Reason: The request includes"
            " MessageDeduplicationId parameter that is not valid for this topic type",
        ),
    ],
)
def test_a_message_is_checked(news: Newsroom, told: dict[str, str], why: str) -> None:
    refused = news.refusal("publish", TopicArn=news.topic(), **told)
    assert refused == ("InvalidParameter", f"Invalid parameter: {why}")


def test_a_topic_has_to_exist(news: Newsroom) -> None:
    gone = f"arn:aws:sns:eu-west-1:{news.account.id}:gone"
    refused = news.refusal("publish", TopicArn=gone, Message="m")
    assert refused == ("NotFound", "Topic does not exist")


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([str(number) for number in range(11)], "TooManyEntriesInBatchRequest"),
        (["a", "a"], "BatchEntryIdsNotDistinct"),
        (["a b"], "InvalidBatchEntryId"),
    ],
)
def test_a_batch_is_checked(news: Newsroom, ids: list[str], code: str) -> None:
    entries = [{"Id": one, "Message": "m"} for one in ids]
    refused = news.refusal(
        "publish_batch", TopicArn=news.topic(), PublishBatchRequestEntries=entries
    )
    assert refused[0] == code


def test_a_dead_letter_queue_is_named_by_its_arn(news: Newsroom) -> None:
    refused = news.refusal(
        "subscribe",
        TopicArn=news.topic(),
        Protocol="lambda",
        Endpoint=FUNCTION,
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": FUNCTION})},
    )
    assert refused[1] == (
        "Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn"
    )


@pytest.mark.parametrize(
    ("ask", "request_", "why"),
    [
        ("create_topic", {"Name": "a b"}, "Topic Name"),
        ("create_topic", {"Name": "a.fifo"}, "Topic Name"),
        (
            "create_topic",
            {"Name": "news", "Attributes": {"DisplayName": "Other"}},
            "Attributes Reason: Topic already exists with different attributes",
        ),
        (
            "create_topic",
            {"Name": "news", "Tags": [{"Key": "a", "Value": "b"}]},
            "Tags Reason: Topic already exists with different tags",
        ),
        (
            "publish",
            {"Message": "m"},
            "TopicArn or TargetArn Reason: no value for required parameter",
        ),
        (
            "publish",
            {"TopicArn": "news", "Message": "m"},
            "TopicArn Reason: An ARN must have at least 6 elements, not 1",
        ),
    ],
)
def test_a_topic_is_named_well(
    news: Newsroom, ask: str, request_: dict[str, Any], why: str
) -> None:
    """The same name and attributes are the same topic."""
    topic = news.topic(DisplayName="News")
    assert news.topic(DisplayName="News") == topic
    refused = news.refusal(ask, **request_)
    assert refused == ("InvalidParameter", f"Invalid parameter: {why}")
