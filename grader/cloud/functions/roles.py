"""Execution roles: Lambda takes only one that it may assume."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from grader.cloud.functions.errors import failure, invalid

_ASSUME = ("sts:assumerole", "sts:*", "*")


def check(account: str, region: str, role_arn: str) -> None:
    """Refuse a role that is missing, another account's, or doesn't trust Lambda.

    moto looks only whether the role exists.

    Raises:
        AWSError: InvalidParameterValueException, AccessDeniedException.
    """
    if role_arn.split(":")[4] != account:
        raise failure(
            "AccessDeniedException", "Cross-account pass role is not allowed."
        )
    backend = iam_backends[account][get_partition(region)]
    try:
        role = backend.get_role_by_arn(role_arn)
    except NotFoundException:
        role = None
    if role is None or not _trusts_lambda(role.assume_role_policy_document):
        raise invalid("The role defined for the function cannot be assumed by Lambda.")


def _trusts_lambda(document: Any) -> bool:
    try:
        policy = document if isinstance(document, dict) else json.loads(document)
    except ValueError:
        policy = json.loads(unquote(document))
    return any(
        statement.get("Effect") == "Allow"
        and any(action.lower() in _ASSUME for action in _listed(statement, "Action"))
        and _names_lambda(statement.get("Principal"))
        for statement in _listed(policy, "Statement")
    )


def _names_lambda(principal: Any) -> bool:
    if not isinstance(principal, dict):
        return bool(principal == "*")
    return "lambda.amazonaws.com" in _listed(principal, "Service")


def _listed(members: dict[str, Any], name: str) -> list[Any]:
    value = members.get(name, [])
    return value if isinstance(value, list) else [value]
