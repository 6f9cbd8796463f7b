"""A bucket's notification configuration: read, checked as S3 does, and shown again.

Follows PutBucketNotificationConfiguration in the S3 API reference and "Configuring
event notifications using object key name filtering" in the S3 user guide.
"""

from __future__ import annotations

import base64
import itertools
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from moto.s3.models import NotificationConfiguration
from moto.s3.notifications import S3NotificationEvent

from grader.cloud.aws_errors import AWSError

KINDS = {"Topic": "sns", "Queue": "sqs", "CloudFunction": "lambda"}
"""The kinds of destination, as the XML names them, and each one's service."""

_EVENTBRIDGE = "EventBridgeConfiguration"

EVENTS = frozenset(S3NotificationEvent.events())


@dataclass(frozen=True)
class Rule:
    """One destination with the events and keys that it is told of."""

    id: str
    kind: str
    arn: str
    events: tuple[str, ...]
    prefix: str | None = None
    suffix: str | None = None

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]


@dataclass(frozen=True)
class Configuration:
    """Where a bucket's events go."""

    rules: tuple[Rule, ...]
    eventbridge: bool = False


def read(body: bytes, *, region: str) -> Configuration:
    """Read a configuration's XML for a bucket in ``region`` and check its rules.

    Raises:
        AWSError: MalformedXML or InvalidArgument, in S3's words.
    """
    try:
        root = xmltodict.parse(body)["NotificationConfiguration"] or {}
    except (ExpatError, KeyError) as error:
        raise _malformed() from error
    rules = [
        _rule(kind, element)
        for kind in KINDS
        for element in _listed(root.get(f"{kind}Configuration"))
    ]
    _check_ids(rules)
    _check_overlaps(rules)
    for rule in rules:
        if rule.region != region:
            raise _invalid(
                "The notification destination service region is not valid for the"
                " bucket location constraint",
                rule.kind,
                rule.arn,
            )
    return Configuration(tuple(rules), _EVENTBRIDGE in root)


def stored(configuration: Configuration) -> NotificationConfiguration | None:
    """The configuration as moto keeps it."""
    if not configuration.rules and not configuration.eventbridge:
        return None
    parts = {
        kind: [_moto_rule(rule) for rule in configuration.rules if rule.kind == kind]
        for kind in KINDS
    }
    return NotificationConfiguration(
        topic=parts["Topic"],
        queue=parts["Queue"],
        cloud_function=parts["CloudFunction"],
        event_bridge={} if configuration.eventbridge else None,
    )


def _moto_rule(rule: Rule) -> dict[str, Any]:
    filters = [
        {"Name": name, "Value": value}
        for name, value in (("prefix", rule.prefix), ("suffix", rule.suffix))
        if value is not None
    ]
    element: dict[str, Any] = {
        "Id": rule.id,
        rule.kind: rule.arn,
        "Event": list(rule.events),
    }
    if filters:
        element["Filter"] = {"S3Key": {"FilterRule": filters}}
    return element


def shown(kept: NotificationConfiguration | None) -> dict[str, Any]:
    """The result of GetBucketNotificationConfiguration."""
    if kept is None:
        return {}
    lists = (
        ("TopicConfigurations", "TopicArn", kept.topic),
        ("QueueConfigurations", "QueueArn", kept.queue),
        (
            "LambdaFunctionConfigurations",
            "LambdaFunctionArn",
            kept.cloud_function,
        ),
    )
    result: dict[str, Any] = {
        name: [_shown_rule(one, member) for one in rules]
        for name, member, rules in lists
        if rules
    }
    if kept.event_bridge is not None:
        result[_EVENTBRIDGE] = {}
    return result


def _shown_rule(rule: Any, arn_member: str) -> dict[str, Any]:
    described = {"Id": rule.id, arn_member: rule.arn, "Events": rule.events}
    if rule.filters:
        # S3 gives the names back with a capital, however they were put.
        described["Filter"] = {
            "Key": {
                "FilterRules": [
                    {"Name": one["Name"].capitalize(), "Value": one["Value"]}
                    for one in rule.filters["S3Key"]["FilterRule"]
                ]
            }
        }
    return described


def _rule(kind: str, element: Mapping[str, Any]) -> Rule:
    arn = element.get(kind)
    events = tuple(_listed(element.get("Event")))
    if not arn or not events:
        raise _malformed()
    parts = arn.split(":")
    if len(parts) < 6 or parts[0] != "arn" or parts[2] != KINDS[kind]:
        raise _invalid("The ARN is not well formed", kind, arn)
    for event in events:
        if event not in EVENTS:
            raise _invalid("The event is not supported for notifications", kind, event)
    filters = _filters(element)
    # S3 names a rule by the base64 form of a UUID when it comes without a name.
    name = element.get("Id") or base64.b64encode(str(uuid.uuid4()).encode()).decode()
    return Rule(name, kind, arn, events, filters.get("prefix"), filters.get("suffix"))


def _filters(element: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    key_filter = (element.get("Filter") or {}).get("S3Key") or {}
    for one in _listed(key_filter.get("FilterRule")):
        name = str(one.get("Name")).lower()
        if name not in ("prefix", "suffix"):
            raise _invalid(
                "filter rule name must be either prefix or suffix",
                "FilterRule.Name",
                str(one.get("Name")),
            )
        if name in found:
            raise _invalid(
                f"Cannot specify more than one {name} rule in a filter.",
                "FilterRule.Name",
                name,
            )
        found[name] = one.get("Value") or ""
        if not found[name]:
            raise _invalid("filter value cannot be empty", "FilterRule.Value", "")
    return found


def _check_ids(rules: Iterable[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise _invalid(
                "Same ID used for multiple configurations. IDs must be unique",
                "Id",
                rule.id,
            )
        seen.add(rule.id)


def _check_overlaps(rules: Iterable[Rule]) -> None:
    for one, other in itertools.combinations(rules, 2):
        if not _share_event(one, other):
            continue
        if not any((one.prefix, one.suffix, other.prefix, other.suffix)):
            raise AWSError(
                "InvalidArgument",
                "Configurations overlap. Configurations on the same bucket cannot"
                " share a common event type.",
            )
        prefixes = (one.prefix or "", other.prefix or "")
        suffixes = (one.suffix or "", other.suffix or "")
        if (
            prefixes[0].startswith(prefixes[1]) or prefixes[1].startswith(prefixes[0])
        ) and (suffixes[0].endswith(suffixes[1]) or suffixes[1].endswith(suffixes[0])):
            raise AWSError(
                "InvalidArgument",
                "Configuration is ambiguously defined. Cannot have overlapping"
                " suffixes in two rules if the prefixes are overlapping for the same"
                " event type.",
            )


def _share_event(one: Rule, other: Rule) -> bool:
    return any(
        a == b
        or (a.endswith("*") and b.startswith(a[:-1]))
        or (b.endswith("*") and a.startswith(b[:-1]))
        for a, b in itertools.product(one.events, other.events)
    )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _invalid(message: str, name: str, value: str) -> AWSError:
    return AWSError("InvalidArgument", message, ArgumentName=name, ArgumentValue=value)


def _malformed() -> AWSError:
    return AWSError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our"
        " published schema",
    )
