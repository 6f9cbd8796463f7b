"""unblock-the-intern, with right answers, wrong ones, and none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.checks.conftest import Judged, starter

Judge = Callable[..., Judged]
Left = Callable[[], set[tuple[str, str]]]
CHECK = "unblock-the-intern"
GUARD = "PrivateStaysPrivate"
Policies = dict[str, dict[str, Any]]
Unblock = Callable[[Policies, str, str, str], Any]


def found(policies: Policies, sid: str) -> dict[str, Any]:
    """The statement of a name."""
    for policy in policies.values():
        for statement in policy["Statement"]:
            if statement["Sid"] == sid:
                return dict_of(statement)
    raise KeyError(sid)


def dict_of(statement: Any) -> dict[str, Any]:
    """The same object, for the type checker."""
    assert isinstance(statement, dict)
    return statement


def narrowed(policies: Policies, bucket: str, _inbox: str, private: str) -> Policies:
    """The deny holds for what is private."""
    found(policies, GUARD)["Resource"] = f"arn:aws:s3:::{bucket}/{private}*"
    return policies


def all_but_the_inbox(
    policies: Policies, bucket: str, inbox: str, _private: str
) -> Policies:
    """The deny holds for all that isn't the inbox."""
    guard = found(policies, GUARD)
    del guard["Resource"]
    guard["NotResource"] = [f"arn:aws:s3:::{bucket}/{inbox}*"]
    return policies


def replaced(policies: Policies, bucket: str, _inbox: str, private: str) -> Policies:
    """A new statement of the same name, and everything rebuilt around it."""
    guard = {
        "Sid": GUARD,
        "Effect": "Deny",
        "Action": ["s3:PutObject"],
        "Resource": [f"arn:aws:s3:::{bucket}/{private}*"],
    }
    return {
        name: {
            **policy,
            "Statement": [
                guard if one["Sid"] == GUARD else one for one in policy["Statement"]
            ],
        }
        for name, policy in policies.items()
    }


def change(sid: str, **members: Any) -> Unblock:
    """Change members of one statement; texts may name bucket, inbox, private."""

    def unblock(policies: Policies, bucket: str, inbox: str, private: str) -> Policies:
        names = {"bucket": bucket, "inbox": inbox, "private": private}
        for member, value in members.items():
            found(policies, sid)[member] = value.format(**names)
        return policies

    return unblock


def without(sid: str) -> Unblock:
    """Take one statement away."""

    def unblock(policies: Policies, *_names: str) -> Policies:
        for policy in policies.values():
            kept = [one for one in policy["Statement"] if one["Sid"] != sid]
            # A policy needs a statement; an unrelated one stands in for none.
            policy["Statement"] = kept
        return policies

    return unblock


def reordered(policies: Policies, *_names: str) -> Policies:
    """The deny last of all."""
    for policy in policies.values():
        policy["Statement"] = policy["Statement"][::-1]
    return dict(reversed(policies.items()))


def allowed_more(policies: Policies, *_names: str) -> Policies:
    """An allow for everything beside the deny."""
    policies["uploads"]["Statement"].append(
        {"Sid": "More", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    )
    return policies


def by_place(policies: Policies, bucket: str, _inbox: str, private: str) -> Policies:
    """The statement that stands first in the third policy."""
    third = list(policies.values())[2]
    third["Statement"][0]["Resource"] = f"arn:aws:s3:::{bucket}/{private}*"
    return policies


def pasted(policies: Policies, bucket: str, _inbox: str, _private: str) -> Policies:
    """The prefix of the task's example."""
    found(policies, GUARD)["Resource"] = f"arn:aws:s3:::{bucket}/private/*"
    return policies


def two(policies: Policies, bucket: str, inbox: str, private: str) -> Policies:
    """Right, and one more statement tidied up in passing."""
    found(policies, "LookAtFiles")["Action"] = ["s3:GetObject", "s3:GetObjectTagging"]
    return narrowed(policies, bucket, inbox, private)


@pytest.mark.parametrize("work", [narrowed, all_but_the_inbox, replaced])
def test_right_answers_pass(judge: Judge, work: Unblock) -> None:
    """Answers of different build pass, with other prefixes and in another order."""
    said = judge(CHECK, work)

    assert said.outcome == "passed", said.text


def test_starter_is_not_attempted(judge: Judge) -> None:
    """The untouched starter fails, and is told apart from a wrong answer."""
    said = judge(CHECK, starter)

    assert (said.outcome, said.unattempted) == ("failed", True)


@pytest.mark.parametrize(
    ("work", "misconception", "words"),
    [
        (allowed_more, "allow-beats-deny", "explicit deny"),
        (reordered, "order-matters", "upload to inbox/: refused"),
        (lambda policies, *_names: policies, None, "upload to inbox/: refused"),
        (change(GUARD, Effect="Allow"), "deny-is-the-bug", "upload to private/"),
        (without(GUARD), "implicit-is-enough", "now she could upload to private/"),
        (
            change(GUARD, Action="s3:DeleteObject"),
            "implicit-is-enough",
            "now she could upload to private/",
        ),
        (
            change(GUARD, Resource="arn:aws:s3:::{bucket}/{private}"),
            "prefix-without-star",
            "covers every key",
        ),
        (
            change(GUARD, Resource="arn:aws:s3:::{bucket}/{inbox}*"),
            "deny-turned-round",
            "upload to inbox/: refused",
        ),
        (change(GUARD, Resource="private/*"), "name-is-an-arn", "Malformed"),
        (two, "more-than-one", "LookAtFiles, PrivateStaysPrivate"),
        (lambda *_given: None, "print-is-return", "isn't the three policies"),
        (lambda policies, *_names: policies["safety"], None, "three policies"),
    ],
)
def test_wrong_answers_are_named(
    judge: Judge, work: Unblock, misconception: str | None, words: str
) -> None:
    """Each mistake fails with its own message and the misconception behind it."""
    said = judge(CHECK, work)

    assert (said.outcome, said.misconception) == ("failed", misconception), said.text
    assert words in said.text


@pytest.mark.parametrize("work", [by_place, pasted])
def test_what_holds_for_the_example_alone_is_found_out(
    judge: Judge, work: Unblock
) -> None:
    """The order of statements and the prefixes are others in the variation."""
    said = judge(CHECK, work)

    assert (said.outcome, said.hidden) == ("failed", True), said.text


def test_nothing_is_left_of_the_check(judge: Judge, left: Left) -> None:
    """Its user and its bucket are gone afterwards, also when it fails."""
    judge(CHECK, change(GUARD, Effect="Allow"))

    assert not left()
