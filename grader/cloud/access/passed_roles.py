"""Roles that a request gives to a service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from grader.cloud.access.need import Need
from grader.cloud.access.operations import Operation


def passed_roles(operation: Operation) -> Iterator[Need]:
    """Whoever gives a role to a service needs iam:PassRole on it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    passed = _PASSING.get(f"{operation.prefix}:{operation.name}")
    if passed is None:
        return
    to, find = passed
    for role in find(operation.parameters):
        if isinstance(role, str) and role:
            yield Need("iam:PassRole", role, {"iam:passedtoservice": to})


def _targets(parameters: Mapping[str, Any]) -> Iterator[Any]:
    for target in parameters.get("Targets") or []:
        if isinstance(target, dict):
            yield target.get("RoleArn")


def _schedule(parameters: Mapping[str, Any]) -> Iterator[Any]:
    target = parameters.get("Target")
    if isinstance(target, dict):
        yield target.get("RoleArn")


def _member(name: str) -> Callable[[Mapping[str, Any]], Iterator[Any]]:
    def find(parameters: Mapping[str, Any]) -> Iterator[Any]:
        yield parameters.get(name)

    return find


# The service that gets the role, and where the role is in the request.
_PASSING: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], Iterator[Any]]]] = {
    "apigateway:CreateIntegration": (
        "apigateway.amazonaws.com",
        _member("credentialsArn"),
    ),
    "apigateway:PutIntegration": ("apigateway.amazonaws.com", _member("credentials")),
    "apigateway:UpdateIntegration": (
        "apigateway.amazonaws.com",
        _member("credentialsArn"),
    ),
    "cloudformation:CreateStack": ("cloudformation.amazonaws.com", _member("RoleARN")),
    "cloudformation:UpdateStack": ("cloudformation.amazonaws.com", _member("RoleARN")),
    "events:PutTargets": ("events.amazonaws.com", _targets),
    "events:PutRule": ("events.amazonaws.com", _member("RoleArn")),
    "lambda:CreateFunction": ("lambda.amazonaws.com", _member("Role")),
    "lambda:UpdateFunctionConfiguration": ("lambda.amazonaws.com", _member("Role")),
    "logs:PutSubscriptionFilter": ("logs.amazonaws.com", _member("roleArn")),
    "scheduler:CreateSchedule": ("scheduler.amazonaws.com", _schedule),
    "scheduler:UpdateSchedule": ("scheduler.amazonaws.com", _schedule),
    "states:CreateStateMachine": ("states.amazonaws.com", _member("roleArn")),
    "states:UpdateStateMachine": ("states.amazonaws.com", _member("roleArn")),
}
