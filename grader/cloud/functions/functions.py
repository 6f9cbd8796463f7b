"""GetFunction, GetFunctionConfiguration, ListFunctions, DeleteFunction."""

from __future__ import annotations

from typing import Any

from grader.cloud.functions import configuration, downloads, names, pages
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.changes import Change, announce
from grader.cloud.functions.errors import conflict, invalid, unmodelled
from grader.cloud.functions.names import LATEST, FunctionName
from grader.cloud.functions.stored_function import StoredFunction


def named(call: Call) -> FunctionName:
    """Read the function that a call is about."""
    return names.parse(
        call.account,
        call.region,
        call["FunctionName"],
        call.get("Qualifier"),
        operation=call.operation,
    )


def unqualified(call: Call) -> StoredFunction:
    """Return the latest version of the function that a call is about.

    Raises:
        AWSError: ResourceNotFoundException.
    """
    name = named(call)
    return call.backend.require(
        FunctionName(name.account, name.region, name.name, None)
    )


def answered_arn(function: StoredFunction, name: FunctionName) -> str:
    """Return the ARN for an answer: qualified when the caller's name was."""
    return names.function_arn(
        name.account, name.region, function.function_name, name.qualifier
    )


@operation("GetFunction")
def get_function(call: Call) -> Members:
    """Describe a function with where its code can be downloaded."""
    name = named(call)
    function = call.backend.require(name)
    latest = call.backend.latest(name.name)
    arn = answered_arn(function, name)
    answer: dict[str, Any] = {
        "Configuration": configuration.described(function, arn=arn),
        "Code": {
            "RepositoryType": "S3",
            "Location": downloads.code_location(call.endpoint, function),
        },
    }
    if latest is not None and latest.tags:
        answer["Tags"] = dict(latest.tags)
    if latest is not None and latest.reserved_concurrency is not None:
        reserved = latest.reserved_concurrency
        answer["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
    return answer


@operation("GetFunctionConfiguration")
def get_function_configuration(call: Call) -> Members:
    """Describe one version of a function."""
    name = named(call)
    function = call.backend.require(name)
    return configuration.described(function, arn=answered_arn(function, name))


@operation("ListFunctions")
def list_functions(call: Call) -> Members:
    """List functions, or with FunctionVersion=ALL every version of them."""
    backend = call.backend
    if "MasterRegion" in call:
        raise unmodelled("Lambda@Edge replicas (MasterRegion)")
    everything = call.get("FunctionVersion") == "ALL"
    described: list[dict[str, Any]] = []
    for name in backend.names():
        latest = backend.latest(name)
        assert latest is not None
        if not everything:
            described.append(configuration.listed(latest))
            continue
        described.append(configuration.listed(latest, arn=latest.qualified_arn))
        described += [configuration.listed(one) for one in backend.versions(name)]
    return pages.page(call, "Functions", described)


@operation("DeleteFunction")
def delete_function(call: Call) -> None:
    """Delete a function with all its versions, or one published version."""
    name = named(call)
    backend = call.backend
    if name.qualifier is None:
        function = backend.require(name)
        backend.remove(function.function_name)
        announce(Change(call.account, call.region, name.name, None))
        return
    if name.qualifier == LATEST:
        raise invalid(
            "$LATEST version cannot be deleted without deleting the function."
        )
    if not name.qualifier.isdigit():
        raise invalid("Deletion of aliases is not currently supported.")
    latest = backend.latest(name.name)
    if latest is None:
        raise names.not_found(name)
    if backend.version(name.name, name.qualifier) is None:
        return
    users = [
        alias.name
        for alias in backend.aliases(name.name).values()
        if name.qualifier in (alias.function_version, *alias.weights())
    ]
    if users:
        raise conflict(
            "Unable to delete version because the following aliases reference it:"
            f" [{', '.join(users)}]"
        )
    backend.remove_version(name.name, name.qualifier)
    latest.record.forget(name.qualifier)
    announce(Change(call.account, call.region, name.name, name.qualifier))
