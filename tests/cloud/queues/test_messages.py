"""What becomes of a message between SendMessage and DeleteMessage."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.conftest import Account


@pytest.fixture
def account(own_account: Account) -> Account:
    return own_account


@pytest.fixture
def sqs(account: Account) -> Any:
    return account.client("sqs")


def receive(sqs: Any, url: str, **settings: Any) -> list[dict[str, Any]]:
    asked = {"MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"]}
    answer = sqs.receive_message(QueueUrl=url, **{**asked, **settings})
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found


def bodies(sqs: Any, url: str, **settings: Any) -> list[str]:
    return [one["Body"] for one in receive(sqs, url, **settings)]


def delete(sqs: Any, url: str, message: dict[str, Any]) -> None:
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def counted(sqs: Any, url: str) -> tuple[str, str]:
    """How many messages wait, and how many are being worked on."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return told[names[0]], told[names[1]]


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**request)
    error = raised.value.response["Error"]
    return error["Code"].rpartition(".")[2], error["Message"]


def test_a_message_says_something(account: Account, sqs: Any) -> None:
    """An empty body is one that's missing, to SQS."""
    url, _ = account.queue("orders")
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="") == (
        "MissingParameter",
        "The request must contain the parameter MessageBody.",
    )


def test_a_received_message_hides_and_comes_back(account: Account, sqs: Any) -> None:
    """After its timeout, with another receipt handle and one more receive."""
    url, _ = account.queue("orders", VisibilityTimeout="30")
    sqs.send_message(QueueUrl=url, MessageBody="one")
    (first,) = receive(sqs, url)
    account.cloud.clock.advance(29)
    assert receive(sqs, url) == []
    account.cloud.clock.advance(2)
    (again,) = receive(sqs, url)
    assert first["ReceiptHandle"] != again["ReceiptHandle"]
    counts = [one["Attributes"]["ApproximateReceiveCount"] for one in (first, again)]
    assert counts == ["1", "2"]


def test_a_delayed_message_comes_later(account: Account, sqs: Any) -> None:
    """By its own delay, or by the queue's."""
    url, _ = account.queue("orders", DelaySeconds="60", VisibilityTimeout="300")
    sqs.send_message(QueueUrl=url, MessageBody="queue's")
    sqs.send_message(QueueUrl=url, MessageBody="own", DelaySeconds=5)
    account.cloud.clock.advance(6)
    assert bodies(sqs, url) == ["own"]
    account.cloud.clock.advance(55)
    assert bodies(sqs, url) == ["queue's"]


def test_a_long_poll_ends_with_a_message(account: Account, sqs: Any) -> None:
    """As soon as one is sent."""
    url, _ = account.queue("orders")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(bodies, sqs, url, WaitTimeSeconds=20)
        sqs.send_message(QueueUrl=url, MessageBody="one")
        assert waiting.result(timeout=10) == ["one"]


def test_the_clock_goes_on_during_a_long_poll(account: Account, sqs: Any) -> None:
    """The poll ends when lab time has passed its end, and keeps nobody waiting."""
    url, _ = account.queue("orders")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(bodies, sqs, url, WaitTimeSeconds=20)
        while not account.cloud.queues.waiting:
            assert not waiting.done()
        account.cloud.clock.advance(21)
        assert waiting.result(timeout=10) == []


def test_a_long_poll_gets_what_becomes_visible(account: Account, sqs: Any) -> None:
    """Also if that is only so because the clock was moved."""
    url, _ = account.queue("orders")
    sqs.send_message(QueueUrl=url, MessageBody="one", DelaySeconds=15)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(bodies, sqs, url, WaitTimeSeconds=20)
        while not account.cloud.queues.waiting:
            assert not waiting.done()
        account.cloud.clock.advance(16)
        assert waiting.result(timeout=10) == ["one"]


def test_a_poison_message_ends_as_a_dead_letter(account: Account, sqs: Any) -> None:
    """When it would be received once more than is allowed."""
    dead_url, dead = account.queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2})
    url, _ = account.queue("orders", RedrivePolicy=policy, VisibilityTimeout="10")
    sent = sqs.send_message(QueueUrl=url, MessageBody="poison")
    found = []
    for _ in range(3):
        found.append(bodies(sqs, url))
        account.cloud.clock.advance(11)
    assert found == [["poison"], ["poison"], []]
    (letter,) = receive(sqs, dead_url)
    assert letter["MessageId"] == sent["MessageId"]


def test_a_message_is_kept_for_its_time(account: Account, sqs: Any) -> None:
    """Then it is gone, and not counted any more."""
    url, _ = account.queue("orders", MessageRetentionPeriod="3600")
    sqs.send_message(QueueUrl=url, MessageBody="old")
    account.cloud.clock.advance(1800)
    sqs.send_message(QueueUrl=url, MessageBody="new")
    account.cloud.clock.advance(1801)
    assert counted(sqs, url) == ("1", "0")
    assert bodies(sqs, url) == ["new"]


def test_visibility_can_be_changed(account: Account, sqs: Any) -> None:
    """To nothing, so that another consumer has it at once; also for an old message."""
    url, _ = account.queue("orders")
    sqs.send_message(QueueUrl=url, MessageBody="one")
    account.cloud.clock.advance(13 * 3600)
    (message,) = receive(sqs, url)
    handle = message["ReceiptHandle"]
    sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=100
    )
    account.cloud.clock.advance(99)
    assert counted(sqs, url) == ("0", "1")
    sqs.change_message_visibility(
        QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0
    )
    assert counted(sqs, url) == ("1", "0")
    assert refusal(
        sqs.change_message_visibility,
        QueueUrl=url,
        ReceiptHandle=handle,
        VisibilityTimeout=1,
    ) == (
        "InvalidParameterValue",
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does"
        " not exist or is not available for visibility timeout change.",
    )


def test_a_message_is_deleted_by_its_receipt(account: Account, sqs: Any) -> None:
    """Twice is as good as once; a receipt that nobody got is refused."""
    url, _ = account.queue("orders")
    sqs.send_message(QueueUrl=url, MessageBody="one")
    (message,) = receive(sqs, url)
    delete(sqs, url, message)
    delete(sqs, url, message)
    assert counted(sqs, url) == ("0", "0")
    code, _ = refusal(sqs.delete_message, QueueUrl=url, ReceiptHandle="made up")
    assert code == "ReceiptHandleIsInvalid"


def test_a_purge_empties_a_queue(account: Account, sqs: Any) -> None:
    """Once a minute."""
    url, _ = account.queue("orders")
    sqs.send_message(QueueUrl=url, MessageBody="one")
    sqs.purge_queue(QueueUrl=url)
    assert bodies(sqs, url) == []
    assert refusal(sqs.purge_queue, QueueUrl=url) == (
        "PurgeQueueInProgress",
        "Only one PurgeQueue operation on orders is allowed every 60 seconds.",
    )
    account.cloud.clock.advance(60)
    sqs.purge_queue(QueueUrl=url)


def test_nothing_is_lost_or_doubled_among_many(account: Account, sqs: Any) -> None:
    """Senders and consumers at once: each message is received by one of them."""
    url, _ = account.queue("orders")

    def send(first: int) -> None:
        for number in range(first, first + 25):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))

    def consume() -> list[str]:
        got = []
        while found := receive(sqs, url, WaitTimeSeconds=1):
            for message in found:
                got.append(message["Body"])
                delete(sqs, url, message)
        return got

    with ThreadPoolExecutor(8) as pool:
        consumers = [pool.submit(consume) for _ in range(4)]
        list(pool.map(send, range(0, 100, 25)))
        got = [body for consumer in consumers for body in consumer.result()]
    assert sorted(got, key=int) == [str(number) for number in range(100)]


FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


def test_a_repetition_is_no_second_message(account: Account, sqs: Any) -> None:
    """For five minutes, also after the first was deleted; then it is a new one."""
    url, _ = account.queue("orders.fifo", **FIFO)

    def send() -> dict[str, Any]:
        answer: dict[str, Any] = sqs.send_message(
            QueueUrl=url, MessageBody="one", MessageGroupId="g"
        )
        return answer

    first = send()
    delete(sqs, url, receive(sqs, url)[0])
    again = send()
    assert again["MessageId"] == first["MessageId"]
    assert again["SequenceNumber"] == first["SequenceNumber"]
    assert receive(sqs, url) == []
    account.cloud.clock.advance(301)
    assert send()["MessageId"] != first["MessageId"]
    assert bodies(sqs, url) == ["one"]


def test_a_group_waits_for_its_first(account: Account, sqs: Any) -> None:
    """Other groups go on; numbers grow in the order of sending."""
    url, _ = account.queue("orders.fifo", **FIFO, VisibilityTimeout="30")
    numbers = [
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0])[
            "SequenceNumber"
        ]
        for body in ("a1", "a2", "b1")
    ]
    assert numbers == sorted(numbers) and len(set(numbers)) == 3
    (first,) = receive(sqs, url, MaxNumberOfMessages=1)
    assert first["Attributes"]["SequenceNumber"] == numbers[0]
    assert bodies(sqs, url) == ["b1"]
    delete(sqs, url, first)
    assert bodies(sqs, url) == ["a2"]


def test_groups_can_have_ids_of_their_own(account: Account, sqs: Any) -> None:
    """With the scope of a group, the same id is another message in another group."""
    url, _ = account.queue(
        "orders.fifo",
        **FIFO,
        DeduplicationScope="messageGroup",
        FifoThroughputLimit="perMessageGroupId",
    )
    for group in ("a", "b", "a"):
        sqs.send_message(QueueUrl=url, MessageBody="one", MessageGroupId=group)
    assert bodies(sqs, url) == ["one", "one"]


def test_a_message_comes_twice_on_demand(account: Account, sqs: Any) -> None:
    """A standard queue's: its deletion is missed once, under a new receipt."""
    account.cloud.faults.duplicate(account.id, True)
    url, _ = account.queue("orders")
    sqs.send_message(QueueUrl=url, MessageBody="one")
    receipts = set()
    for _ in range(2):
        (message,) = receive(sqs, url)
        delete(sqs, url, message)
        receipts.add(message["ReceiptHandle"])
    assert (receive(sqs, url), len(receipts)) == ([], 2)
    ordered, _ = account.queue("orders.fifo", **FIFO)
    sqs.send_message(QueueUrl=ordered, MessageBody="one", MessageGroupId="g")
    delete(sqs, ordered, receive(sqs, ordered)[0])
    assert receive(sqs, ordered) == []


def test_a_trace_travels_with_a_message(account: Account, sqs: Any) -> None:
    """The header of the request becomes a system attribute; a client sends none."""
    url, _ = account.queue("orders")
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0"

    def traced(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = header

    sqs.send_message(QueueUrl=url, MessageBody="plain")
    sqs.meta.events.register("before-send.sqs.SendMessage", traced)
    sqs.send_message(QueueUrl=url, MessageBody="traced")
    told = {one["Body"]: one["Attributes"] for one in receive(sqs, url)}
    assert told["traced"]["AWSTraceHeader"] == header
    assert "AWSTraceHeader" not in told["plain"]
