"""When a lifecycle's rules act on what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.s3.models import FakeKey

from grader.cloud.s3 import lifecycle_dates, lifecycle_rules
from grader.cloud.s3.versions import Marker
from tests.cloud.s3.test_lifecycle_rules import rule

DAY = 86_400
BIG = 131_072


def stored(day: float, *, size: int = 1, name: str = "k") -> FakeKey:
    """A version that was stored on a day of 1970, counted from 0."""
    made = FakeKey(
        name=name, value=b"x" * size, account_id="1" * 12, region_name="eu-west-1"
    )
    made.last_modified = moment(day)
    return made


def marker(day: float) -> Marker:
    made = Marker("k", "null")
    made.last_modified = moment(day)
    return made


def moment(day: float) -> datetime:
    return datetime.fromtimestamp(day * DAY, UTC).replace(tzinfo=None)


def days(
    versions: Sequence[Any],
    *rules: dict[str, Any],
    tags: dict[str, str] | None = None,
    smallest: str | None = None,
) -> list[tuple[float, int, str | None]]:
    """On which day the rules act, on which version, and where it moves."""
    read = lifecycle_rules.read(rules)
    found = lifecycle_dates.pending(versions, read, lambda _: tags or {}, smallest)
    return [
        (one.when / DAY, versions.index(one.version), one.storage_class)
        for one in found
    ]


@pytest.mark.parametrize(
    ("created", "age", "midnight"), [(0.4375, 3, 4), (0.999, 1, 2), (5.0, 1, 7)]
)
def test_days_are_rounded_up_to_midnight(
    created: float, age: int, midnight: int
) -> None:
    """An object of 10:30 that lives for 3 days is gone at the fourth midnight."""
    expired = rule(Expiration={"Days": str(age)})
    assert days([stored(created)], expired) == [(midnight, 0, None)]


def test_date_is_for_all_that_is_there_then_and_later() -> None:
    """What is stored after the date has until the next midnight."""
    ended = rule(Expiration={"Date": "1970-01-11T00:00:00Z"})
    assert days([stored(2.5)], ended) == [(10, 0, None)]
    assert days([stored(20.5)], ended) == [(21, 0, None)]


def test_disabled_rule_does_nothing() -> None:
    """It is kept for another day."""
    assert days([stored(0)], rule(Status="Disabled", Expiration={"Days": "1"})) == []


def test_noncurrent_days_count_from_the_next_version() -> None:
    """Not from when the version was stored."""
    old = rule(NoncurrentVersionExpiration={"NoncurrentDays": "2"})
    versions = [stored(0.5), stored(10.5), stored(20.5)]
    assert days(versions, old) == [(13, 0, None), (23, 1, None)]


def test_newer_noncurrent_versions_are_kept() -> None:
    """The rule is about those beyond them, markers included."""
    old = rule(
        NoncurrentVersionExpiration={
            "NoncurrentDays": "1",
            "NewerNoncurrentVersions": "1",
        }
    )
    versions = [stored(0.5), stored(1.5), marker(2.5), stored(3.5)]
    assert days(versions, old) == [(3, 0, None), (4, 1, None)]


def test_lonely_marker_is_removed() -> None:
    """By a rule for markers, or by one that expires objects, after its days."""
    tidied = rule(Expiration={"ExpiredObjectDeleteMarker": "true"})
    expired = rule(Expiration={"Days": "3"})
    assert days([marker(0.5)], tidied) == [(1, 0, None)]
    assert days([marker(0.5)], expired) == [(4, 0, None)]
    assert days([stored(0.5), marker(1.5)], tidied) == []


def test_current_version_is_not_expired_again() -> None:
    """A marker over versions stays: nothing is to be seen already."""
    assert days([stored(0.5), marker(1.5)], rule(Expiration={"Days": "1"})) == []


def moving(storage_class: str, number: int = 0, **more: Any) -> dict[str, Any]:
    move = {"Days": str(number), "StorageClass": storage_class}
    return rule(Transition=move, **more)


def test_small_objects_dont_move() -> None:
    """Unless the rule is about sizes, or the bucket lets them into the archives."""
    small = [stored(0.5)]
    sized = moving("GLACIER", Filter={"ObjectSizeLessThan": "10"})
    varies = lifecycle_dates.VARIES
    assert days(small, moving("GLACIER")) == []
    assert days([stored(0.5, size=BIG)], moving("GLACIER")) == [(1, 0, "GLACIER")]
    assert days(small, sized) == [(1, 0, "GLACIER")]
    assert days(small, moving("GLACIER"), smallest=varies) == [(1, 0, "GLACIER")]
    assert days(small, moving("GLACIER_IR"), smallest=varies) == []


def test_classes_are_left_downwards() -> None:
    """What is in the deepest archive doesn't come up by a rule."""
    version = stored(0.5, size=BIG)
    version.set_storage_class("DEEP_ARCHIVE")
    assert days([version], moving("GLACIER", 60)) == []


@pytest.mark.parametrize(
    ("chosen", "matches"),
    [
        ({"Prefix": "k"}, True),
        ({"Prefix": "other/"}, False),
        ({"Tag": {"Key": "a", "Value": "1"}}, True),
        ({"Tag": {"Key": "a", "Value": "2"}}, False),
        ({"ObjectSizeGreaterThan": "5"}, False),
        ({"ObjectSizeGreaterThan": "4"}, True),
        ({"ObjectSizeLessThan": "5"}, False),
        (
            {"And": {"Prefix": "k", "Tag": [{"Key": "a", "Value": "1"}]}},
            True,
        ),
        ({"And": {"Prefix": "k", "Tag": {"Key": "b", "Value": "1"}}}, False),
    ],
)
def test_filter_chooses(chosen: dict[str, Any], matches: bool) -> None:
    """By the start of the key, by tags, by size, or by all of them."""
    expired = rule(Filter=chosen, Expiration={"Days": "1"})
    found = days([stored(0.5, size=5)], expired, tags={"a": "1", "c": "3"})
    assert bool(found) == matches


def test_header_tells_the_first_rule() -> None:
    """The expiration that comes first, with the name of its rule."""
    rules = lifecycle_rules.read(
        [
            rule(ID="year", Expiration={"Days": "365"}),
            rule(ID="a week", Expiration={"Days": "7"}),
        ]
    )
    told = lifecycle_dates.expiration_header(rules, stored(0.5), {})
    assert told == 'expiry-date="Fri, 09 Jan 1970 00:00:00 GMT", rule-id="a%20week"'
