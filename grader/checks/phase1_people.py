"""People of an account who hold certain policies, and what they are refused."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from grader.checks.exercise import Failed
from grader.checks.probe import Probe, quoted

DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
"""The codes in which AWS's protocols say that a principal may not do it."""


def statement(effect: str, action: Any, resource: Any) -> dict[str, Any]:
    """One statement of a policy."""
    return {"Effect": effect, "Action": action, "Resource": resource}


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """A policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


@contextlib.contextmanager
def person(probe: Probe, word: str, policies: Mapping[str, Any]) -> Iterator[Probe]:
    """A new user who holds these policies, by name; a probe with the user's keys.

    Raises:
        Failed: IAM can't read one of the policies.
    """
    iam, name = probe.client("iam"), probe.name(word)
    iam.create_user(UserName=name)
    try:
        for policy, text in policies.items():
            hold(probe, name, policy, text)
        yield probe.as_user(name)
    finally:
        for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
            iam.delete_user_policy(UserName=name, PolicyName=policy)
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName=name)


def hold(probe: Probe, user: str, policy: str, text: Any) -> None:
    """Write an inline policy of a user, given as a document or as its JSON.

    Raises:
        Failed: IAM can't read it; with IAM's own sentence.
    """
    try:
        probe.client("iam").put_user_policy(
            UserName=user,
            PolicyName=policy,
            PolicyDocument=text if isinstance(text, str) else json.dumps(text),
        )
    except ClientError as refusal:
        error = refusal.response["Error"]
        if error["Code"] != "MalformedPolicyDocument":
            raise
        raise Malformed(text, error["Message"]) from None


class Malformed(Failed):
    """IAM refused a policy as unreadable."""

    def __init__(self, text: Any, sentence: str) -> None:
        super().__init__(
            "I gave your policy to a user; IAM can't read it.",
            expected="a policy that IAM takes",
            observed=f"MalformedPolicyDocument: {sentence}\nThe policy: {quoted(text)}",
            look="the part of the policy that IAM's sentence speaks of",
            misconception="action-without-service"
            if "vendor" in sentence
            else "name-is-an-arn"
            if "ARN" in sentence
            else None,
        )
        self.sentence = sentence


MALFORMED = {
    "name-is-an-arn": "You may think that a name says which thing is meant. A name "
    "says neither the service, nor the Region, nor the account; an ARN says all of it.",
    "action-without-service": "You may think that an operation's name is an action. "
    "Many services have operations of the same name, so the service comes first, with "
    "a colon.",
}
"""The corrections of what `Malformed` names."""


def denial(attempt: Callable[[], object]) -> str | None:
    """AWS's sentence when somebody may not do it; None when it went well.

    Raises:
        ClientError: it was refused for another reason.
    """
    try:
        attempt()
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] in DENIED:
            return str(refusal.response["Error"]["Message"])
        raise
    return None
