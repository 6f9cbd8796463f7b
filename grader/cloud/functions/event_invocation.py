"""What becomes of asynchronous invocations: retries, age, destinations, DLQ."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader import facts
from grader.cloud.functions import names, pages, roles
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import invalid, missing
from grader.cloud.functions.functions import named
from grader.cloud.functions.names import LATEST, FunctionName
from grader.cloud.functions.storage import backend
from grader.cloud.functions.stored_function import StoredFunction

_DESTINATIONS = ("lambda", "sqs", "sns", "events", "s3")


@dataclass
class EventInvokeRecord:
    """Event settings as they are stored, for one qualifier."""

    members: dict[str, Any] = field(default_factory=dict)
    modified: float = field(default_factory=time.time)


@dataclass(frozen=True)
class EventInvokeConfig:
    """What holds for asynchronous invocations of one function and qualifier.

    ``maximum_event_age`` is in seconds; destinations are ARNs.
    """

    maximum_retry_attempts: int = facts.aws_lambda.MAXIMUM_RETRIES.value
    maximum_event_age: int = facts.aws_lambda.MAXIMUM_EVENT_AGE.value
    on_success: str | None = None
    on_failure: str | None = None


def event_invoke_config(
    account: str, region: str, name: str, qualifier: str | None
) -> EventInvokeConfig:
    """Return the settings for a qualifier, Lambda's defaults where there are none."""
    latest = backend(account, region).latest(name)
    record = latest.record.event_invocation.get(qualifier or LATEST) if latest else None
    if record is None:
        return EventInvokeConfig()
    members = record.members
    retries = members.get("MaximumRetryAttempts")
    age = members.get("MaximumEventAgeInSeconds")
    return EventInvokeConfig(
        facts.aws_lambda.MAXIMUM_RETRIES.value if retries is None else retries,
        facts.aws_lambda.MAXIMUM_EVENT_AGE.value if age is None else age,
        _destination(members, "OnSuccess"),
        _destination(members, "OnFailure"),
    )


def _destination(members: Mapping[str, Any], outcome: str) -> str | None:
    destinations = members.get("DestinationConfig", {})
    arn: str | None = destinations.get(outcome, {}).get("Destination")
    return arn or None


def dead_letter_target(account: str, region: str, name: str) -> str | None:
    """Return the ARN of a function's dead-letter queue or topic."""
    latest = backend(account, region).latest(name)
    return latest.dead_letter_arn if latest else None


def _place(call: Call) -> tuple[StoredFunction, str, FunctionName]:
    """Return the function, the qualifier and the name that a call is about.

    Raises:
        AWSError: ResourceNotFoundException, in words of these operations' own.
    """
    name = named(call)
    qualifier = name.qualifier or LATEST
    latest = call.backend.latest(name.name)
    known = call.backend.aliases(name.name)
    if latest is not None and (
        qualifier in known or call.backend.version(name.name, qualifier) is not None
    ):
        return latest, qualifier, name
    arn = names.function_arn(name.account, name.region, name.name, qualifier)
    if call.operation.startswith(("Put", "Update")):
        raise missing(f"The function {arn} doesn't exist.")
    raise missing(f"The function {arn} doesn't have an EventInvokeConfig")


def _check(call: Call, name: FunctionName, role: str) -> None:
    if not {
        "MaximumRetryAttempts",
        "MaximumEventAgeInSeconds",
        "DestinationConfig",
    } & set(call.parameters):
        raise invalid(
            "You must specify at least one of error handling or destination setting."
        )
    for outcome in ("OnSuccess", "OnFailure"):
        arn = _destination(call.parameters, outcome)
        if arn is None:
            continue
        parts = arn.split(":")
        if len(parts) < 6 or parts[2] not in _DESTINATIONS:
            raise invalid(
                f"The provided destination config {outcome} is not a supported"
                f" destination: {arn}"
            )
        target = names.function_arn(call.account, call.region, name.name)
        if arn == target or arn.startswith(target + ":"):
            raise invalid("You can't specify the function as a destination for itself.")
        if parts[2] == "lambda" and parts[3] == call.region:
            _check_function(call, arn)
        roles.check_destination(role, name.name, arn)


def _check_function(call: Call, arn: str) -> None:
    target = names.parse(call.account, call.region, arn)
    if call.backend.latest(target.name) is None:
        raise invalid(f"The destination ARN {arn} is invalid.")


def _drawn(call: Call, record: EventInvokeRecord, qualifier: str) -> dict[str, Any]:
    name = named(call)
    arn = names.function_arn(name.account, name.region, name.name, qualifier)
    drawn: dict[str, Any] = {
        "LastModified": round(record.modified, 3),
        "FunctionArn": arn,
    }
    for member in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds"):
        if member in record.members:
            drawn[member] = record.members[member]
    empty: dict[str, Any] = {"OnSuccess": {}, "OnFailure": {}}
    drawn["DestinationConfig"] = {
        **empty,
        **record.members.get("DestinationConfig", {}),
    }
    return drawn


def _wanted(call: Call) -> dict[str, Any]:
    return {
        name: value
        for name, value in call.parameters.items()
        if name not in ("FunctionName", "Qualifier")
    }


@operation("PutFunctionEventInvokeConfig")
def put_function_event_invoke_config(call: Call) -> Members:
    """Replace the event settings of a function, version or alias.

    moto appends a second put and goes on answering with the first.
    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
    """
    function, qualifier, name = _place(call)
    _check(call, name, function.role)
    record = EventInvokeRecord(_wanted(call))
    function.record.event_invocation[qualifier] = record
    return _drawn(call, record, qualifier)


@operation("UpdateFunctionEventInvokeConfig")
def update_function_event_invoke_config(call: Call) -> Members:
    """Change some of the event settings. moto appends instead."""
    function, qualifier, name = _place(call)
    _check(call, name, function.role)
    old = _existing(function, qualifier, name)
    record = EventInvokeRecord({**old.members, **_wanted(call)})
    function.record.event_invocation[qualifier] = record
    return _drawn(call, record, qualifier)


def _existing(
    function: StoredFunction, qualifier: str, name: FunctionName
) -> EventInvokeRecord:
    record = function.record.event_invocation.get(qualifier)
    if record is None:
        arn = names.function_arn(name.account, name.region, name.name, qualifier)
        raise missing(f"The function {arn} doesn't have an EventInvokeConfig")
    return record


@operation("GetFunctionEventInvokeConfig")
def get_function_event_invoke_config(call: Call) -> Members:
    """Return the event settings of a function, version or alias."""
    function, qualifier, name = _place(call)
    return _drawn(call, _existing(function, qualifier, name), qualifier)


@operation("DeleteFunctionEventInvokeConfig")
def delete_function_event_invoke_config(call: Call) -> None:
    """Return a function, version or alias to Lambda's defaults."""
    function, qualifier, name = _place(call)
    _existing(function, qualifier, name)
    del function.record.event_invocation[qualifier]


@operation("ListFunctionEventInvokeConfigs")
def list_function_event_invoke_configs(call: Call) -> Members:
    """List the event settings of a function and of its versions and aliases."""
    name = named(call)
    latest = call.backend.latest(name.name)
    if latest is None:
        arn = names.function_arn(name.account, name.region, name.name)
        raise missing(f"The function {arn} doesn't exist.")
    drawn = [
        _drawn(call, record, qualifier)
        for qualifier, record in latest.record.event_invocation.items()
    ]
    return pages.page(call, "FunctionEventInvokeConfigs", drawn)
