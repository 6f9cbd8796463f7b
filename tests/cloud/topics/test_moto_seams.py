"""What moto does instead: these fail when an override isn't needed any more."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from moto.sns.exceptions import SNSException
from moto.sns.models import SNSBackend, Topic, sns_backends
from moto.sns.responses import SNSResponse

from grader.cloud.topics.answers import Answers

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:words"


@pytest.fixture
def plain() -> Any:
    """moto's own backend, without a cloud around it."""
    backend = sns_backends["123456789012"]["eu-west-1"]
    yield backend
    backend.reset()


def test_moto_confirms_by_itself(plain: SNSBackend) -> None:
    """Override: ``confirmations``."""
    topic = plain.create_topic("news")
    made = plain.subscribe(topic.arn, "http://127.0.0.1:1/", "http")
    assert made.attributes["PendingConfirmation"] is False


def test_moto_doesnt_know_all_operators(plain: SNSBackend) -> None:
    """Override: ``filter_policies``."""
    topic = plain.create_topic("news")
    made = plain.subscribe(topic.arn, FUNCTION, "lambda")
    policy = json.dumps({"a": [{"wildcard": "b*"}]})
    with pytest.raises(SNSException, match="Unrecognized match type wildcard"):
        plain.set_subscription_attributes(made.arn, "FilterPolicy", policy)


def test_moto_takes_raw_delivery_of_functions(plain: SNSBackend) -> None:
    """Override: ``subscriptions.check_settings``."""
    topic = plain.create_topic("news")
    made = plain.subscribe(topic.arn, FUNCTION, "lambda")
    plain.set_subscription_attributes(made.arn, "RawMessageDelivery", True)
    assert made.attributes["RawMessageDelivery"]


def test_moto_counts_no_subscriptions(plain: SNSBackend) -> None:
    """Override: ``Answers.get_topic_attributes``."""
    topic = plain.create_topic("news")
    plain.subscribe(topic.arn, FUNCTION, "lambda")
    assert topic.subscriptions_confimed == 0


def test_moto_numbers_nothing(plain: SNSBackend) -> None:
    """Override: ``ordered_topics``; a repetition is another message."""
    attributes: Any = {"FifoTopic": True, "ContentBasedDeduplication": True}
    topic = plain.create_topic("news.fifo", attributes)
    first, again = (plain.publish("one", arn=topic.arn, group_id="g") for _ in range(2))
    assert first != again
    assert "SequenceNumber" not in inspect.getsource(SNSResponse.publish)


def test_moto_publishes_where_ours_does() -> None:
    """The seam of services that publish: the same parameters, in the same order."""
    motos = list(inspect.signature(Topic.publish).parameters)
    ours = list(inspect.signature(Answers.send_of_service).parameters)
    assert ours == ["self", "topic", *motos[1:]]
