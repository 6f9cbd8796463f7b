"""DynamoDB: limits, and the sizes of its units."""

from __future__ import annotations

from datetime import date

from grader.facts.fact import Fact

_GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
_REFERENCE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/"
_LIMITS = _GUIDE + "Constraints.html"
_READ = date(2026, 11, 25)


def _limit(value: int, unit: str, source: str = _LIMITS) -> Fact[int]:
    return Fact(value, unit, source, as_of=_READ)


READ_UNIT = _limit(4 * 1024, "bytes")
WRITE_UNIT = _limit(1024, "bytes")
ITEM_SIZE = _limit(400 * 1024, "bytes")
PARTITION_KEY_SIZE = _limit(2_048, "bytes")
SORT_KEY_SIZE = _limit(1_024, "bytes")
NUMBER_DIGITS = _limit(38, "digits")
PAGE_SIZE = _limit(1024 * 1024, "bytes")
BATCH_GETS = _limit(100, "items")
BATCH_WRITES = _limit(25, "requests")
BATCH_GET_SIZE = _limit(16 * 1024 * 1024, "bytes")
TRANSACTION_ITEMS = _limit(100, "items")
TRANSACTION_SIZE = _limit(4 * 1024 * 1024, "bytes")
TRANSACTION_TOKEN_LIFETIME = _limit(
    600, "s", _REFERENCE + "API_TransactWriteItems.html"
)
TABLES_LISTED = _limit(100, "tables", _REFERENCE + "API_ListTables.html")
# What storage is billed for, besides an item's own bytes; in each index once more.
ITEM_OVERHEAD = _limit(100, "bytes", _GUIDE + "CapacityUnitCalculations.html")
STREAM_RETENTION = _limit(86_400, "s", _GUIDE + "Streams.html")
STREAMS_LISTED = _limit(100, "streams", _REFERENCE + "API_streams_ListStreams.html")
STREAM_RECORDS = _limit(1_000, "records", _REFERENCE + "API_streams_GetRecords.html")
STREAM_PAGE_SIZE = _limit(
    1024 * 1024, "bytes", _REFERENCE + "API_streams_GetRecords.html"
)
SHARD_ITERATOR_LIFETIME = _limit(
    900, "s", _REFERENCE + "API_streams_GetShardIterator.html"
)
# Items that expired longer ago aren't deleted.
OLDEST_EXPIRY = _limit(5, "years", _GUIDE + "time-to-live-ttl-before-you-start.html")
