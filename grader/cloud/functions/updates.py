"""UpdateFunctionCode and UpdateFunctionConfiguration."""

from __future__ import annotations

from typing import Any

from grader.cloud.functions import configuration, mapping_sources, packages, settings
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.changes import Change, announce
from grader.cloud.functions.errors import failure, unqualified_only
from grader.cloud.functions.functions import named, unqualified
from grader.cloud.functions.names import LATEST
from grader.cloud.functions.stored_function import StoredFunction
from grader.cloud.functions.versions import published


@operation("UpdateFunctionCode")
def update_function_code(call: Call) -> Members:
    """Give a function new code; with Publish also a new version.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
    """
    function = _updated(call)
    _check(call, function, {"PublishTo": call.get("PublishTo")})
    package = packages.package_of(
        call.account, call.region, call.parameters, call.operation
    )
    if call.get("DryRun"):
        function = _rehearsed(function, call, package)
        return configuration.described(function)
    function.set_package(package)
    if "Architectures" in call:
        function.architectures = list(call["Architectures"])
    _announce(call, function)
    if call.get("Publish"):
        return published(call.backend, function, None)
    return configuration.updated(function)


def _rehearsed(function: StoredFunction, call: Call, package: bytes) -> StoredFunction:
    """Return what the update would give, without storing it."""
    rehearsed = function.numbered(0, None)
    rehearsed.version, rehearsed.function_arn = LATEST, function.function_arn
    rehearsed.set_package(package)
    return rehearsed


@operation("UpdateFunctionConfiguration")
def update_function_configuration(call: Call) -> Members:
    """Change settings of a function's latest version.

    moto ignores most of them.
    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
    """
    function = _updated(call)
    _check(call, function, call.parameters)
    if "Timeout" in call:
        mappings = call.backend.mappings.values()
        mapping_sources.check_timeout(function, call["Timeout"], mappings)
    settings.apply(function, call.parameters)
    _announce(call, function)
    return configuration.updated(function)


def _check(call: Call, function: StoredFunction, wanted: Members) -> None:
    settings.check(
        call.account,
        call.region,
        wanted,
        function=str(function.function_name),
        role=wanted.get("Role", function.role),
    )


def _updated(call: Call) -> StoredFunction:
    """Return the version to change, if the caller's revision is the current one."""
    name = named(call)
    if name.qualifier not in (None, LATEST):
        raise unqualified_only()
    function = unqualified(call)
    check_revision(function.revision_id, call.get("RevisionId"))
    return function


def check_revision(
    current: str, wanted: str | None, source: str = "GetFunction/GetAlias"
) -> None:
    """Refuse a change that was made for another revision.

    Raises:
        AWSError: PreconditionFailedException.
    """
    if wanted is not None and wanted != current:
        raise failure(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the"
            f" {source} API to retrieve the latest Revision Id",
        )


def _announce(call: Call, function: StoredFunction) -> None:
    function.touch()
    name: Any = function.function_name
    announce(Change(call.account, call.region, name, LATEST))
