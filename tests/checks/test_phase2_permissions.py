"""shrink-the-role, with right answers, wrong ones, and none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
Policy = Callable[[Any, str, str], Any]
CHECK = "shrink-the-role"


def statement(actions: Any, *resources: str) -> dict[str, Any]:
    """Something that is allowed."""
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources)}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def arn(bucket: str, key: str = "") -> str:
    """The ARN of a bucket, or of what is in it."""
    return f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")


def by_function(_cloud: Any, inbox: str, notes: str) -> Any:
    """A statement for each kind of thing that is used."""
    return document(
        statement("s3:GetObject", arn(inbox, "incoming/*")),
        statement("s3:PutObject", arn(inbox, "reports/*")),
        statement(
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], arn(notes, "notes/*")
        ),
        statement("s3:ListBucket", arn(notes)),
    )


def by_action(_cloud: Any, inbox: str, notes: str) -> Any:
    """A statement for each action, and what isn't wanted denied besides."""
    listing = statement("s3:ListBucket", arn(notes)) | {
        "Condition": {"StringLikeIfExists": {"s3:prefix": ["notes/", "notes/*"]}}
    }
    return document(
        statement("s3:GetObject", arn(inbox, "incoming/*"), arn(notes, "*")),
        statement("s3:PutObject", arn(inbox, "reports/*.json"), arn(notes, "*")),
        statement("s3:DeleteObject", arn(notes, "*")),
        listing,
        {
            "Effect": "Deny",
            "NotAction": ["s3:*", "logs:*"],
            "Resource": "*",
        },
    )


def everything(_cloud: Any, _inbox: str, _notes: str) -> Any:
    """The star that is there."""
    return document(statement("*", "*"))


def all_of_s3(_cloud: Any, inbox: str, notes: str) -> Any:
    """Every action, on the two buckets."""
    return document(
        statement("s3:*", arn(inbox), arn(inbox, "*"), arn(notes), arn(notes, "*"))
    )


def on_everything(_cloud: Any, _inbox: str, _notes: str) -> Any:
    """Few actions, on every bucket that there is."""
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"]
    return document(statement(actions, "*"))


def bucket_only(_cloud: Any, inbox: str, notes: str) -> Any:
    """The bucket's ARN, in the hope that it covers what is in it."""
    return document(
        statement(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], arn(inbox)),
        statement("s3:ListBucket", arn(notes)),
    )


def objects_only(_cloud: Any, inbox: str, notes: str) -> Any:
    """Listing allowed on what is in the bucket."""
    return document(
        statement(["s3:GetObject"], arn(inbox, "incoming/*")),
        statement(["s3:PutObject"], arn(inbox, "reports/*")),
        statement(
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
            arn(notes, "*"),
        ),
    )


def without(action: str) -> Policy:
    """The right policy, without an action on the notes."""

    def studio_policy(cloud: Any, inbox: str, notes: str) -> Any:
        policy = by_function(cloud, inbox, notes)
        policy["Statement"][2]["Action"].remove(action)
        return policy

    return studio_policy


def with_more(actions: Any, *keys: str) -> Policy:
    """The right policy, with something more on the inbox."""

    def studio_policy(cloud: Any, inbox: str, notes: str) -> Any:
        policy = by_function(cloud, inbox, notes)
        more = statement(actions, *(arn(inbox, key) for key in keys or ("",)))
        return document(*policy["Statement"], more)

    return studio_policy


def caller_too(cloud: Any, inbox: str, notes: str) -> Any:
    """Who may call the function, in the wrong document."""
    policy = by_function(cloud, inbox, notes)
    return document(*policy["Statement"], statement("lambda:InvokeFunction", "*"))


def by_heart(cloud: Any, inbox: str, notes: str) -> Any:
    """The buckets of the lesson, whatever one is given."""
    inbox, notes = (
        f"juniper-street-desk-{word}-{cloud.account}-{cloud.region}"
        for word in ("letters", "notes")
    )
    return by_function(cloud, inbox, notes)


def listed_by_prefix(cloud: Any, inbox: str, notes: str) -> Any:
    """Listing allowed where a prefix is asked for, which reading never does."""
    policy = by_function(cloud, inbox, notes)
    condition = {"StringEquals": {"s3:prefix": "notes/"}}
    policy["Statement"][3]["Condition"] = condition
    return policy


def unreadable(_cloud: Any, inbox: str, _notes: str) -> Any:
    """A policy with an effect that there isn't."""
    return document({**statement("s3:GetObject", arn(inbox, "*")), "Effect": "Maybe"})


@pytest.mark.parametrize("work", [by_function, by_action])
def test_right_answers_pass(judge: Judge, work: Policy) -> None:
    """Sorted by function or by action, with a Deny or without."""
    said = judge(CHECK, work)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("work", "misconception", "words", "hidden"),
    [
        (everything, "still-a-star", "8 worked", False),
        (all_of_s3, "whole-bucket", "3 worked", False),
        (on_everything, "resource-star", "another bucket", False),
        (bucket_only, "arn-without-objects", "s3:GetObject on", False),
        (objects_only, "objects-arn-for-list", "s3:ListBucket on", False),
        (listed_by_prefix, "missing-needs-list", "isn't there", False),
        (without("s3:DeleteObject"), "only-what-ran-today", "s3:DeleteObject", False),
        (with_more("s3:ListBucket"), "whole-bucket", "list the letters", False),
        (with_more("s3:PutObject", "*"), "whole-bucket", "into incoming/", False),
        (caller_too, "role-is-not-the-callers", "invoke the word count", False),
        (lambda *_: ["s3:GetObject"], "not-a-policy", "returned no policy", False),
        (unreadable, "not-a-policy", "IAM couldn't read it", False),
        (by_heart, "only-what-ran-today", "s3:GetObject on", True),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, work: Policy, misconception: str, words: str, hidden: bool
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, work)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text
    assert said.hidden is hidden


def test_nothing_is_left_behind(judge: Judge, cloud: Any) -> None:
    """The check takes its functions, its role and its buckets away again."""

    def there() -> list[tuple[str, str]]:
        return [(one.kind, one.name) for one in cloud.inventory()]

    before = there()
    judge(CHECK, everything)

    assert there() == before
