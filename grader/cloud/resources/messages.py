"""What passes things on: queues, topics, streams, buses, schedules, mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.cloud.resources.resource import Readers, Resource, counted

_DEFAULT = "default"


def _sqs(backend: Any) -> Iterator[Resource]:
    for queue in list(backend.queues.values()):
        waiting = counted(queue.approximate_number_of_messages, "message")
        yield Resource("queue", queue.name, f"about {waiting}")


def _sns(backend: Any) -> Iterator[Resource]:
    for topic in list(backend.topics.values()):
        yield Resource("topic", topic.name)
    for subscription in list(backend.subscriptions.values()):
        to = f"{subscription.protocol} {subscription.endpoint}"
        # As SNS lists it until it is confirmed.
        name = subscription.arn if subscription.confirmed else "PendingConfirmation"
        yield Resource("subscription", name, to)
    for application in list(backend.applications.values()):
        yield Resource("platform application", application.arn)


def _kinesis(backend: Any) -> Iterator[Resource]:
    for stream in list(backend.streams.values()):
        about = counted(stream.open_shards, "open shard")
        yield Resource("stream", stream.stream_name, about)


def _events(backend: Any) -> Iterator[Resource]:
    for bus in list(backend.event_buses.values()):
        if bus.name != _DEFAULT:
            yield Resource("bus", bus.name)
        for rule in list(bus.rules.values()):
            # A rule that a service made for itself goes with what it was made for.
            if rule.managed_by:
                continue
            name = rule.name if bus.name == _DEFAULT else f"{bus.name}/{rule.name}"
            about = f"{rule.state}, {counted(len(rule.targets), 'target')}"
            yield Resource("rule", name, about)
    for archive in list(backend.archives.values()):
        yield Resource("archive", archive.name)
    for connection in list(backend.connections.values()):
        yield Resource("connection", connection.name)
    for destination in list(backend.destinations.values()):
        yield Resource("api destination", destination.name)


def _scheduler(backend: Any) -> Iterator[Resource]:
    for group in list(backend.schedule_groups.values()):
        if group.name != _DEFAULT:
            yield Resource("schedule group", group.name)
        for schedule in list(group.schedules.values()):
            name = schedule.name
            if group.name != _DEFAULT:
                name = f"{group.name}/{name}"
            yield Resource("schedule", name, schedule.schedule_expression)


def _ses(backend: Any) -> Iterator[Resource]:
    for identity in list(backend.email_identities.values()):
        yield Resource("identity", identity.email_identity, identity.identity_type)
    for name in list(backend.templates):
        yield Resource("template", name)
    for name in list(backend.config_sets):
        yield Resource("configuration set", name)
    for name in list(backend.receipt_rule_set):
        yield Resource("receipt rule set", name)
    for name in list(backend.contacts_lists):
        yield Resource("contact list", name)


READERS: Readers = {
    "sqs": _sqs,
    "sns": _sns,
    "kinesis": _kinesis,
    "events": _events,
    "scheduler": _scheduler,
    "ses": _ses,
    # Both versions of SES's API have the same identities, which the first one keeps.
    "sesv2": lambda backend: (),
}
