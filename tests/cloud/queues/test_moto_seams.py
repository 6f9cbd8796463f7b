"""What moto does instead: these fail when an override isn't needed any more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto.sqs.exceptions import InvalidParameterValue, SQSException
from moto.sqs.models import SQSBackend, sqs_backends


@pytest.fixture
def plain() -> Iterator[SQSBackend]:
    """moto's own backend, without a cloud around it."""
    backend = sqs_backends["123456789012"]["eu-west-1"]
    yield backend
    backend.reset()


def test_moto_forgets_deleted_deduplication_ids(plain: SQSBackend) -> None:
    """Override: ``ordering``; its numbers don't grow either."""
    plain.create_queue("q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    first = plain.send_message("q.fifo", "one", group_id="g")
    (received,) = plain.receive_message("q.fifo", 1, 0, 30)
    plain.delete_message("q.fifo", received.receipt_handle)
    plain.send_message("q.fifo", "one", group_id="g")
    assert plain.receive_message("q.fifo", 1, 0, 30)
    assert first.sequence_number is None


def test_moto_takes_any_setting(plain: SQSBackend) -> None:
    """Override: ``settings``."""
    assert plain.create_queue("q", Colour="red", VisibilityTimeout="99999")


def test_moto_words_redrive_policies_its_own_way(plain: SQSBackend) -> None:
    """Override: ``settings``."""
    queue = plain.create_queue("q")
    with pytest.raises(SQSException, match="does not contain maxReceiveCount"):
        queue._set_attributes({"RedrivePolicy": '{"deadLetterTargetArn": "a"}'})


def test_moto_counts_expired_messages(plain: SQSBackend) -> None:
    """Override: ``receiving.expire``."""
    queue = plain.create_queue("q", MessageRetentionPeriod="60")
    plain.send_message("q", "one").sent_timestamp -= 61_000
    assert queue.approximate_number_of_messages == 1


def test_moto_lets_nobody_hide_an_old_message(plain: SQSBackend) -> None:
    """Override: ``receiving.change_visibility``; twelve hours count from a receive."""
    plain.create_queue("q")
    plain.send_message("q", "one").sent_timestamp -= 13 * 3600 * 1000
    (received,) = plain.receive_message("q", 1, 0, 30)
    with pytest.raises(InvalidParameterValue, match="beyond the limit"):
        plain.change_message_visibility("q", received.receipt_handle, 1)
