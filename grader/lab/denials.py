"""A denial in words for beginners: who, what, which statement came closest.

What to add is always the one action on the one resource that was asked for: a wildcard
would end the denial, and much else.
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_DOCUMENTS = {
    "dynamodb": "the table's resource policy",
    "events": "the event bus's policy",
    "kms": "the key policy",
    "lambda": "the function's resource policy: get_policy, add_permission",
    "s3": "the bucket policy: get_bucket_policy, put_bucket_policy",
    "secretsmanager": "the secret's resource policy",
    "sns": "the topic's policy",
    "sqs": "the queue's policy",
}


@dataclass(frozen=True)
class Denial:
    """A refused call."""

    when: datetime
    principal: str
    who: str
    what: str
    sentence: str
    explanation: str


def denial(told: dict[str, Any]) -> Denial:
    """The denial that the lab noted."""
    return Denial(
        datetime.fromtimestamp(told["at"], UTC),
        told["principal"],
        who(told),
        f"{told['action']} on {_on(told['resource'])}",
        told["sentence"],
        "\n".join(_explained(told)),
    )


def who(told: dict[str, Any]) -> str:
    """Who was refused, as people speak of them."""
    arn, name = told["principal"], told["principal"].rpartition("/")[2]
    match told["kind"]:
        case "user":
            return f"the user {name}"
        case "assumed-role":
            role = told["role"].rpartition("/")[2]
            return f"the role {role} (session {name})"
        case "federated-user":
            return f"the federated user {name}"
        case "anonymous":
            return "somebody who didn't sign the request"
        case "service":
            return f"the service {arn}"
    return str(arn)


def _on(resource: str) -> str:
    return "no resource in particular" if resource == "*" else resource


def _explained(told: dict[str, Any]) -> Iterator[str]:
    reason = told["reason"]
    if reason.startswith("DENIED"):
        yield from _explicit(told)
    elif reason == "NO_TRUST":
        yield from _no_trust(told)
    elif reason == "NO_RESOURCE":
        yield from _no_resource(told)
    elif reason == "NO_BOUNDARY":
        yield "Its policies may allow it, its permissions boundary doesn't."
        yield from _nearest(told, "the boundary")
    elif reason == "NO_SESSION":
        yield "Its policies may allow it, the session's own policy doesn't."
        yield from _nearest(told, "the session policy, passed when the session began")
    else:
        yield from _no_identity(told)


def _explicit(told: dict[str, Any]) -> Iterator[str]:
    statement = told["statement"]
    yield (
        f"{_named(statement)} denies it, and a Deny wins over every Allow. Change that "
        "statement, or what you do; another Allow wouldn't help."
    )


def _no_identity(told: dict[str, Any]) -> Iterator[str]:
    names = ", ".join(one["policy"] for one in told["identity"])
    if not told["identity"]:
        yield f"{_capital(who(told))} has no policies at all, so nothing is allowed."
    elif told["near"] is None:
        yield (
            f"None of the policies of {who(told)} ({names}) has an Allow for "
            f"{told['action'].partition(':')[0]}."
        )
    yield from _nearest(told, _policies_of(told))


def _policies_of(told: dict[str, Any]) -> str:
    if told["kind"] == "assumed-role":
        role = told["role"].rpartition("/")[2]
        return f"a policy of the role {role}: put_role_policy, attach_role_policy"
    return f"a policy of {who(told)}: put_user_policy, attach_user_policy"


def _no_resource(told: dict[str, Any]) -> Iterator[str]:
    service = told["action"].partition(":")[0]
    document = _DOCUMENTS.get(service, "the resource's own policy")
    if told["kind"] in ("anonymous", "service"):
        yield (
            f"{_capital(who(told))} has no policies in this account: only the resource "
            "can let it in."
        )
    elif not told["within"]:
        yield (
            "The resource belongs to another account: its owner has to let you in, "
            "and your own account as well."
        )
    if not told["resource_policy"]:
        yield "The resource has no policy that counts here."
    yield from _nearest(told, document)


def _no_trust(told: dict[str, Any]) -> Iterator[str]:
    name = told["resource"].rpartition("/")[2]
    if not told["resource_policy"]:
        yield f"There may be no role named {name}."
    yield f"The trust policy of {name} says who may put the role on."
    near = told["near"]
    lacks = near["lacks"] if near else []
    named = [lack["wanted"] for lack in lacks if lack["element"] == "Principal"]
    if named:
        yield f"It names {', '.join(named[0])}, and not {told['principal']}."
    yield from (_lack(lack) for lack in lacks if lack["element"] != "Principal")
    yield "Look there: get_role, update_assume_role_policy."


def _nearest(told: dict[str, Any], document: str) -> Iterator[str]:
    """The closest statement with what it lacks, and the statement that would do."""
    near = told["near"]
    if near is not None:
        yield f"{_named(near)} came closest."
        yield from (_lack(lack) for lack in near["lacks"])
    if (missing := _missing(told)) is not None:
        yield f"What would allow it: {missing}"
    yield f"Where it belongs: {document}."


def _missing(told: dict[str, Any]) -> str | None:
    """The narrowest statement that allows what was asked; None without a resource."""
    if told["resource"] == "*" or "*" in told["resource"]:
        return None
    statement: dict[str, Any] = {"Effect": "Allow"}
    if told["reason"] == "NO_RESOURCE":
        service = told["kind"] == "service"
        if told["kind"] == "anonymous":
            return None
        principal = told["principal"] if service else told["role"] or told["principal"]
        statement["Principal"] = {"Service" if service else "AWS": principal}
    statement |= {"Action": told["action"], "Resource": told["resource"]}
    return json.dumps(statement, ensure_ascii=False)


def _named(statement: dict[str, Any]) -> str:
    which = f"statement {statement['index'] + 1}"
    if statement["sid"]:
        which += f" ({statement['sid']})"
    return f"{_capital(which)} of {statement['policy']}"


def _lack(lack: dict[str, Any]) -> str:
    wanted, found = _some(lack["wanted"]), _some(lack["found"])
    match lack["element"]:
        case "Condition":
            has = f"is {found}" if found else "isn't in the request"
            return (
                f"- Its condition {lack['operator']} {lack['key']} wants {wanted}; "
                f"here the key {has}."
            )
        case "Resource":
            return f"- Its Resource is {wanted}; the request is on {found}."
        case "Action":
            return f"- Its Action is {wanted}; the request needs {found}."
        case "Principal":
            return f"- Its Principal is {wanted}; the request comes from {found}."
    return f"- Its {lack['element']} leaves out {found}."


def _some(values: list[str], most: int = 4) -> str:
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(values[:most]) + more


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
