"""The capstone's checks, with right safes, wrong ones, and none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, starter
from tests.checks.safes import DESK, PHOTOS, other_safe, safe
from tests.checks.test_phase1_alarm import line
from tests.checks.test_phase1_teardown import removes

Judge = Callable[..., Judged]


def share(cloud: Any, bucket: str, key: str, minutes: int) -> str:
    """A link to an object."""
    return str(
        cloud.client("s3").generate_presigned_url(
            "get_object",
            Params={"Bucket": bucket, "Key": key},
            ExpiresIn=minutes * 60,
        )
    )


def book(cloud: Any, table: str, slot: str, who: str) -> bool:
    """Book a slot unless somebody else has it."""
    dynamodb = cloud.client("dynamodb")
    try:
        dynamodb.put_item(
            TableName=table,
            Item={"slot": {"S": slot}, "who": {"S": who}},
            ConditionExpression="attribute_not_exists(slot) OR who = :who",
            ExpressionAttributeValues={":who": {"S": who}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def check_then_write(cloud: Any, table: str, slot: str, who: str) -> bool:
    """Look first, and write then."""
    key = {"slot": {"S": slot}}
    found = cloud.client("dynamodb").get_item(TableName=table, Key=key).get("Item")
    if found:
        return bool(found["who"]["S"] == who)
    cloud.client("dynamodb").put_item(TableName=table, Item={**key, "who": {"S": who}})
    return True


def remove(cloud: Any) -> None:
    """Whatever is in the account."""
    kinds = ("customer policy", "policy")
    removes()(cloud)
    for row in cloud.inventory():
        if row.kind in kinds:
            for found in cloud.client("iam").list_policies(Scope="Local")["Policies"]:
                if found["PolicyName"] == row.name or found["Arn"] == row.name:
                    cloud.client("iam").delete_policy(PolicyArn=found["Arn"])


CHECKS: dict[str, tuple[Any, ...]] = {
    "safe-reception": (),
    "safe-owner": (),
    "safe-share": (share,),
    "safe-booking": (book,),
    "safe-api": (),
    "safe-alarm": (line,),
    "safe-order": (),
    "safe-teardown": (remove,),
}


@pytest.mark.parametrize("deploy", [safe(), other_safe], ids=["inline", "managed"])
@pytest.mark.parametrize("check", CHECKS)
def test_right_safes_pass(judge: Judge, check: str, deploy: Callable[..., Any]) -> None:
    """Two safes that are built differently pass every check."""
    said = judge(check, deploy, *CHECKS[check])

    assert said.outcome == "passed", said.text


@pytest.mark.parametrize("check", CHECKS)
def test_starter_is_not_attempted(judge: Judge, check: str) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(check, starter, *[starter for _ in CHECKS[check]])

    assert (said.outcome, said.unattempted) == ("failed", True)


def everything(table: str, bucket: str) -> list[tuple[Any, Any]]:
    """The advice that is found in forums."""
    return [("*", "*")]


def every_table(table: str, bucket: str) -> list[tuple[Any, Any]]:
    """The right actions on whatever there is."""
    return [(DESK, "*")]


def whole_service(table: str, bucket: str) -> list[tuple[Any, Any]]:
    """All that can be done with the right table."""
    return [("dynamodb:*", table)]


def no_query(table: str, bucket: str) -> list[tuple[Any, Any]]:
    """One action is missing."""
    return [(["dynamodb:GetItem", "dynamodb:PutItem"], table)]


def bucket_only(table: str, bucket: str) -> list[tuple[Any, Any]]:
    """The bucket's ARN where the objects' is meant."""
    return [([*DESK, "dynamodb:DeleteItem"], table), (PHOTOS, bucket)]


def all_of_s3(table: str, bucket: str) -> list[tuple[Any, Any]]:
    """Everything with the photos, so also their end."""
    return [([*DESK, "dynamodb:DeleteItem"], table), ("s3:*", f"{bucket}/*")]


LAMBDA = {"Service": "lambda.amazonaws.com"}


@pytest.mark.parametrize(
    ("check", "deploy", "misconception", "words"),
    [
        (
            "safe-reception",
            safe(reception=everything),
            "everything-of-a-kind",
            "delete an enquiry",
        ),
        (
            "safe-reception",
            safe(reception=every_table),
            "everything-of-a-kind",
            "another table",
        ),
        ("safe-reception", safe(reception=whole_service), "too-much", "Scan"),
        ("safe-reception", safe(reception=no_query), "too-little", "Query"),
        ("safe-owner", safe(owner=bucket_only), "bucket-and-objects", "GetObject"),
        ("safe-owner", safe(owner=all_of_s3), "too-much", "old version"),
        ("safe-owner", safe(principal={"AWS": "*"}), "trust-everybody", "another acc"),
        ("safe-owner", safe(principal=LAMBDA), "trust-a-service", "trust policy"),
        ("safe-owner", safe(instead={"owner": "nobody"}), "built-at-home", "nobody"),
        ("safe-share", safe(versioning=False), "overwritten-is-gone", "twice"),
        ("safe-share", safe(instead={"bucket": "none-0"}), "built-at-home", "none-0"),
        ("safe-api", safe(answer='{"ok": true}'), None, "/health"),
        ("safe-alarm", safe(alarm={"Threshold": 1}), "rings-too-soon", "Two errors"),
        ("safe-alarm", safe(alarm={"pattern": "FATAL"}), "bell-not-connected", "ALARM"),
        (
            "safe-alarm",
            safe(alarm={"TreatMissingData": None}),
            "silence-is-trouble",
            "six minutes",
        ),
        ("safe-order", safe(tags=False), "tags-come-along", "the bucket"),
        ("safe-order", safe(days=None), "kept-for-ever", "still there"),
        ("safe-order", safe(days=14), "gone-too-soon", "it was gone"),
        ("safe-order", safe(without="alarm"), "deploy-without-names", "alarm"),
    ],
)
def test_wrong_safes_are_named(
    judge: Judge,
    check: str,
    deploy: Callable[..., Any],
    misconception: str | None,
    words: str,
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(check, deploy, *CHECKS[check])

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


@pytest.mark.parametrize(
    ("check", "work", "misconception", "words"),
    [
        (
            "safe-share",
            lambda cloud, bucket, key, minutes: share(cloud, bucket, key, minutes * 60),
            "links-last",
            "after",
        ),
        ("safe-share", lambda *given: None, None, "no link"),
        ("safe-booking", check_then_write, "check-then-write-is-safe", "20"),
        (
            "safe-teardown",
            removes(without=("log group",)),
            "logs-go-along",
            "are left",
        ),
    ],
)
def test_wrong_functions_beside_a_right_safe_are_named(
    judge: Judge, check: str, work: Any, misconception: str | None, words: str
) -> None:
    """The functions of earlier exercises are part of the capstone."""
    said = judge(check, safe(), work)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


def test_a_public_bucket_fails(judge: Judge) -> None:
    """Whoever opens the bucket for the link's sake is told that it needn't be."""

    def open_safe(cloud: Any) -> Any:
        parts = safe()(cloud)
        s3 = cloud.client("s3")
        s3.delete_public_access_block(Bucket=parts["bucket"])
        everybody = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{parts['bucket']}/*",
        }
        policy = {"Version": "2012-10-17", "Statement": [everybody]}
        s3.put_bucket_policy(Bucket=parts["bucket"], Policy=json.dumps(policy))
        return parts

    said = judge("safe-share", open_safe, share)

    assert (said.outcome, said.misconception) == ("failed", "public-to-share")
