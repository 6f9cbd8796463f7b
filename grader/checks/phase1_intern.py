"""unblock-the-intern: one statement of three policies is too wide."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.checks.exercise import Failed, Raised, Work, exercise
from grader.checks.phase1_people import (
    MALFORMED,
    denial,
    document,
    hold,
    person,
    statement,
)
from grader.checks.probe import Probe, quoted

Policies = dict[str, Any]

GUARD = "PrivateStaysPrivate"
"""The statement that keeps too much private."""


@dataclass(frozen=True)
class _Office:
    """A bucket, and the beginnings of keys in it."""

    bucket: str
    inbox: str
    private: str
    elsewhere: str = "drafts/"

    def arn(self, key: str = "") -> str:
        """The ARN of the bucket, or of keys in it."""
        return f"arn:aws:s3:::{self.bucket}" + (f"/{key}" if key else "")

    def policies(self) -> Policies:
        """The three policies of the task, which the notebook shows too."""
        anything = self.arn("*")
        rules = {
            "SeeNames": statement("Allow", "s3:ListBucket", self.arn()),
            "LookAtFiles": statement("Allow", "s3:GetObject", anything),
            "FillTheInbox": statement(
                "Allow", "s3:PutObject", self.arn(f"{self.inbox}*")
            ),
            GUARD: statement("Deny", "s3:PutObject", anything),
            "NothingIsDeleted": statement("Deny", "s3:DeleteObject", anything),
        }
        named = {sid: {"Sid": sid, **rule} for sid, rule in rules.items()}
        return {
            "studio": document(named["SeeNames"], named["LookAtFiles"]),
            "uploads": document(named["FillTheInbox"]),
            "safety": document(named[GUARD], named["NothingIsDeleted"]),
        }


@exercise(
    "unblock-the-intern",
    hints=(
        'Look for "Effect": "Deny" first: a deny comes before every allow. Which of '
        "the two denies is about uploading? Its name says what it was meant for, and "
        "its Resource what it really holds for.",
        'guard = find_rule(policies, "____")\n'
        'guard["____"] = f"arn:aws:s3:::{bucket}/{____}*"',
    ),
    explain_back="explain-unblock-the-intern",
    misconceptions={
        **MALFORMED,
        "allow-beats-deny": "You may think that a strong enough allow gets her in. No "
        "allow is stronger than a deny, however wide it is.",
        "order-matters": "You may think that the first statement that fits decides. "
        "IAM reads all of them; the order makes no difference.",
        "deny-is-the-bug": "You may think that the deny has to go. It was meant well, "
        "and it held for too much: what it is about is wrong, not that it denies.",
        "implicit-is-enough": "You may think that what nobody allows is safe. It is, "
        "until somebody allows it. Only an explicit deny holds then, too.",
        "prefix-without-star": "You may think that private/ stands for all that is in "
        "it. It is one key; with a star behind it, it is all that begin so.",
        "deny-turned-round": "You may think that the deny should name the inbox. It "
        "names what is denied, and the inbox is what she needs.",
        "more-than-one": "You may think that more changes do no harm. Each of them "
        "changes what somebody may do, and somebody relied on it.",
        "pasted-prefix": "You may think that the inbox is always inbox/. It is what "
        "the function is told, and it may be another.",
        "print-is-return": "You may think that what a function prints is its answer. "
        "Its answer is what it returns.",
    },
)
def unblock_the_intern(probe: Probe, unblock: Work, *, variation: bool) -> None:
    """Your change lets the intern upload to the inbox, and the denies stay in force."""
    office = _Office(probe.name("office"), "inbox/", "private/")
    given = office.policies()
    if variation:
        office = _Office(
            office.bucket, f"{probe.name('post')}/", f"{probe.name('diary')}/"
        )
        given = _turned_round(office.policies())
    changed = _changed(unblock, given, office)
    with _bucket(probe, office), person(probe, "intern", changed) as ines:
        _may_work(ines, office, given, changed)
        _may_not(ines, office)
        user = ines.client("sts").get_caller_identity()["Arn"].rpartition("/")[2]
        hold(probe, user, "anything", document(statement("Allow", "s3:*", "*")))
        _still_may_not(ines, office)
    _one_change(given, changed)


def _turned_round(policies: Policies) -> Policies:
    """The same policies, so that no statement stands where it stood before."""
    for one in policies.values():
        one["Statement"].reverse()
    return dict(reversed(policies.items()))


def _changed(unblock: Work, given: Policies, office: _Office) -> Policies:
    sent = copy.deepcopy(given)
    try:
        changed = unblock(sent, office.bucket, office.inbox, office.private)
    except Raised as fault:
        if fault.kind != "TypeError" or "NoneType" not in fault.message:
            raise
        said = fault.message.partition("raised ")[2]
        raise Failed(
            f"I called your unblock; it raised {said}.",
            expected="the policies, with one statement changed",
            look="the name that find_rule is given: it has to be a Sid, spelt like "
            "in the policy",
        ) from None
    if (
        isinstance(changed, dict)
        and set(changed) == set(given)
        and all(_statements(one) is not None for one in changed.values())
    ):
        return changed
    raise Failed(
        "I called your unblock; what it returned isn't the three policies.",
        expected=f"a dictionary with {', '.join(sorted(given))}, and a policy for each",
        observed=quoted(changed),
        look="the return of unblock: all the policies, not only what was changed",
        misconception="print-is-return" if changed is None else None,
    )


def _statements(policy: Any) -> list[dict[str, Any]] | None:
    found = policy.get("Statement") if isinstance(policy, dict) else None
    if isinstance(found, list) and all(isinstance(one, dict) for one in found):
        return found
    return None


@contextlib.contextmanager
def _bucket(probe: Probe, office: _Office) -> Iterator[None]:
    s3, place = probe.client("s3"), {}
    if probe.region != "us-east-1":
        place = {"CreateBucketConfiguration": {"LocationConstraint": probe.region}}
    s3.create_bucket(Bucket=office.bucket, **place)
    for prefix in (office.inbox, office.private):
        s3.put_object(Bucket=office.bucket, Key=f"{prefix}old.txt", Body=b"old")
    try:
        yield
    finally:
        for key in probe.keys(office.bucket):
            s3.delete_object(Bucket=office.bucket, Key=key)
        s3.delete_bucket(Bucket=office.bucket)


def _put(ines: Probe, office: _Office, prefix: str) -> str | None:
    return denial(
        lambda: ines.client("s3").put_object(
            Bucket=office.bucket, Key=f"{prefix}new.txt", Body=b"new"
        )
    )


def _delete(ines: Probe, office: _Office, prefix: str) -> str | None:
    return denial(
        lambda: ines.client("s3").delete_object(
            Bucket=office.bucket, Key=f"{prefix}old.txt"
        )
    )


def _may_work(ines: Probe, office: _Office, given: Policies, changed: Policies) -> None:
    s3 = ines.client("s3")
    tries: dict[str, Callable[[], str | None]] = {
        f"upload to {office.inbox}": lambda: _put(ines, office, office.inbox),
        "read a file": lambda: denial(
            lambda: s3.get_object(Bucket=office.bucket, Key=f"{office.inbox}old.txt")
        ),
        "list the bucket": lambda: denial(
            lambda: s3.list_objects_v2(Bucket=office.bucket)
        ),
    }
    for story, attempt in tries.items():
        if refused := attempt():
            raise Failed(
                f"The intern tried to {story}: refused.",
                expected="she may",
                observed=refused,
                look="the last words of that sentence: was it denied aloud, or allowed "
                "by nobody?",
                misconception=_still_blocked(office, given, changed)
                if "upload" in story
                else None,
            )


def _still_blocked(office: _Office, given: Policies, changed: Policies) -> str | None:
    """What was tried, where the intern still can't upload."""
    before, after = _by_sid(given), _by_sid(changed)
    if before == after:
        return None if given == changed else "order-matters"
    guard = after.get(GUARD, {})
    if guard == before[GUARD]:
        return "allow-beats-deny"
    if guard.get("Effect") == "Deny" and office.inbox in json.dumps(guard):
        return "deny-turned-round"
    if "inbox/" in json.dumps(changed) and office.inbox != "inbox/":
        return "pasted-prefix"
    return None


def _may_not(ines: Probe, office: _Office) -> None:
    for prefix in (office.private, office.elsewhere, ""):
        if _put(ines, office, prefix) is None:
            where = f"to {prefix}" if prefix else "to the top of the bucket"
            raise Failed(
                f"The intern tried to upload {where}: it was allowed.",
                expected="AccessDenied",
                observed="no refusal",
                look="the statement that you changed: does it say more than it did "
                "before?",
                misconception="deny-is-the-bug",
            )
    if _delete(ines, office, office.inbox) is None:
        raise Failed(
            "The intern tried to delete a file: it was allowed.",
            expected="AccessDenied",
            observed="no refusal",
            look="what became of the statement NothingIsDeleted, and of its Effect",
            misconception="deny-is-the-bug",
        )


def _still_may_not(ines: Probe, office: _Office) -> None:
    """With a policy beside it that allows everything in S3."""
    given = "I gave the intern one more policy, which allows all of S3"
    if _delete(ines, office, office.inbox) is None:
        raise Failed(
            f"{given}; now she could delete a file.",
            expected="AccessDenied, with an explicit deny",
            observed="no refusal",
            look="what became of the statement NothingIsDeleted",
            misconception="implicit-is-enough",
        )
    if _put(ines, office, office.private) is None:
        raise Failed(
            f"{given}; now she could upload to {office.private}.",
            expected="AccessDenied, with an explicit deny",
            observed="no refusal",
            look=f"the statement {GUARD}: whether it is still there, and whether its "
            "Resource covers every key that begins so",
            misconception="prefix-without-star"
            if denial(
                lambda: ines.client("s3").put_object(
                    Bucket=office.bucket, Key=office.private, Body=b""
                )
            )
            else "implicit-is-enough",
        )


def _one_change(given: Policies, changed: Policies) -> None:
    before, after = _by_sid(given), _by_sid(changed)
    touched = sorted(
        sid for sid in {*before, *after} if before.get(sid) != after.get(sid)
    )
    if len(touched) > 1:
        raise Failed(
            "The intern may do what she should; you changed more than that needs.",
            expected="one statement that is different",
            observed=", ".join(touched),
            look="the statements that you had no need to change",
            misconception="more-than-one",
        )


def _by_sid(policies: Policies) -> Mapping[str, Any]:
    """Every statement by its name; those without one by their text."""
    return {
        str(one.get("Sid") or quoted(one)): one
        for policy in policies.values()
        for one in _statements(policy) or []
    }
