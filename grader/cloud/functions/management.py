"""Settings beside the configuration: runtime updates, recursion, code signing."""

from __future__ import annotations

from grader.cloud.functions import runtimes
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import failure, invalid, missing, unmodelled
from grader.cloud.functions.functions import named, unqualified
from grader.cloud.functions.stored_function import StoredFunction

_UNKNOWN_SIGNING = (
    "The code signing configuration cannot be found. Check that the provided"
    " configuration is not deleted: {}."
)


def _runtime_management(function: StoredFunction) -> Members:
    return {**function.runtime_management, "FunctionArn": function.qualified_arn}


@operation("GetRuntimeManagementConfig")
def get_runtime_management_config(call: Call) -> Members:
    """Say when a version gets a newer runtime. moto has no such operation."""
    return _runtime_management(call.backend.require(named(call)))


@operation("PutRuntimeManagementConfig")
def put_runtime_management_config(call: Call) -> Members:
    """Choose when a version gets a newer runtime.

    There is one version of each runtime here, the machine's own.
    """
    function = call.backend.require(named(call))
    mode, pinned = call["UpdateRuntimeOn"], call.get("RuntimeVersionArn")
    if mode == "Manual" and pinned is None:
        raise invalid(
            "You must specify the RuntimeVersionArn when UpdateRuntimeOn is Manual."
        )
    if mode != "Manual" and pinned is not None:
        raise invalid(
            "RuntimeVersionArn can be specified only when UpdateRuntimeOn is Manual."
        )
    offered = runtimes.version_arn(function.region, function.run_time)
    if pinned not in (None, offered):
        raise invalid(f"Runtime version {pinned} is not available; {offered} is.")
    function.runtime_management = {"UpdateRuntimeOn": mode}
    if pinned is not None:
        function.runtime_management["RuntimeVersionArn"] = pinned
    return _runtime_management(function)


@operation("GetFunctionRecursionConfig")
def get_function_recursion_config(call: Call) -> Members:
    """Say what Lambda does about a function that calls itself without end."""
    return {"RecursiveLoop": unqualified(call).record.recursive_loop}


@operation("PutFunctionRecursionConfig")
def put_function_recursion_config(call: Call) -> Members:
    """Choose what Lambda does about a function that calls itself without end."""
    function = unqualified(call)
    function.record.recursive_loop = call["RecursiveLoop"]
    return {"RecursiveLoop": function.record.recursive_loop}


@operation("GetFunctionCodeSigningConfig")
def get_function_code_signing_config(call: Call) -> Members:
    """Return a function's code signing configuration: none has one here."""
    return {"FunctionName": unqualified(call).function_name}


@operation("DeleteFunctionCodeSigningConfig")
def delete_function_code_signing_config(call: Call) -> None:
    """Take a function's code signing configuration away: none has one here."""
    unqualified(call)


@operation("PutFunctionCodeSigningConfig")
def put_function_code_signing_config(call: Call) -> Members:
    """Refuse: no code signing configuration exists here."""
    unqualified(call)
    raise failure(
        "CodeSigningConfigNotFoundException",
        _UNKNOWN_SIGNING.format(call["CodeSigningConfigArn"]),
    )


@operation("GetCodeSigningConfig")
@operation("DeleteCodeSigningConfig")
@operation("UpdateCodeSigningConfig")
@operation("ListFunctionsByCodeSigningConfig")
def about_code_signing_config(call: Call) -> Members:
    """Refuse: no code signing configuration exists here."""
    raise missing(_UNKNOWN_SIGNING.format(call["CodeSigningConfigArn"]))


@operation("ListCodeSigningConfigs")
def list_code_signing_configs(call: Call) -> Members:
    """List the code signing configurations: none."""
    return {"CodeSigningConfigs": []}


@operation("CreateCodeSigningConfig")
def create_code_signing_config(call: Call) -> Members:
    """Refuse: signatures aren't checked here."""
    raise unmodelled("code signing (CreateCodeSigningConfig)")
