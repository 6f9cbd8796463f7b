"""What the cloud tells of a denial: the closest statement and what it lacks."""

from __future__ import annotations

from typing import Any

from grader.cloud.access.explanations import explained
from tests.cloud.access.conftest import Identity, allow, deny, refusal
from tests.cloud.conftest import Account

TABLE = "arn:aws:dynamodb:eu-west-1:{}:table/{}"


def last_denial(who: Identity) -> dict[str, Any]:
    """Try to delete an item of the table `notes`, and explain the refusal."""
    call = who.client("dynamodb").delete_item
    refusal(call, TableName="notes", Key={"id": {"S": "1"}})
    told = explained(who.account.cloud.gate.trail.calls(who.account.id)[-1])
    assert told is not None
    return told


def test_an_action_that_is_missing(ann: Identity) -> None:
    """The statement on the same table, and the action that it doesn't have."""
    table = TABLE.format(ann.account.id, "notes")
    ann.may(
        allow(["dynamodb:GetItem"], table, Sid="Reads"),
        allow("s3:*"),
    )
    told = last_denial(ann)
    assert (told["action"], told["resource"]) == ("dynamodb:DeleteItem", table)
    near = told["near"]
    assert (near["policy"], near["sid"], near["index"]) == ("may", "Reads", 0)
    (lack,) = near["lacks"]
    assert (lack["element"], lack["wanted"], lack["found"]) == (
        "Action",
        ["dynamodb:GetItem"],
        ["dynamodb:DeleteItem"],
    )


def test_a_resource_that_is_missing(ann: Identity) -> None:
    """Another table's statement, with both ARNs."""
    here, there = (TABLE.format(ann.account.id, name) for name in ("notes", "other"))
    ann.may(allow("dynamodb:DeleteItem", there))
    (lack,) = last_denial(ann)["near"]["lacks"]
    assert (lack["element"], lack["wanted"], lack["found"]) == (
        "Resource",
        [there],
        [here],
    )


def test_a_condition_that_isnt_met(ann: Identity) -> None:
    """The key with what is wanted and what there is."""
    condition = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    ann.may(allow("dynamodb:*", "*", Condition=condition))
    (lack,) = last_denial(ann)["near"]["lacks"]
    assert (lack["key"], lack["wanted"], lack["found"]) == (
        "aws:RequestedRegion",
        ["us-east-1"],
        ["eu-west-1"],
    )


def test_statements_of_other_services_arent_close(ann: Identity) -> None:
    """An Allow for S3 says nothing about DynamoDB."""
    ann.may(allow("s3:GetObject"))
    assert last_denial(ann)["near"] is None


def test_a_deny_is_named(ann: Identity) -> None:
    """By its policy and its Sid."""
    ann.may(allow("dynamodb:*"), deny("dynamodb:Delete*", Sid="KeepIt"))
    told = last_denial(ann)
    assert told["reason"] == "DENIED_BY_IDENTITY"
    assert (told["statement"]["policy"], told["statement"]["sid"]) == ("may", "KeepIt")


def test_a_call_that_was_allowed_has_nothing_to_explain(
    fresh_account: Account, ann: Identity
) -> None:
    ann.may(allow("s3:ListAllMyBuckets"))
    ann.client("s3").list_buckets()
    call = fresh_account.cloud.gate.trail.calls(fresh_account.id)[-1]
    assert explained(call) is None
