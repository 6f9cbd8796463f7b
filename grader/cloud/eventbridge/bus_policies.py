"""The policy of an event bus: who else may put events on it.

moto lets "*" be an account's root, and merges policies. Follows "PutPermission" in the
EventBridge API reference and "Permissions for event buses" in the user guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.events.models import EventBus, EventBusPolicyStatement

from grader.cloud.access.named_principals import exists
from grader.cloud.access.resource_documents import Problem, problem
from grader.cloud.eventbridge import errors

_LONGEST = 10_240
_WORDS = {
    Problem.SYNTAX: "This policy contains invalid Json",
    Problem.ACTION: "This policy contains an action that isn't EventBridge's.",
    Problem.PRINCIPAL: "Invalid principal in policy.",
}


class _Statement(EventBusPolicyStatement):  # type: ignore[misc]
    """A statement as somebody wrote it."""

    def __init__(self, written: Mapping[str, Any]) -> None:
        self._written = dict(written)

    def describe(self) -> dict[str, Any]:
        """Give the statement back."""
        return self._written


def described(bus: EventBus) -> dict[str, Any]:
    """Describe a bus as it is listed, with its policy if it has one."""
    told = {
        "Name": bus.name,
        "Arn": bus.arn,
        "Description": bus.description,
        "Policy": bus.policy,
        "CreationTime": bus.creation_time,
        "LastModifiedTime": bus.last_modified_time,
    }
    return {name: one for name, one in told.items() if one}


def put(bus: EventBus, members: Mapping[str, Any]) -> None:
    """Give a bus a whole policy, or one more statement.

    Raises:
        JsonRESTError: ValidationException, PolicyLengthExceededException.
    """
    before = dict(bus._statements)
    if (text := members.get("Policy")) is not None:
        bus._statements = _read(text)
    else:
        statement = _made(bus, members)
        bus._statements[statement["Sid"]] = _Statement(statement)
    if len(bus.policy or "") > _LONGEST:
        bus._statements = before
        raise JsonRESTError(
            "PolicyLengthExceededException",
            "The event bus policy is too long. The policy of an event bus can have"
            f" {_LONGEST} characters.",
        )


def _read(text: str) -> dict[str, EventBusPolicyStatement]:
    found = problem(text, "events", exists)
    if found is not None:
        raise errors.validation(_WORDS[found])
    statements = json.loads(text)["Statement"]
    if isinstance(statements, Mapping):
        statements = [statements]
    return {
        str(statement.get("Sid") or place): _Statement(statement)
        for place, statement in enumerate(statements)
    }


def _made(bus: EventBus, members: Mapping[str, Any]) -> dict[str, Any]:
    """Make the statement that PutPermission's other parameters stand for."""
    for name in ("Action", "Principal", "StatementId"):
        if not members.get(name):
            raise errors.validation(f"Parameter {name} must be specified.")
    if members["Action"] != "events:PutEvents":
        raise errors.validation(
            "Provided value in parameter 'action' is not supported."
        )
    principal, condition = members["Principal"], members.get("Condition")
    if condition and principal != "*":
        raise JsonRESTError(
            "InvalidParameterValue",
            "Value of the parameter 'principal' must be '*' when the parameter"
            " 'condition' is set.",
        )
    everybody = principal == "*"
    statement: dict[str, Any] = {
        "Sid": members["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if everybody else {"AWS": f"arn:aws:iam::{principal}:root"},
        "Action": members["Action"],
        "Resource": bus.arn,
    }
    if condition:
        statement["Condition"] = {
            condition["Type"]: {condition["Key"]: condition["Value"]}
        }
    return statement
