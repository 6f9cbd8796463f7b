"""What SQS takes for settings of a queue and numbers of a request."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account


@pytest.fixture
def sqs(fresh_account: Account) -> Any:
    return fresh_account.client("sqs")


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**request)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VisibilityTimeout", "43201"),
        ("DelaySeconds", "901"),
        ("MessageRetentionPeriod", "59"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
        ("MaximumMessageSize", "much"),
    ],
)
def test_a_setting_has_its_range(sqs: Any, name: str, value: str) -> None:
    """The same words for a new queue and for one that is changed."""
    refused = ("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
    told = {name: value}
    assert refusal(sqs.create_queue, QueueName="orders", Attributes=told) == refused
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes=told) == refused


def test_a_setting_has_to_exist(sqs: Any) -> None:
    told = {"Colour": "red"}
    assert refusal(sqs.create_queue, QueueName="orders", Attributes=told) == (
        "InvalidAttributeName",
        "Unknown Attribute Colour.",
    )


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("nonsense", "Redrive policy is not a valid JSON map."),
        (
            {"maxReceiveCount": 3},
            "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.",
        ),
        (
            {"deadLetterTargetArn": "DEAD"},
            "Redrive policy does not contain mandatory attribute: maxReceiveCount.",
        ),
        (
            {"deadLetterTargetArn": "DEAD", "maxReceiveCount": 0},
            "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both"
            " inclusive.",
        ),
        (
            {"deadLetterTargetArn": "DEADgone", "maxReceiveCount": 3},
            "Dead letter target does not exist.",
        ),
        (
            {"deadLetterTargetArn": "DEAD.fifo", "maxReceiveCount": 3},
            "Dead-letter queue must be same type of queue as the source.",
        ),
    ],
)
def test_a_redrive_policy_is_checked(
    fresh_account: Account, sqs: Any, policy: Any, reason: str
) -> None:
    _, dead = fresh_account.queue("dead")
    fresh_account.queue("dead.fifo", FifoQueue="true")
    text = policy if isinstance(policy, str) else json.dumps(policy)
    text = text.replace("DEAD", dead)
    url, _ = fresh_account.queue("orders")
    assert refusal(
        sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": text}
    ) == (
        "InvalidParameterValue",
        f"Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}",
    )


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MaxNumberOfMessages", 11, "Must be between 1 and 10, if provided."),
        ("WaitTimeSeconds", 21, "Must be >= 0 and <= 20, if provided."),
        ("VisibilityTimeout", 43201, "Must be >= 0 and <= 43200, if provided."),
    ],
)
def test_a_receive_has_its_ranges(
    fresh_account: Account, sqs: Any, name: str, value: int, reason: str
) -> None:
    url, _ = fresh_account.queue("orders")
    assert refusal(sqs.receive_message, QueueUrl=url, **{name: value}) == (
        "InvalidParameterValue",
        f"Value {value} for parameter {name} is invalid. Reason: {reason}",
    )


@pytest.mark.parametrize(
    ("name", "told", "code", "message"),
    [
        (
            "orders",
            {"FifoQueue": "true"},
            "InvalidParameterValue",
            "The name of a FIFO queue can only include alphanumeric characters,"
            " hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in"
            " length.",
        ),
        (
            "orders.fifo",
            {},
            "InvalidParameterValue",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80"
            " in length",
        ),
        (
            "orders",
            {"FifoQueue": "false"},
            "InvalidAttributeName",
            "Unknown Attribute FifoQueue.",
        ),
        (
            "orders",
            {"ContentBasedDeduplication": "true"},
            "InvalidAttributeName",
            "Unknown Attribute ContentBasedDeduplication.",
        ),
        (
            "known",
            {"DelaySeconds": "5", "VisibilityTimeout": "31"},
            "QueueAlreadyExists",
            "A queue already exists with the same name and a different value for"
            " attribute VisibilityTimeout",
        ),
    ],
)
def test_a_new_queue_is_checked(
    sqs: Any, name: str, told: dict[str, str], code: str, message: str
) -> None:
    """Its name, what only FIFO queues have, and whether it is the same again."""
    given = {"DelaySeconds": "5"}
    known = sqs.create_queue(QueueName="known", Attributes=given)["QueueUrl"]
    again = sqs.create_queue(QueueName="known", Attributes=given)["QueueUrl"]
    assert again == known
    refused = refusal(sqs.create_queue, QueueName=name, Attributes=told)
    assert (refused[0].rpartition(".")[2], refused[1]) == (code, message)


def test_a_standard_queue_deduplicates_nothing(
    fresh_account: Account, sqs: Any
) -> None:
    url, _ = fresh_account.queue("orders")
    assert refusal(
        sqs.send_message, QueueUrl=url, MessageBody="m", MessageDeduplicationId="1"
    ) == (
        "InvalidParameterValue",
        "Value 1 for parameter MessageDeduplicationId is invalid. Reason: The request"
        " includes a parameter that is not valid for this queue type",
    )


def test_a_receipt_is_one_that_was_given(fresh_account: Account, sqs: Any) -> None:
    url, _ = fresh_account.queue("orders")
    assert refusal(sqs.delete_message, QueueUrl=url, ReceiptHandle="made up") == (
        "ReceiptHandleIsInvalid",
        'The input receipt handle "made up" is not a valid receipt handle.',
    )
