"""The rules of a bucket's lifecycle: read, checked as S3 does, and shown again.

Follows PutBucketLifecycleConfiguration in the S3 API reference. moto checks little,
drops how many versions are to be kept, and never does what a rule says.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grader import facts
from grader.cloud.s3.errors import Refused, malformed

CLASSES = (
    "STANDARD_IA",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
)
"""Where a transition leads to, in the only order in which one may follow another."""

_INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")


@dataclass(frozen=True)
class Filter:
    """Which objects a rule is about; sizes are in bytes, and both bounds exclusive."""

    prefix: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    larger_than: int | None = None
    smaller_than: int | None = None

    def matches(self, key: str, size: int, tags: Mapping[str, str]) -> bool:
        """Say whether the rule is about an object."""
        return (
            key.startswith(self.prefix)
            and all(tags.get(name) == value for name, value in self.tags)
            and (self.larger_than is None or size > self.larger_than)
            and (self.smaller_than is None or size < self.smaller_than)
        )


@dataclass(frozen=True)
class Transition:
    """When a version changes its storage class: after days, or at a date.

    Of noncurrent versions ``newer`` are kept as they are.
    """

    storage_class: str
    days: int | None = None
    date: float | None = None
    newer: int = 0


@dataclass(frozen=True)
class Rule:
    """What happens to some objects as they grow old; dates are epoch seconds."""

    id: str
    enabled: bool
    filter: Filter
    shown: Mapping[str, Any]
    """The rule as GetBucketLifecycleConfiguration gives it."""
    expiration_days: int | None = None
    expiration_date: float | None = None
    expired_marker: bool = False
    noncurrent_days: int | None = None
    newer_noncurrent: int = 0
    transitions: tuple[Transition, ...] = ()
    noncurrent_transitions: tuple[Transition, ...] = ()
    abort_days: int | None = None


def read(elements: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """Read the rules of a configuration and check them.

    Raises:
        Refused: InvalidArgument, InvalidRequest or MalformedXML, in S3's words.
    """
    rules = [_rule(element) for element in elements]
    if len(rules) > facts.aws_s3.LIFECYCLE_RULES.value:
        raise malformed()
    if len({rule.id for rule in rules}) < len(rules):
        raise _invalid("Rule ID must be unique. Found same ID for more than one rule")
    return rules


def _rule(element: Mapping[str, Any]) -> Rule:
    if element.get("Status") not in ("Enabled", "Disabled"):
        raise malformed()
    name = element.get("ID") or base64.b64encode(uuid.uuid4().bytes).decode()
    if len(name) > facts.aws_s3.LIFECYCLE_RULE_ID_LENGTH.value:
        raise _invalid("ID length should not exceed allowed limit of 255")
    chosen = _filter(element)
    expiration = element.get("Expiration") or {}
    noncurrent = element.get("NoncurrentVersionExpiration") or {}
    abort = element.get("AbortIncompleteMultipartUpload") or {}
    rule = Rule(
        id=name,
        enabled=element["Status"] == "Enabled",
        filter=chosen,
        shown=_shown(element, name),
        expiration_days=_positive(expiration, "Days", "Expiration"),
        expiration_date=_date(expiration),
        expired_marker=expiration.get("ExpiredObjectDeleteMarker") == "true",
        noncurrent_days=_positive(
            noncurrent, "NoncurrentDays", "NoncurrentVersionExpiration"
        ),
        newer_noncurrent=_newer(noncurrent),
        transitions=_transitions(element, "Transition", "Days"),
        noncurrent_transitions=_transitions(
            element, "NoncurrentVersionTransition", "NoncurrentDays"
        ),
        abort_days=_positive(
            abort, "DaysAfterInitiation", "AbortIncompleteMultipartUpload"
        ),
    )
    if "Expiration" in element and len(expiration) != 1:
        raise malformed()
    if "NoncurrentVersionExpiration" in element and rule.noncurrent_days is None:
        raise malformed()
    _check(rule)
    return rule


def _check(rule: Rule) -> None:
    """Refuse what contradicts itself within a rule."""
    if not any(
        (
            rule.expiration_days,
            rule.expiration_date,
            rule.expired_marker,
            rule.noncurrent_days,
            rule.transitions,
            rule.noncurrent_transitions,
            rule.abort_days,
            "Expiration" in rule.shown,
        )
    ):
        raise Refused(
            "InvalidRequest", "At least one action needs to be specified in a rule"
        )
    whole = not rule.filter.tags, rule.filter.larger_than is rule.filter.smaller_than
    for action, asked in (
        ("AbortIncompleteMultipartUpload", rule.abort_days),
        ("ExpiredObjectDeleteMarker", rule.expired_marker),
    ):
        for held, what in zip(whole, ("Tags", "Object Size"), strict=True):
            if asked and not held:
                raise Refused(
                    "InvalidRequest", f"{action} cannot be specified with {what}."
                )
    where = f"filter '(prefix={rule.filter.prefix})'"
    for transition in rule.transitions:
        for unit, end, begin in (
            ("Days", rule.expiration_days, transition.days),
            ("Date", rule.expiration_date, transition.date),
        ):
            if end is not None and begin is not None and end <= begin:
                raise _invalid(
                    f"'{unit}' in the Expiration action for {where} must be greater"
                    f" than '{unit}' in the Transition action"
                )
    for transitions in (rule.transitions, rule.noncurrent_transitions):
        classes = [transition.storage_class for transition in transitions]
        if len(set(classes)) < len(classes):
            raise _invalid(
                "'StorageClass' must be different for 'Transition' actions in same"
                f" 'Rule' with {where}"
            )


def _filter(element: Mapping[str, Any]) -> Filter:
    if ("Filter" in element) == ("Prefix" in element):
        raise malformed()
    if "Prefix" in element:
        return Filter(prefix=element["Prefix"] or "")
    given = element["Filter"] or {}
    inner = given.get("And", given)
    if not isinstance(inner, Mapping) or ("And" not in given and len(given) > 1):
        raise malformed()
    try:
        return Filter(
            prefix=inner.get("Prefix") or "",
            tags=tuple(
                (tag["Key"], tag.get("Value") or "") for tag in listed(inner.get("Tag"))
            ),
            larger_than=_whole(inner.get("ObjectSizeGreaterThan")),
            smaller_than=_whole(inner.get("ObjectSizeLessThan")),
        )
    except (KeyError, ValueError):
        raise malformed() from None


def _transitions(
    element: Mapping[str, Any], action: str, unit: str
) -> tuple[Transition, ...]:
    return tuple(_transition(one, action, unit) for one in listed(element.get(action)))


def _transition(given: Mapping[str, Any], action: str, unit: str) -> Transition:
    storage_class = given.get("StorageClass")
    if storage_class not in CLASSES or (unit in given) == ("Date" in given):
        raise malformed()
    days = _whole(given.get(unit))
    if days is not None and days < 0:
        raise _invalid(f"'{unit}' in {action} action must be nonnegative")
    least = facts.aws_s3.DAYS_BEFORE_INFREQUENT_ACCESS.value
    if storage_class in _INFREQUENT and days is not None and days < least:
        raise _invalid(
            f"'{unit}' in {action} action must be greater than or equal to {least} for"
            f" storageClass '{storage_class}'"
        )
    return Transition(storage_class, days, _date(given), _newer(given))


def _positive(given: Mapping[str, Any], member: str, action: str) -> int | None:
    if member not in given:
        return None
    number = _whole(given[member])
    if number is None or number <= 0:
        raise _invalid(f"'{member}' for {action} action must be a positive integer")
    return number


def _newer(given: Mapping[str, Any]) -> int:
    if "NewerNoncurrentVersions" not in given:
        return 0
    number = _whole(given["NewerNoncurrentVersions"]) or 0
    most = facts.aws_s3.NEWER_NONCURRENT_VERSIONS.value
    if not 0 < number <= most:
        raise _invalid(
            f"'NewerNoncurrentVersions' must be an integer between 1 and {most}"
        )
    return number


def _date(given: Mapping[str, Any]) -> float | None:
    if "Date" not in given:
        return None
    try:
        moment = datetime.fromisoformat(given["Date"])
    except (TypeError, ValueError):
        raise malformed() from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment.timestamp() % 86_400:
        raise _invalid("'Date' must be at midnight GMT")
    return moment.timestamp()


def _whole(text: Any) -> int | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise malformed() from None


def _shown(element: Mapping[str, Any], name: str) -> dict[str, Any]:
    shown = {**element, "ID": name}
    for one, many in (
        ("Transition", "Transitions"),
        ("NoncurrentVersionTransition", "NoncurrentVersionTransitions"),
    ):
        if one in shown:
            shown[many] = listed(shown.pop(one))
    if "Filter" in shown:
        chosen = dict(shown["Filter"] or {})
        if "And" in chosen:
            both = dict(chosen["And"])
            if "Tag" in both:
                both["Tags"] = listed(both.pop("Tag"))
            chosen["And"] = both
        shown["Filter"] = chosen
    return {member: _empty_as_text(value) for member, value in shown.items()}


def _empty_as_text(element: Any) -> Any:
    """An element with "" for what is empty in it, where the XML's reader has None."""
    if isinstance(element, Mapping):
        return {name: _empty_as_text(inner) for name, inner in element.items()}
    if isinstance(element, list):
        return [_empty_as_text(inner) for inner in element]
    return "" if element is None else element


def listed(element: Any) -> list[Any]:
    """An element of the XML that may be there once, often or not at all, as a list."""
    if element is None:
        return []
    return element if isinstance(element, list) else [element]


def _invalid(message: str) -> Refused:
    return Refused("InvalidArgument", message)
