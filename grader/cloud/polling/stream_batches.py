"""Batches of a stream's records: what becomes of one whose attempt failed.

Follows "Retain discarded records", "Configuring partial batch response" and the
parameters of DynamoDB and Kinesis event source mappings in the Lambda developer guide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.cloud.polling.mapping import FOREVER, Settings
from grader.cloud.polling.shards import ShardRecord

_LONGEST_WAIT = 300


@dataclass
class Batch:
    """Records that are sent together, in order.

    ``errors`` counts the attempts that failed, ``refusals`` those that Lambda couldn't
    make since the last one, ``invocations`` how often the function got the records.
    """

    records: Sequence[ShardRecord]
    errors: int = 0
    refusals: int = 0
    invocations: int = 0

    @property
    def trace_headers(self) -> list[str]:
        """Those of whoever wrote the records, where they are known."""
        return [one.trace_header for one in self.records if one.trace_header]

    @property
    def event(self) -> bytes:
        """The event with these records (JSON)."""
        return f'{{"Records":[{",".join(one.text for one in self.records)}]}}'.encode()


@dataclass(frozen=True)
class Verdict:
    """What comes after a failed attempt.

    The first ``finished`` records are done. Then come ``parts``, in order; without any,
    the others are given up. ``wait`` is in seconds, before the first part.
    """

    finished: int
    parts: tuple[Batch, ...]
    wait: float = 0.0


def after_failure(
    batch: Batch, failed: frozenset[int] | None, how: Settings
) -> Verdict:
    """Decide what becomes of a batch after its attempt failed.

    ``failed`` are the numbers that the function reported, or None where all failed.
    What comes after the lowest one is sent again, whether it failed or not. To split a
    batch costs none of its attempts.
    """
    finished = 0
    if failed is not None:
        finished = next(
            place for place, one in enumerate(batch.records) if one.number in failed
        )
    left = batch.records[finished:]
    if how.bisect and finished:
        return Verdict(finished, (Batch(left, invocations=batch.invocations),))
    if how.bisect and len(left) > 1:
        half = (len(left) + 1) // 2
        parts = (left[:half], left[half:])
        return Verdict(
            0, tuple(Batch(part, invocations=batch.invocations) for part in parts)
        )
    # Once some are done, the others are a batch of their own.
    errors = 1 if finished else batch.errors + 1
    if how.maximum_retry_attempts not in (None, FOREVER) and (
        errors > how.maximum_retry_attempts
    ):
        return Verdict(finished, ())
    again = Batch(left, errors=errors, invocations=batch.invocations)
    return Verdict(finished, (again,), backoff(errors))


def backoff(attempts: int) -> float:
    """Return the seconds to wait after so many attempts: ever longer."""
    return float(min(2 ** min(attempts - 1, 10), _LONGEST_WAIT))


def too_old(batch: Batch, how: Settings, now: float) -> int:
    """Count the records at a batch's beginning that are older than allowed."""
    if how.maximum_record_age in (None, FOREVER):
        return 0
    oldest = now - how.maximum_record_age
    return sum(one.at <= oldest for one in batch.records)
