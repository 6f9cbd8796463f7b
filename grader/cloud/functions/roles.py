"""Execution roles: Lambda takes only one that it may assume."""

from __future__ import annotations

from grader.cloud.access import acting
from grader.cloud.functions.errors import failure, invalid

_SERVICE = "lambda.amazonaws.com"


def check(account: str, role_arn: str, function: str) -> None:
    """Refuse a role that is missing, another account's, or doesn't trust Lambda.

    moto looks only whether the role exists. ``function`` is the ARN of the function
    that is to have it.

    Raises:
        AWSError: InvalidParameterValueException, AccessDeniedException.
    """
    if role_arn.split(":")[4] != account:
        raise failure(
            "AccessDeniedException", "Cross-account pass role is not allowed."
        )
    decision = acting.for_resource(
        _SERVICE,
        "sts:AssumeRole",
        role_arn,
        source_arn=function,
        source_account=account,
    )
    if not decision.allowed:
        raise invalid("The role defined for the function cannot be assumed by Lambda.")


def check_dead_letter(role_arn: str, function: str, target: str) -> None:
    """Refuse a dead-letter queue or topic that the role may not send to.

    ``function`` is its name.

    Raises:
        AWSError: InvalidParameterValueException.
    """
    decision = acting.sending(role_arn, function, target)
    if not decision.allowed:
        service, _, action = decision.request.action.partition(":")
        raise invalid(
            "The provided execution role does not have permissions to call"
            f" {action} on {service.upper()}"
        )


def check_destination(role_arn: str, function: str, target: str) -> None:
    """Refuse a destination that the role may not send to.

    ``function`` is its name.

    Raises:
        AWSError: InvalidParameterValueException.
    """
    decision = acting.sending(role_arn, function, target)
    if not decision.allowed:
        action = decision.request.action.partition(":")[2]
        raise invalid(
            "The function's execution role does not have permissions to call"
            f" {action} on {target}"
        )
