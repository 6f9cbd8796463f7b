"""What the variables in ARNs stand for, in one request.

Mostly they are named as the operation's parameters are. Where they aren't, and where a
name isn't in the request at all, `_VALUES` says where it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from moto.utilities.utils import get_partition

from grader.cloud.access import stored_names
from grader.cloud.access.operations import Operation


class Place(NamedTuple):
    """Where a request is made: an account and a Region, and by which IAM user."""

    account: str
    region: str
    user_name: str = ""

    @property
    def partition(self) -> str:
        """`aws` but for China and the like."""
        return _partition(self.region)


@cache
def _partition(region: str) -> str:
    return str(get_partition(region))


def values(prefix: str, variable: str, operation: Operation, place: Place) -> list[str]:
    """What a variable of a template stands for, in one request."""
    special = _VALUES.get((prefix, variable))
    if special is not None:
        return [value for value in special(operation, place) if value]
    return _given(operation, variable, *_CALLED.get((prefix, variable), ()))


def _given(operation: Operation, *names: str) -> list[str]:
    """The texts of the first of these parameters that there is."""
    for name in names:
        # Mostly it is spelt like that.
        value = operation.parameters.get(name)
        if value is None:
            value = operation.folded.get(name.lower())
        if isinstance(value, str) and value:
            return [value]
        if isinstance(value, list):
            return [one for one in value if isinstance(one, str)]
    return []


def takes_care(prefix: str, variable: str) -> bool:
    """Whether a variable is more than a parameter of another name."""
    return (prefix, variable) in _VALUES


def given(operation: Operation, *names: str) -> str:
    """The text of the first of these parameters that there is, or nothing."""
    return next(iter(_given(operation, *names)), "")


def _queue(operation: Operation, place: Place) -> Iterator[str]:
    url = given(operation, "QueueUrl")
    yield url.rpartition("/")[2] or given(operation, "QueueName")


def _function(operation: Operation, place: Place) -> Iterator[str]:
    """A function's name, with the qualifier if the request is about one version."""
    *_, name = re.split(r":?function:", given(operation, "FunctionName"))
    name, _, embedded = re.sub(r"^\d{12}:", "", name).partition(":")
    qualifier = embedded or operation.query.get("Qualifier", "")
    yield f"{name}:{qualifier}" if name and qualifier else name


def _log_group(operation: Operation, place: Place) -> Iterator[str]:
    named = _given(
        operation,
        "logGroupName",
        "logGroupIdentifier",
        "logGroupNames",
        "logGroupIdentifiers",
    )
    for name in named:
        group = name.partition(":log-group:")[2] or name
        group = group.removesuffix(":*")
        # Everything but tags is checked as the streams of a group are.
        whole = "logStreamName" in operation.parameters
        yield group if whole else f"{group}:log-stream:"


def _parameters(operation: Operation, place: Place) -> Iterator[str]:
    for name in _given(operation, "Name", "Names", "Path", "ResourceId"):
        yield name.partition(":parameter")[2].lstrip("/") or name.lstrip("/")


def _group_of_schedules(operation: Operation, place: Place) -> Iterator[str]:
    group = operation.query.get("groupName") or given(operation, "GroupName")
    yield group or ("" if operation.name.endswith("Group") else "default")


def _bus(operation: Operation, place: Place) -> Iterator[str]:
    bus = given(operation, "EventBusName").rpartition("/")[2]
    if "Rule" in operation.name or "Targets" in operation.name:
        # The ARN of a rule of the default bus doesn't name the bus.
        yield "" if bus == "default" else bus
    else:
        yield bus or given(operation, "Name").rpartition("/")[2] or "default"


def _stack_id(operation: Operation, place: Place) -> Iterator[str]:
    yield stored_names.stack_id(
        place.account, place.region, given(operation, "StackName")
    )


Values = Callable[[Operation, Place], Iterator[str]]

_VALUES: Mapping[tuple[str, str], Values] = {
    ("cloudformation", "Id"): _stack_id,
    ("events", "EventBusName"): _bus,
    ("iam", "GroupNameWithPath"): lambda operation, place: iter(
        [
            stored_names.group(
                place.account, given(operation, "GroupName"), _path(operation)
            )
        ]
    ),
    ("iam", "PolicyNameWithPath"): lambda operation, place: iter(
        [_path(operation) + given(operation, "PolicyName")]
    ),
    ("iam", "RoleNameWithPath"): lambda operation, place: iter(
        [
            stored_names.role(
                place.account, given(operation, "RoleName"), _path(operation)
            )
        ]
    ),
    ("iam", "UserNameWithPath"): lambda operation, place: iter(
        [
            stored_names.user(
                place.account,
                given(operation, "UserName") or place.user_name,
                _path(operation),
            )
        ]
    ),
    ("kms", "Alias"): lambda operation, place: iter(
        [given(operation, "AliasName").removeprefix("alias/")]
    ),
    ("kms", "KeyId"): lambda operation, place: stored_names.keys(
        place.account, place.region, operation.parameters
    ),
    ("lambda", "FunctionName"): _function,
    ("logs", "LogGroupName"): _log_group,
    ("scheduler", "GroupName"): _group_of_schedules,
    ("secretsmanager", "SecretId"): lambda operation, place: iter(
        [
            stored_names.secret(
                place.account, place.region, given(operation, "SecretId", "Name")
            )
        ]
    ),
    ("sqs", "QueueName"): _queue,
    ("ssm", "ParameterNameWithoutLeadingSlash"): _parameters,
}


def _path(operation: Operation) -> str:
    """The path of what is being made, without its first slash."""
    return given(operation, "Path").lstrip("/")


# Other names that a parameter has.
_CALLED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("cloudwatch", "AlarmName"): ("AlarmNames",),
    ("cloudwatch", "DashboardName"): ("DashboardNames",),
    ("cloudfront", "DistributionId"): ("Id",),
    ("events", "RuleName"): ("Name", "Rule"),
    ("lambda", "LayerVersion"): ("VersionNumber",),
    ("scheduler", "ScheduleName"): ("Name",),
    ("ses", "IdentityName"): ("EmailIdentity", "Identity", "Source"),
    ("sns", "TopicName"): ("Name",),
    ("states", "StateMachineName"): ("name",),
}
