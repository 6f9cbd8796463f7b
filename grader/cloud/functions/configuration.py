"""FunctionConfiguration: how Lambda describes one version of a function.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from __future__ import annotations

from typing import Any

from grader.cloud.functions import runtimes
from grader.cloud.functions.stored_function import StoredFunction

_CREATING = "The function is being created."


def described(function: StoredFunction, *, arn: str | None = None) -> dict[str, Any]:
    """Describe a version that is ready, under the ARN that the caller used."""
    return {
        **listed(function, arn=arn),
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "RuntimeVersionConfig": _runtime_version(function),
    }


def created(function: StoredFunction) -> dict[str, Any]:
    """Describe a function in the answer that creates it: not ready yet."""
    return {
        **listed(function),
        "State": "Pending",
        "StateReason": _CREATING,
        "StateReasonCode": "Creating",
        "RuntimeVersionConfig": _runtime_version(function),
    }


def updated(function: StoredFunction) -> dict[str, Any]:
    """Describe a function in the answer that changes it: the change under way."""
    return {
        **described(function),
        "LastUpdateStatus": "InProgress",
        "LastUpdateStatusReason": _CREATING,
        "LastUpdateStatusReasonCode": "Creating",
    }


def _runtime_version(function: StoredFunction) -> dict[str, str]:
    pinned = function.runtime_management.get("RuntimeVersionArn")
    return {
        "RuntimeVersionArn": pinned
        or runtimes.version_arn(function.region, function.run_time)
    }


def listed(function: StoredFunction, *, arn: str | None = None) -> dict[str, Any]:
    """Describe a version as the list operations do: without its state.

    moto drops the dead-letter and logging settings, the revision id and more.
    """
    settings: dict[str, Any] = {
        "FunctionName": function.function_name,
        "FunctionArn": arn or function.function_arn,
        "Runtime": function.run_time,
        "Role": function.role,
        "Handler": function.handler,
        "CodeSize": function.code_size,
        "Description": function.description,
        "Timeout": function.timeout,
        "MemorySize": function.memory_size,
        "LastModified": function.last_modified,
        "CodeSha256": function.code_sha_256,
        "Version": function.version,
        "TracingConfig": {"Mode": function.tracing_config["Mode"]},
        "RevisionId": function.revision_id,
        "PackageType": function.package_type,
        "Architectures": list(function.architectures),
        "EphemeralStorage": {"Size": function.ephemeral_storage},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": dict(function.logging),
    }
    if function.environment is not None:
        settings["Environment"] = {"Variables": dict(function.environment)}
    if function.dead_letter_arn:
        settings["DeadLetterConfig"] = {"TargetArn": function.dead_letter_arn}
    if function.kms_key_arn:
        settings["KMSKeyArn"] = function.kms_key_arn
    if function.layer_records:
        settings["Layers"] = [
            {"Arn": layer.arn, "CodeSize": len(layer.package)}
            for layer in function.layer_records
        ]
    return settings
