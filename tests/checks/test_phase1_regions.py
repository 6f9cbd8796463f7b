"""find-table, with right answers, wrong ones, and none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
CHECK = "find-table"
FAVOURITES = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1")


def every_region(cloud: Any) -> list[str]:
    """The Regions that the account may use."""
    return [
        one["RegionName"] for one in cloud.client("ec2").describe_regions()["Regions"]
    ]


def describing(cloud: Any, name: str) -> list[str]:
    """Ask each Region for the table."""
    found = []
    for region in every_region(cloud):
        dynamodb = cloud.client("dynamodb", region)
        try:
            dynamodb.describe_table(TableName=name)
        except dynamodb.exceptions.ResourceNotFoundException:
            continue
        found.append(region)
    return found


def listing(cloud: Any, name: str) -> list[str]:
    """Read each Region's list of tables, all pages of it; the last Region first."""

    def tables(region: str) -> list[str]:
        pages = cloud.client("dynamodb", region).get_paginator("list_tables")
        return [one for page in pages.paginate() for one in page["TableNames"]]

    return [region for region in every_region(cloud)[::-1] if name in tables(region)]


def at_home(cloud: Any, name: str) -> list[str]:
    """The task's example: one Region."""
    dynamodb = cloud.client("dynamodb")
    try:
        dynamodb.describe_table(TableName=name)
    except dynamodb.exceptions.ResourceNotFoundException:
        return []
    return [cloud.region]


def one_client(cloud: Any, name: str) -> list[str]:
    """A loop over Regions, with a client that stays at home."""
    return [region for region in every_region(cloud) if at_home(cloud, name)]


def favourites(cloud: Any, name: str) -> list[str]:
    """The Regions that come to mind, and home."""
    return [
        region
        for region in sorted({*FAVOURITES, cloud.region})
        if name in cloud.client("dynamodb", region).list_tables()["TableNames"]
    ]


def favourites_at_home(cloud: Any, name: str) -> list[str]:
    """The same, found at home first and then left."""
    return at_home(cloud, name) or favourites(cloud, name)


def uncaught(cloud: Any, name: str) -> list[str]:
    """The first Region without the table ends the search."""
    found = []
    for region in every_region(cloud):
        cloud.client("dynamodb", region).describe_table(TableName=name)
        found.append(region)
    return found


def first_only(cloud: Any, name: str) -> list[str]:
    """Content with one."""
    return describing(cloud, name)[:1]


def own_account(_cloud: Any, name: str) -> list[str]:
    """Clients of the learner's own account."""
    regions = boto3.client("ec2").describe_regions()["Regions"]
    return [
        one["RegionName"]
        for one in regions
        if name
        in boto3.client("dynamodb", region_name=one["RegionName"]).list_tables()[
            "TableNames"
        ]
    ]


def similar(cloud: Any, name: str) -> list[str]:
    """Tables whose names begin like the one that is looked for."""
    return [
        region
        for region in every_region(cloud)
        if any(
            table.startswith(name)
            for table in cloud.client("dynamodb", region).list_tables()["TableNames"]
        )
    ]


def printed(cloud: Any, name: str) -> None:
    """The right answer, where nobody reads it."""
    print(describing(cloud, name))


@pytest.mark.parametrize("work", [describing, listing])
def test_right_answers_pass(judge: Judge, work: Callable[..., Any]) -> None:
    """Answers of different build pass, at home and in another account and Region."""
    said = judge(CHECK, work)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("work", "misconception", "words"),
    [
        (at_home, "aws-is-one-place", "found something else"),
        (one_client, "client-of-one-region", "in the Region of its client"),
        (favourites_at_home, "aws-is-one-place", "found something else"),
        (uncaught, "missing-is-a-failure", "try and except around describe_table"),
        (first_only, "one-home", "found something else"),
        (similar, None, "exactly this name"),
        (printed, "print-is-return", "no list of names"),
        (lambda cloud, _name: cloud.region, None, "no list of names"),
        (lambda *_given: [], "aws-is-one-place", "found something else"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, work: Callable[..., Any], misconception: str | None, words: str
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, work)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


def test_clients_of_another_account_are_found_out(judge: Judge) -> None:
    """A function that ignores its cloud passes at home and fails in the variation."""
    said = judge(CHECK, own_account)

    assert (said.misconception, said.hidden) == ("client-of-another-cloud", True)


def test_a_list_of_favourites_is_found_out(judge: Judge) -> None:
    """Tables are put where few people think of, so that a list of names misses one."""
    said = judge(CHECK, favourites)

    assert said.outcome == "failed"
    assert said.misconception in ("aws-is-one-place", "favourite-regions")


def test_nothing_is_left_of_the_check(judge: Judge, cloud: Any) -> None:
    """Its tables are gone afterwards, from every Region."""
    before = cloud.inventory().names("table")
    judge(CHECK, describing)

    assert cloud.inventory().names("table") == before
