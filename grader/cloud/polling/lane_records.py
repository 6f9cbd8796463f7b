"""The records of one lane of a shard, those that filters let pass."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

from grader.cloud.payloads import SYNCHRONOUS_LIMIT
from grader.cloud.polling.mapping import Settings
from grader.cloud.polling.positions import Position
from grader.cloud.polling.shards import Shard, ShardRecord

# Records looked at in one go.
_LEAST, _MOST = 10, 1_000
# Around the records of an event, and between two of them.
_ENVELOPE, _COMMA = len('{"Records":[]}'), 1


class LaneRecords:
    """What is to be sent of a shard: one part ``of`` several, by the records' keys."""

    def __init__(
        self, shard: Shard, position: Position, *, index: int, of: int
    ) -> None:
        self.shard = shard
        self.position = position
        self._index, self._of = index, of

    def next(self, settings: Settings) -> tuple[list[ShardRecord], bool]:
        """Read the next records; True where no more fit into a batch.

        What no filter lets pass is finished.
        """
        found: list[ShardRecord] = []
        skipped: list[int] = []
        size, full = _ENVELOPE, False
        after, done = self.position.after, self.position.done
        at_once = min(max(settings.batch_size * self._of, _LEAST), _MOST)
        while not full:
            chunk = self.shard.read(after, at_once)
            for record in chunk:
                if record.number in done or not self._is_mine(record):
                    continue
                if not settings.filters.passes(record.filtered):
                    skipped.append(record.number)
                    continue
                size += len(record.text.encode()) + _COMMA
                full = bool(found) and size > SYNCHRONOUS_LIMIT
                if not full:
                    found.append(record)
                    full = len(found) >= settings.batch_size
                if full:
                    break
            if len(chunk) < at_once:
                break
            after = chunk[-1].number
        if skipped:
            self.position.finish(skipped, self.shard)
        return found, full

    def _is_mine(self, record: ShardRecord) -> bool:
        return zlib.crc32(record.key.encode()) % self._of == self._index

    def finish(self, records: Iterable[ShardRecord]) -> None:
        """Never read these again."""
        self.position.finish((one.number for one in records), self.shard)

    def expired_unread(self) -> bool:
        """Say whether records were trimmed that nobody has read; they are behind then.

        Of several lanes none can tell whose they were.
        """
        # Reading is what trims.
        self.shard.read(self.position.after, 1)
        lost = self._of == 1 and self.position.after < self.shard.trimmed
        if lost:
            self.position.finish((), self.shard)
        return lost

    def trimmed(self, records: Sequence[ShardRecord]) -> int:
        """Count the records at the beginning that the stream itself has forgotten."""
        self.shard.read(records[-1].number, 1)
        gone = sum(one.number <= self.shard.trimmed for one in records)
        if gone:
            self.position.finish((), self.shard)
        return gone
