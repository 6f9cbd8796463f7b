"""Pages of a bucket's listing."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.s3.pages import page
from tests.cloud.s3.conftest import refused

KEYS = ["2026/a", "2026/b", "2026/c/1", "2026/c/2", "index", "z/1"]


def cut(
    size: int = 1000, *, prefix: str = "", delimiter: str = "", behind: str = ""
) -> tuple[list[str], list[str], bool, str]:
    """A page of the keys above: keys, groups, whether more follow, and the last."""
    found = page(
        [(key, key) for key in KEYS],
        prefix=prefix,
        delimiter=delimiter,
        behind=behind,
        size=size,
    )
    return found.entries, found.groups, found.truncated, found.last


def test_all_fit() -> None:
    """Without a delimiter every key is told."""
    assert cut() == (KEYS, [], False, "")


def test_keys_are_grouped_by_the_delimiter() -> None:
    """A group is told once, with its delimiter."""
    assert cut(delimiter="/") == (["index"], ["2026/", "z/"], False, "")


def test_grouping_begins_behind_the_prefix() -> None:
    """As the next level of what look like folders."""
    assert cut(prefix="2026/", delimiter="/") == (
        ["2026/a", "2026/b"],
        ["2026/c/"],
        False,
        "",
    )


def test_groups_count() -> None:
    """A group takes one place of a page, however many keys are in it."""
    assert cut(2, delimiter="/") == (["index"], ["2026/"], True, "index")


def test_page_begins_behind_a_group() -> None:
    """None of the group's keys is told again."""
    assert cut(delimiter="/", behind="2026/") == (["index"], ["z/"], False, "")


def test_page_of_nothing() -> None:
    """S3 gives no next page after a page that was to have no keys."""
    assert cut(0) == ([], [], False, "")


@pytest.fixture
def filled(s3: Any, bucket: str) -> str:
    """A bucket with keys that need care."""
    for key in ("a/1", "a/2", "b +é.txt", "c%20d", "e&<f>", "é", "Z"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    return bucket


def keys(answer: dict[str, Any]) -> list[str]:
    return [one["Key"] for one in answer.get("Contents", [])]


def test_keys_come_in_the_order_of_their_bytes(s3: Any, filled: str) -> None:
    """Capitals before small letters, accents after all of them."""
    expected = ["Z", "a/1", "a/2", "b +é.txt", "c%20d", "e&<f>", "é"]
    assert keys(s3.list_objects_v2(Bucket=filled)) == expected
    assert keys(s3.list_objects(Bucket=filled)) == expected


@pytest.mark.parametrize("size", [1, 2, 3])
def test_paginator_sees_everything_once(s3: Any, filled: str, size: int) -> None:
    """Keys and groups, whatever the size of a page."""
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=filled, Delimiter="/", PaginationConfig={"PageSize": size}
    )
    answers = list(pages)
    groups = [
        one["Prefix"] for page in answers for one in page.get("CommonPrefixes", [])
    ]
    assert [key for page in answers for key in keys(page)] == [
        "Z",
        "b +é.txt",
        "c%20d",
        "e&<f>",
        "é",
    ]
    assert groups == ["a/"]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_first_version_of_the_listing_pages_too(
    s3: Any, filled: str, size: int
) -> None:
    """moto counts no groups there."""
    found: list[str] = []
    pages = s3.get_paginator("list_objects").paginate(
        Bucket=filled, Delimiter="/", PaginationConfig={"PageSize": size}
    )
    for one in pages:
        groups = [group["Prefix"] for group in one.get("CommonPrefixes", [])]
        assert len(keys(one)) + len(groups) <= size
        found += [*keys(one), *groups]
    assert sorted(found) == ["Z", "a/", "b +é.txt", "c%20d", "e&<f>", "é"]


def test_listing_starts_after_a_key(s3: Any, filled: str) -> None:
    """Which may be no key at all."""
    answer = s3.list_objects_v2(Bucket=filled, StartAfter="c%")
    assert keys(answer) == ["c%20d", "e&<f>", "é"]
    assert answer["StartAfter"] == "c%"


def test_deleted_objects_make_no_group(s3: Any, bucket: str) -> None:
    """moto tells a group of keys that are all deleted."""
    s3.put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    s3.put_object(Bucket=bucket, Key="a/1", Body=b"")
    s3.delete_object(Bucket=bucket, Key="a/1")
    answer = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert answer["KeyCount"] == 0 and "CommonPrefixes" not in answer


def test_a_page_has_a_thousand_keys_at_most(s3: Any, bucket: str) -> None:
    """However many are asked for."""
    answer = s3.list_objects_v2(Bucket=bucket, MaxKeys=5000)
    assert (answer["MaxKeys"], answer["IsTruncated"]) == (1000, False)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"MaxKeys": -1},
            "Argument maxKeys must be an integer between 0 and 2147483647",
        ),
        (
            {"ContinuationToken": "nonsense"},
            "The continuation token provided is incorrect",
        ),
        (
            {"EncodingType": "base64"},
            "Invalid Encoding Method specified in Request",
        ),
    ],
)
def test_nonsense_is_refused(
    s3: Any, bucket: str, given: dict[str, Any], message: str
) -> None:
    """moto fails on a token that it didn't give."""
    error = refused(s3.list_objects_v2, Bucket=bucket, **given)["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidArgument", message)
