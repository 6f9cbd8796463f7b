"""Archives and replays in moto's storage, with AWS's checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.events.models import EventsBackend, Rule

from grader.cloud.eventbridge import archives, errors, patterns, replays
from grader.cloud.eventbridge.archives import Archive
from grader.cloud.eventbridge.offers import current
from grader.cloud.eventbridge.replays import Replay

Members = Mapping[str, Any]


class ArchiveStorage(EventsBackend):  # type: ignore[misc]
    """The archives and replays of one account in one Region."""

    def create_archive(
        self,
        name: str,
        source_arn: str,
        description: str | None,
        event_pattern: str | None,
        retention: int | None,
    ) -> Archive:
        """Create an archive, with the rule by which it gets its events."""
        bus = self._get_event_bus(source_arn)
        if name in self.archives:
            raise errors.existing(f"Archive {name} already exists.")
        if event_pattern:
            patterns.check(event_pattern)
        archive = Archive(
            self.account_id,
            self.region_name,
            name,
            bus.arn,
            description,
            event_pattern,
            retention,
        )
        archive.rule = self._put_archive_rule(archive, event_pattern)
        archive.rule.targets = [archives.target_of(self.region_name, archive.rule.name)]
        self.archives[name] = archive
        return archive

    def update_archive(
        self,
        name: str,
        description: str | None,
        event_pattern: str | None,
        retention: int | None,
    ) -> dict[str, Any]:
        """Change an archive, and what its rule takes."""
        archive = self.archives.get(name)
        if event_pattern and archive is not None:
            patterns.check(event_pattern)
            archive.rule = self._put_archive_rule(archive, event_pattern)
        told: dict[str, Any] = super().update_archive(
            name, description, event_pattern, retention
        )
        return told

    def _put_archive_rule(self, archive: Archive, pattern: str | None) -> Rule:
        return self.put_rule(
            f"{archives.RULE_PREFIX}{archive.name}",
            event_bus_arn=archive.event_bus_name,
            event_pattern=archives.pattern_of(pattern),
            managed_by=archives.OWNER,
        )

    def start_replay(
        self,
        name: str,
        description: str | None,
        source_arn: str,
        start_time: float,
        end_time: float,
        destination: Members,
    ) -> dict[str, Any]:
        """Begin to play an archive's events of a window again."""
        if ":event-bus/" not in destination["Arn"]:
            raise errors.not_valid("Destination.Arn", "Must contain an event bus ARN.")
        bus = self._get_event_bus(destination["Arn"])
        archive_name = source_arn.rpartition("/")[2]
        archive = self.archives.get(archive_name)
        if archive is None:
            raise errors.not_valid(
                "EventSourceArn", f"Archive {archive_name} does not exist."
            )
        replays.check(archive, destination, bus.rules)
        if float(start_time) >= float(end_time):
            raise errors.not_valid(
                "EventEndTime", "EventStartTime must be before EventEndTime."
            )
        if name in self.replays:
            raise errors.existing(f"Replay {name} already exists.")
        replays.check_number(sum(one.active for one in self.replays.values()))
        replay = Replay(
            self.account_id,
            self.region_name,
            name,
            description,
            source_arn,
            start_time,
            end_time,
            destination,
        )
        self.replays[name] = replay
        playing = current()
        playing.run(lambda: replays.play(replay, archive, playing))
        return {
            "ReplayArn": replay.arn,
            "ReplayStartTime": replay.start_time,
            "State": "STARTING",
        }

    def cancel_replay(self, name: str) -> dict[str, str]:
        """Stop a replay."""
        replay = self._get_replay(name)
        replays.cancel(replay)
        return {"ReplayArn": replay.arn, "State": "CANCELLING"}
