"""HTTP endpoints: how they subscribe, what they get, and when it is tried again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import requests

from grader.cloud.mail import mailboxes

if TYPE_CHECKING:
    from tests.cloud.topics.conftest import Newsroom, Subscriber


def confirmed(news: Newsroom, subscriber: Subscriber, topic: str, **told: str) -> str:
    """Subscribe an endpoint and follow the link that it is sent."""
    subscription = news.subscribe(topic, subscriber.url, "http", **told)
    news.cloud.clock.settle()
    _, text = subscriber.posts.pop()
    assert requests.get(json.loads(text)["SubscribeURL"], timeout=5).status_code == 200
    return subscription


def test_an_endpoint_is_asked_first(news: Newsroom, subscriber: Subscriber) -> None:
    """It gets a token, and until it comes back no message and no ARN."""
    topic = news.topic()
    answered = news.sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=subscriber.url
    )
    assert answered["SubscriptionArn"] == "pending confirmation"
    news.sns.publish(TopicArn=topic, Message="too early")
    news.cloud.clock.settle()
    ((headers, text),) = subscriber.posts
    told = json.loads(text)
    assert headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert headers["x-amz-sns-topic-arn"] == topic
    assert headers["x-amz-sns-message-id"] == told["MessageId"]
    assert "x-amz-sns-subscription-arn" not in headers
    assert list(told) == [
        "Type",
        "MessageId",
        "Token",
        "TopicArn",
        "Message",
        "SubscribeURL",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
    ]
    (listed,) = news.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    counts = news.sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (counts["SubscriptionsPending"], counts["SubscriptionsConfirmed"]) == (
        *("1", "0"),
    )


def test_a_token_confirms(news: Newsroom, subscriber: Subscriber) -> None:
    """ConfirmSubscription takes the one that was sent, and no other."""
    topic = news.topic()
    subscription = news.subscribe(topic, subscriber.url, "http")
    news.cloud.clock.settle()
    token = json.loads(subscriber.posts[0][1])["Token"]
    refused = news.refusal("confirm_subscription", TopicArn=topic, Token="made up")
    assert refused == ("InvalidParameter", "Invalid parameter: Token")
    answered = news.sns.confirm_subscription(TopicArn=topic, Token=token)
    assert answered["SubscriptionArn"] == subscription


def test_an_endpoint_gets_messages(news: Newsroom, subscriber: Subscriber) -> None:
    """With SNS's headers; the body is the document."""
    topic = news.topic()
    subscription = confirmed(news, subscriber, topic)
    answered = news.sns.publish(TopicArn=topic, Message="hello", Subject="Hi")
    news.cloud.clock.settle()
    ((headers, text),) = subscriber.posts
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["x-amz-sns-message-id"] == answered["MessageId"]
    assert headers["x-amz-sns-subscription-arn"] == subscription
    assert headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert headers["User-Agent"] == "Amazon Simple Notification Service Agent"
    assert json.loads(text)["Message"] == "hello"


def test_a_raw_endpoint_gets_the_message_itself(
    news: Newsroom, subscriber: Subscriber
) -> None:
    """And a header that says so."""
    topic = news.topic()
    confirmed(news, subscriber, topic, RawMessageDelivery="true")
    news.sns.publish(TopicArn=topic, Message="hello")
    news.cloud.clock.settle()
    ((headers, text),) = subscriber.posts
    assert (text, headers["x-amz-sns-rawdelivery"]) == ("hello", "true")


def test_an_endpoint_is_tried_again(own_news: Newsroom, subscriber: Subscriber) -> None:
    """Three times, 20 seconds of the lab's apart, then the dead-letter queue has it."""
    news, topic = own_news, own_news.topic()
    saved, dead = news.account.queue("dead")
    news.account.let_in(saved, "sns.amazonaws.com", topic)
    redrive = json.dumps({"deadLetterTargetArn": dead})
    confirmed(news, subscriber, topic, RedrivePolicy=redrive)
    subscriber.statuses = [500, 503, 429, 500]
    news.sns.publish(TopicArn=topic, Message="hello")
    news.cloud.clock.advance(45)
    assert (len(subscriber.posts), news.texts(saved)) == (3, [])
    news.cloud.clock.advance(20)
    assert (len(subscriber.posts), news.texts(saved)) == (4, ["hello"])
    assert news.incidents() == [("undelivered", subscriber.url)]


def test_a_refusal_isnt_tried_again(own_news: Newsroom, subscriber: Subscriber) -> None:
    """A status of 400 to 499 is the subscriber's last word."""
    news, topic = own_news, own_news.topic()
    confirmed(news, subscriber, topic)
    subscriber.statuses = [404]
    news.sns.publish(TopicArn=topic, Message="hello")
    news.cloud.clock.advance(120)
    assert len(subscriber.posts) == 1


def test_a_subscription_has_its_own_waits(
    own_news: Newsroom, subscriber: Subscriber
) -> None:
    """A delivery policy says how often, and how long to wait."""
    news, topic = own_news, own_news.topic()
    retries = {"numRetries": 2, "minDelayTarget": 5, "maxDelayTarget": 10}
    policy = json.dumps({"healthyRetryPolicy": retries})
    confirmed(news, subscriber, topic, DeliveryPolicy=policy)
    subscriber.statuses = [500] * 9
    news.sns.publish(TopicArn=topic, Message="hello")
    counts = []
    for seconds in (4, 2, 8, 3, 600):
        news.cloud.clock.advance(seconds)
        counts.append(len(subscriber.posts))
    assert counts == [1, 2, 2, 3, 3]


def test_an_endpoint_is_told_that_it_was_unsubscribed(
    news: Newsroom, subscriber: Subscriber
) -> None:
    """With a link by which it comes back."""
    topic = news.topic()
    subscription = confirmed(news, subscriber, topic)
    news.sns.unsubscribe(SubscriptionArn=subscription)
    news.cloud.clock.settle()
    ((headers, text),) = subscriber.posts
    assert headers["x-amz-sns-message-type"] == "UnsubscribeConfirmation"
    requests.get(json.loads(text)["SubscribeURL"], timeout=5)
    (listed,) = news.sns.list_subscriptions()["Subscriptions"]
    assert listed["SubscriptionArn"] == subscription


def test_who_doesnt_answer_for_two_days_is_forgotten(
    own_news: Newsroom, subscriber: Subscriber
) -> None:
    """A subscription that nobody confirmed is deleted."""
    own_news.subscribe(own_news.topic(), subscriber.url, "http")
    own_news.cloud.clock.advance(2 * 24 * 3600 - 60)
    assert own_news.sns.list_subscriptions()["Subscriptions"]
    own_news.cloud.clock.advance(60)
    assert own_news.sns.list_subscriptions()["Subscriptions"] == []


def test_an_address_gets_mail(own_news: Newsroom) -> None:
    """Once its owner has followed the link; nothing that was published before."""
    news, topic = own_news, own_news.topic()
    subscription = news.subscribe(topic, "june@example.com", "email")
    news.subscribe(topic, "may@example.com", "email-json")
    news.sns.publish(TopicArn=topic, Message="too early")
    news.cloud.clock.advance(11)
    news.sns.publish(TopicArn=topic, Message="hello", Subject="Hi")
    *asked, june, may = mailboxes.of_account(news.account.id)
    assert [one["subject"] for one in asked] == [
        "AWS Notification - Subscription Confirmation"
    ] * 2
    assert (june["to"], june["subject"]) == (["june@example.com"], "Hi")
    assert june["text"].startswith("hello\n\n--\n")
    assert f"SubscriptionArn={subscription}" in june["text"]
    assert json.loads(may["text"])["Message"] == "hello"


def test_other_machines_arent_reached(news: Newsroom) -> None:
    """Their endpoints are refused by name."""
    code, message = news.refusal(
        "subscribe",
        TopicArn=news.topic(),
        Protocol="https",
        Endpoint="https://studio.example/news",
    )
    assert code == "NotImplemented"
    assert "only servers on 127.0.0.1 are reached" in message
