"""Kinesis Data Streams: limits."""

from __future__ import annotations

from datetime import date

from grader.facts.fact import Fact

_REFERENCE = "https://docs.aws.amazon.com/kinesis/latest/APIReference/"
_LIMITS = "https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html"
_READ = date(2026, 11, 26)


def _limit(value: int, unit: str, source: str = _LIMITS) -> Fact[int]:
    return Fact(value, unit, source, as_of=_READ)


RECORD_SIZE = _limit(1024 * 1024, "bytes")
RECORDS_READ = _limit(10_000, "records", _REFERENCE + "API_GetRecords.html")
READ_SIZE = _limit(10 * 1024 * 1024, "bytes", _REFERENCE + "API_GetRecords.html")
SHARD_ITERATOR_LIFETIME = _limit(300, "s", _REFERENCE + "API_GetShardIterator.html")
