"""When a lifecycle's rules act on what: on which day, at midnight UTC.

Follows "Lifecycle rules: based on an object's age" in the S3 user guide: days are
added to the moment when an object was created, and rounded up to the next midnight.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

from moto.s3.models import FakeKey, FakeMultipart

from grader import facts
from grader.cloud.s3.lifecycle_rules import CLASSES, Rule, Transition
from grader.cloud.s3.versions import Marker

DAY = 86_400
VARIES = "varies_by_storage_class"
"""The setting by which small objects may move into the archives."""

_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")

Tags = Callable[[FakeKey], Mapping[str, str]]


@dataclass(frozen=True)
class Pending:
    """Something that a rule does at a moment, in epoch seconds.

    ``rank`` orders what falls on the same midnight: what is deleted isn't moved first.
    """

    when: float
    rank: int
    rule_id: str
    version: Any
    """The version that it is about."""
    storage_class: str | None = None
    """Where the version moves; None for an expiration."""


def midnight(moment: float, days: int) -> float:
    """The midnight at which something from a moment is that many days old.

    >>> midnight(10.5 * 3600, 3) / DAY
    4.0
    """
    return float((moment + days * DAY) // DAY * DAY + DAY)


def created(version: Any) -> float:
    """When a version was stored, in epoch seconds."""
    return float(version.last_modified.replace(tzinfo=UTC).timestamp())


def pending(
    versions: Sequence[Any], rules: Iterable[Rule], tags: Tags, smallest: str | None
) -> Iterator[Pending]:
    """Everything that the rules will do to the versions of a key, oldest first.

    ``smallest`` is the bucket's TransitionDefaultMinimumObjectSize.
    """
    current = versions[-1]
    for rule in rules:
        if not rule.enabled:
            continue
        for version, since, newer in _noncurrent(versions):
            if _about(rule, version, tags):
                yield from _of_noncurrent(rule, version, since, newer, smallest)
        if not _about(rule, current, tags):
            continue
        if isinstance(current, Marker):
            if len(versions) == 1:
                yield from _of_lonely_marker(rule, current)
            continue
        if (when := expires(rule, created(current))) is not None:
            yield Pending(when, 0, rule.id, current)
        for move in rule.transitions:
            if _moves(rule, move, current, smallest):
                when = _when(created(current), move.days, move.date)
                yield Pending(when, 1, rule.id, current, move.storage_class)


def expires(rule: Rule, since: float) -> float | None:
    """When a rule ends the current version that was stored at a moment, if it does."""
    if rule.expiration_days is None and rule.expiration_date is None:
        return None
    return _when(since, rule.expiration_days, rule.expiration_date)


def expiration_header(
    rules: Iterable[Rule], version: FakeKey, tags: Mapping[str, str]
) -> str | None:
    """What x-amz-expiration says of a version: the first rule to end it, and when."""
    ends = [
        (when, rule.id)
        for rule in rules
        if rule.enabled
        and rule.filter.matches(version.name, version.size, tags)
        and (when := expires(rule, created(version))) is not None
    ]
    if not ends:
        return None
    when, rule_id = min(ends)
    day = formatdate(when, usegmt=True)
    return f'expiry-date="{day}", rule-id="{quote(rule_id, safe="")}"'


def aborts(rules: Iterable[Rule], upload: FakeMultipart) -> tuple[float, str] | None:
    """When an upload that nobody completes is given up, and by which rule."""
    ends = [
        (midnight(upload.initiated, rule.abort_days), rule.id)
        for rule in rules
        if rule.enabled
        and rule.abort_days is not None
        and upload.key_name.startswith(rule.filter.prefix)
    ]
    return min(ends, default=None)


def _when(since: float, days: int | None, date: float | None) -> float:
    if days is not None:
        return midnight(since, days)
    # What comes after the date has until the next midnight.
    return max(date or 0.0, midnight(since, 0))


def _about(rule: Rule, version: Any, tags: Tags) -> bool:
    if isinstance(version, Marker):
        return not rule.filter.tags and rule.filter.matches(version.name, 0, {})
    had = tags(version) if rule.filter.tags else {}
    return rule.filter.matches(version.name, version.size, had)


def _noncurrent(versions: Sequence[Any]) -> Iterator[tuple[Any, float, int]]:
    """Each noncurrent version, since when it is, and how many of them are newer."""
    for place, version in enumerate(versions[:-1]):
        yield version, created(versions[place + 1]), len(versions) - 2 - place


def _of_noncurrent(
    rule: Rule, version: Any, since: float, newer: int, smallest: str | None
) -> Iterator[Pending]:
    days = rule.noncurrent_days
    if days is not None and newer >= rule.newer_noncurrent:
        yield Pending(midnight(since, days), 0, rule.id, version)
    if isinstance(version, Marker):
        return
    for move in rule.noncurrent_transitions:
        if newer >= move.newer and _moves(rule, move, version, smallest):
            when = midnight(since, move.days or 0)
            yield Pending(when, 1, rule.id, version, move.storage_class)


def _of_lonely_marker(rule: Rule, marker: Marker) -> Iterator[Pending]:
    """A marker that hides nothing any more is removed."""
    if rule.expired_marker:
        yield Pending(midnight(created(marker), 0), 0, rule.id, marker)
    elif (when := expires(rule, created(marker))) is not None:
        yield Pending(when, 0, rule.id, marker)


def _moves(
    rule: Rule, move: Transition, version: FakeKey, smallest: str | None
) -> bool:
    """Say whether a version can move: only down the classes, and only if it pays."""
    own = version.storage_class
    if own in CLASSES and CLASSES.index(own) >= CLASSES.index(move.storage_class):
        return False
    chosen = rule.filter.larger_than is not None or rule.filter.smaller_than is not None
    if chosen or (smallest == VARIES and move.storage_class in _ARCHIVES):
        return True
    return bool(version.size >= facts.aws_s3.SMALLEST_TO_MOVE.value)
