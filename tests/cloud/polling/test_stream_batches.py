"""What becomes of a stream's batch whose attempt failed."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.polling.mapping import Settings
from grader.cloud.polling.shards import ShardRecord
from grader.cloud.polling.stream_batches import (
    Batch,
    after_failure,
    backoff,
    too_old,
)


def batch(numbers: str, errors: int = 0) -> Batch:
    """Make a batch whose records have these digits as numbers, and as arrivals."""
    records = [ShardRecord(int(one), float(one), one, {}, {}) for one in numbers]
    return Batch(records, errors=errors)


def numbers(of: Batch) -> str:
    return "".join(str(one.number) for one in of.records)


def settings(**more: Any) -> Settings:
    return Settings("arn", 10, **more)


@pytest.mark.parametrize(
    ("errors", "failed", "how", "finished", "parts"),
    [
        # All of it again, with nothing reported.
        (0, None, {}, 0, ["12345678"]),
        # The lowest one that failed counts, and what comes after it is sent again.
        (0, {6, 4}, {}, 3, ["45678"]),
        (0, {1}, {}, 0, ["12345678"]),
        # To split costs nothing, however few attempts are left.
        (0, None, {"bisect": True, "maximum_retry_attempts": 0}, 0, ["1234", "5678"]),
        (0, {4}, {"bisect": True, "maximum_retry_attempts": 0}, 3, ["45678"]),
        (0, {1}, {"bisect": True}, 0, ["1234", "5678"]),
        # Two attempts beside the first one.
        (1, None, {"maximum_retry_attempts": 2}, 0, ["12345678"]),
        (2, None, {"maximum_retry_attempts": 2}, 0, []),
        # What was done since makes it another batch.
        (2, {4}, {"maximum_retry_attempts": 2}, 3, ["45678"]),
        (0, {4}, {"maximum_retry_attempts": 0}, 3, []),
    ],
)
def test_what_comes_next(
    errors: int,
    failed: set[int] | None,
    how: dict[str, Any],
    finished: int,
    parts: list[str],
) -> None:
    """Which records are done, and which are sent again together; or given up."""
    verdict = after_failure(
        batch("12345678", errors),
        None if failed is None else frozenset(failed),
        settings(**how),
    )
    assert verdict.finished == finished
    assert [numbers(one) for one in verdict.parts] == parts


def test_one_record_cant_be_split() -> None:
    """It is tried again instead, and each time counts."""
    how = settings(bisect=True, maximum_retry_attempts=1)
    first = after_failure(batch("1"), None, how)
    assert (first.wait, first.parts[0].errors) == (1.0, 1)
    assert after_failure(first.parts[0], None, how).parts == ()


def test_waits_grow() -> None:
    """Twice as long each time, up to five minutes."""
    assert [backoff(attempt) for attempt in (1, 2, 3, 9, 10, 5000)] == [
        1,
        2,
        4,
        256,
        300,
        300,
    ]


def test_the_oldest_are_too_old() -> None:
    """Those of a batch that came longer ago than allowed; without a limit none."""
    assert too_old(batch("1239"), settings(maximum_record_age=60), 62.0) == 2
    assert too_old(batch("1239"), settings(), 1e9) == 0


def test_an_event_has_its_records_in_order() -> None:
    """In one JSON document."""
    records = [ShardRecord(n, 0.0, "", {"n": n}, {}) for n in (1, 2)]
    assert Batch(records).event == b'{"Records":[{"n":1},{"n":2}]}'
