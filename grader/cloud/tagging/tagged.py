"""Resources with tags, and how each service's are read and changed.

moto tells of the buckets of every Region in each, knows nothing of APIs and rules,
can't tag queues, and adds a tag that a table has already once more.
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.base_backend import BackendDict

Tags = dict[str, str]


@dataclass(frozen=True)
class Tagged:
    """A resource that can have tags.

    ``kind`` is as in a filter, ``sqs:queue``; ``put`` gives it other tags.
    """

    arn: str
    kind: str
    tags: Tags
    put: Callable[[Tags], None]


Reader = Callable[[Any], Iterable[Tagged]]
"""Lists what can be tagged in one backend: of an account and a service in a Region."""


def tagged(account: str, region: str) -> Iterator[Tagged]:
    """Everything of an account in a Region that can have tags, tagged or not."""
    for backends in list(BackendDict._instances):
        reader = _READERS.get(backends.service_name)
        if reader is None:
            continue
        for where, backend in list((backends.get(account) or {}).items()):
            if where in (region, "aws"):
                # Each service has its resources' Region in their ARNs, but S3.
                yield from (one for one in reader(backend) if _is_in(one, region))


def services() -> frozenset[str]:
    """The services whose resources can be tagged here, as ARNs name them."""
    return frozenset({"apigateway", "states"} | set(_READERS) - {"apigatewayv2"})


def _is_in(resource: Tagged, region: str) -> bool:
    from grader.cloud import s3

    service, where, _, name = resource.arn.split(":", 5)[2:]
    if service != "s3":
        return where == region
    bucket = s3.find(name)
    return bucket is not None and bucket.region_name == region


def _by_service(
    tagger: Any, arn: str, kind: str, resource: str | None = None
) -> Tagged:
    """A resource whose tags a tagging service of moto's keeps, by the resource."""
    own = resource or arn

    def put(tags: Tags) -> None:
        tagger.delete_all_tags_for_resource(own)
        names = tagger.key_name, tagger.value_name
        listed = [dict(zip(names, one, strict=True)) for one in tags.items()]
        tagger.tag_resource(own, listed)

    return Tagged(arn, kind, tagger.get_tag_dict_for_resource(own), put)


def _by_member(resource: Any, arn: str, kind: str, member: str = "tags") -> Tagged:
    """A resource that keeps its tags itself, as a dictionary."""
    return Tagged(
        arn,
        kind,
        dict(getattr(resource, member) or {}),
        lambda tags: setattr(resource, member, tags),
    )


def _by_list(resource: Any, arn: str, kind: str) -> Tagged:
    """A resource that keeps its tags itself, as a list."""
    return Tagged(
        arn,
        kind,
        {tag["Key"]: tag["Value"] for tag in resource.tags or ()},
        lambda tags: setattr(
            resource,
            "tags",
            [{"Key": name, "Value": value} for name, value in tags.items()],
        ),
    )


def _functions(backend: Any) -> Iterator[Tagged]:
    for function in backend.list_functions():
        yield _by_member(function, function.function_arn, "lambda:function")
    for mapping in list(backend.mappings.values()):
        yield _by_member(mapping, mapping.arn, "lambda:event-source-mapping")


def _buckets(backend: Any) -> Iterator[Tagged]:
    for bucket in list(backend.buckets.values()):
        yield _by_service(backend.tagger, bucket.arn, "s3:bucket")


def _tables(backend: Any) -> Iterator[Tagged]:
    for table in list(backend.tables.values()):
        yield _by_list(table, table.table_arn, "dynamodb:table")


def _log_groups(backend: Any) -> Iterator[Tagged]:
    for group in list(backend.groups.values()):
        yield _by_service(backend.tagger, group.arn, "logs:log-group")


def _queues(backend: Any) -> Iterator[Tagged]:
    for queue in list(backend.queues.values()):
        yield _by_member(queue, queue.queue_arn, "sqs:queue")


def _topics(backend: Any) -> Iterator[Tagged]:
    for topic in list(backend.topics.values()):
        yield _by_member(topic, topic.arn, "sns:topic", "_tags")


def _rest_apis(backend: Any) -> Iterator[Tagged]:
    start = f"arn:{backend.partition}:apigateway:{backend.region_name}::/restapis"
    for name, api in list(backend.apis.items()):
        yield _by_member(api, f"{start}/{name}", "apigateway:restapis")
        for stage in list(api.stages.values()):
            arn = f"{start}/{name}/stages/{stage.name}"
            yield _by_member(stage, arn, "apigateway:restapis")


def _http_apis(backend: Any) -> Iterator[Tagged]:
    for api in list(backend.apis.values()):
        yield _by_service(backend.tagger, api.arn, "apigateway:apis")


def _events(backend: Any) -> Iterator[Tagged]:
    for bus in list(backend.event_buses.values()):
        yield _by_service(backend.tagger, bus.arn, "events:event-bus")
        for rule in list(bus.rules.values()):
            yield _by_service(backend.tagger, rule.arn, "events:rule")


def _machines(backend: Any) -> Iterator[Tagged]:
    for machine in list(backend.state_machines):
        yield _by_service(backend.tagger, machine.arn, "states:stateMachine")


def _secrets(backend: Any) -> Iterator[Tagged]:
    for secret in list(backend.secrets.values()):
        yield _by_list(secret, secret.arn, "secretsmanager:secret")


def _keys(backend: Any) -> Iterator[Tagged]:
    for key in list(backend.keys.values()):
        yield _by_service(backend.tagger, key.arn, "kms:key", key.id)


def _alarms(backend: Any) -> Iterator[Tagged]:
    for alarm in list(backend.alarms.values()):
        yield _by_service(backend.tagger, alarm.alarm_arn, "cloudwatch:alarm")


_READERS: Mapping[str, Reader] = {
    "apigateway": _rest_apis,
    "apigatewayv2": _http_apis,
    "cloudwatch": _alarms,
    "dynamodb": _tables,
    "events": _events,
    "kms": _keys,
    "lambda": _functions,
    "logs": _log_groups,
    "s3": _buckets,
    "secretsmanager": _secrets,
    "sns": _topics,
    "sqs": _queues,
    "stepfunctions": _machines,
}
