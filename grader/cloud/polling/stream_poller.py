"""Polls a stream: each of its shards in order, as many of them at once as there are.

Follows "How Lambda processes records from stream-based event sources" in the Lambda
developer guide.
"""

from __future__ import annotations

import threading

from grader.cloud.aws_errors import AWSError
from grader.cloud.polling import batch_invocation
from grader.cloud.polling.lane_records import LaneRecords
from grader.cloud.polling.lanes import Lane
from grader.cloud.polling.mapping import EventSourceMapping
from grader.cloud.polling.platform import Platform
from grader.cloud.polling.positions import Position
from grader.cloud.polling.shards import Shard, StreamSource


class StreamPoller:
    """Keeps the lanes of every shard of one mapping's stream."""

    def __init__(
        self, mapping: EventSourceMapping, platform: Platform, source: StreamSource
    ) -> None:
        self._mapping = mapping
        self._platform = platform
        self._source = source
        self._lock = threading.RLock()
        self._lanes: dict[str, list[Lane]] = {}
        self._stopped = False

    def start(self) -> None:
        """Read from where the mapping stopped, or begins."""
        with self._lock:
            # It may have been stopped before it began.
            if self._stopped:
                return
            self._source.observers.append(self._came)
        self._look(at_once=False)

    def stop(self) -> None:
        """Begin no batch any more; a batch that runs still ends."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            lanes = [lane for shard in self._lanes.values() for lane in shard]
            if self._came in self._source.observers:
                self._source.observers.remove(self._came)
        for lane in lanes:
            lane.stop()

    def wake(self) -> None:
        """Look again, also at what waits: the settings or the function changed."""
        self._look(at_once=True)

    def _came(self, arn: str) -> None:
        if arn == self._mapping.source_arn:
            self._look(at_once=False)

    def _rested(self) -> None:
        """Look again after a lane came to rest: its shard may be at its end."""
        with self._lock:
            closing = any(
                shard.id in self._lanes and self._is_finished(shard)
                for shard in self._source.shards(self._mapping.source_arn)
            )
        if closing or self._resized():
            self._look(at_once=False)

    def _resized(self) -> bool:
        wanted = self._mapping.settings.parallelization_factor
        return any(len(lanes) != wanted for lanes in self._lanes.values())

    def _look(self, *, at_once: bool) -> None:
        """Wake the lanes of every shard whose parents were read to their end."""
        with self._lock:
            if self._stopped:
                return
            shards = self._source.shards(self._mapping.source_arn)
            known = {shard.id: shard for shard in shards}
            woken: list[Lane] = []
            begins = not self._mapping.positions
            for shard in shards:
                position = self._position(shard, begins)
                if self._is_finished(shard):
                    self._lanes.pop(shard.id, None)
                    continue
                parents = [known[one] for one in shard.parents if one in known]
                if not all(self._is_finished(parent) for parent in parents):
                    continue
                # Another poller of this mapping may have begun a batch here.
                if shard.id not in self._lanes and not position.when_free(self.wake):
                    continue
                woken += self._lanes_of(shard, position)
        for lane in woken:
            lane.wake(at_once=at_once)

    def _lanes_of(self, shard: Shard, position: Position) -> list[Lane]:
        number = self._mapping.settings.parallelization_factor
        lanes = self._lanes.get(shard.id, [])
        if len(lanes) == number:
            return lanes
        if any(lane.busy for lane in lanes):
            # They end first: two lanes must not have the same key.
            for lane in lanes:
                lane.stop()
            return []
        for lane in lanes:
            lane.stop()
        self._lanes[shard.id] = [
            Lane(
                self._mapping,
                self._platform,
                self._source,
                LaneRecords(shard, position, index=index, of=number),
                ended=self._rested,
            )
            for index in range(number)
        ]
        return self._lanes[shard.id]

    def _is_finished(self, shard: Shard) -> bool:
        position: Position | None = self._mapping.positions.get(shard.id)
        return position is not None and shard.ends_at(position.after)

    def _position(self, shard: Shard, begins: bool) -> Position:
        """Return how far a shard was read; ``begins`` says that none was before."""
        position: Position | None = self._mapping.positions.get(shard.id)
        if position is None:
            position = Position(self._beginning(shard, begins))
            self._mapping.positions[shard.id] = position
        return position

    def _beginning(self, shard: Shard, begins: bool) -> int:
        mapping = self._mapping
        shard.read(shard.trimmed, 1)
        # What others split or merged into since is read whole.
        if not begins or mapping.starting_position == "TRIM_HORIZON":
            return shard.trimmed
        if mapping.starting_position == "AT_TIMESTAMP":
            return shard.number_at(mapping.starting_timestamp or 0.0)
        # From when the mapping was made or enabled: nothing is missed meanwhile.
        return shard.number_at(mapping.last_modified)


def poll_table(mapping: EventSourceMapping, platform: Platform) -> StreamPoller:
    """Make the poller of a table's stream."""
    # moto's DynamoDB is costly to import, and its streams are there by now.
    from grader.cloud.polling.dynamodb_streams import TableStreams

    return StreamPoller(mapping, platform, TableStreams())


def poll_kinesis(mapping: EventSourceMapping, platform: Platform) -> StreamPoller:
    """Make the poller of a stream of Kinesis."""
    from grader.cloud.polling.kinesis_streams import KinesisStreams

    def role() -> str:
        try:
            return batch_invocation.resolved(mapping).version.role
        except AWSError:
            # Without its function nothing is sent.
            return ""

    return StreamPoller(mapping, platform, KinesisStreams(role))
