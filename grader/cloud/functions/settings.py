"""A function's settings: what create and update take, checked and stored alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grader import facts
from grader.cloud.functions import layers, names, roles, runtimes
from grader.cloud.functions.errors import invalid, unmodelled
from grader.cloud.functions.stored_function import StoredFunction

# "Reserved environment variables" in the developer guide's page on them.
_RESERVED = frozenset(
    {
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_SECURITY_TOKEN",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    }
)
# Known to AWS, without effect here, so refused rather than ignored.
_UNMODELLED = {
    "AcceleratorConfig": "accelerators",
    "CapacityProviderConfig": "Lambda Managed Instances (CapacityProviderConfig)",
    "CodeSigningConfigArn": "code signing",
    "DurableConfig": "durable functions (DurableConfig)",
    "ImageConfig": "container images (ImageConfig)",
    "PublishTo": "publishing to $LATEST.PUBLISHED (PublishTo)",
    "RuntimeConfig": "RuntimeConfig",
    "TenancyConfig": "tenant isolation (TenancyConfig)",
}


def check(
    account: str,
    region: str,
    wanted: Mapping[str, Any],
    *,
    function: str,
    role: str,
) -> None:
    """Refuse settings that Lambda wouldn't take, before anything is changed.

    ``function`` is the function's name, ``role`` the one that it has or is to have.

    Raises:
        AWSError: mostly InvalidParameterValueException, in Lambda's words.
    """
    for name, what in _UNMODELLED.items():
        if wanted.get(name):
            raise unmodelled(what)
    if wanted.get("FileSystemConfigs"):
        raise unmodelled("file systems (FileSystemConfigs)")
    if any((wanted.get("VpcConfig") or {}).values()):
        raise unmodelled("functions in a VPC (VpcConfig)")
    if (wanted.get("SnapStart") or {}).get("ApplyOn") == "PublishedVersions":
        raise unmodelled("SnapStart")
    if "Runtime" in wanted:
        runtimes.check(wanted["Runtime"])
    if "Environment" in wanted:
        _check_environment(wanted["Environment"].get("Variables", {}))
    if "LoggingConfig" in wanted:
        _check_logging(wanted["LoggingConfig"])
    target = ""
    if "DeadLetterConfig" in wanted:
        target = wanted["DeadLetterConfig"].get("TargetArn") or ""
        _check_dead_letter(target)
    if "Layers" in wanted:
        layers.attached(account, region, wanted["Layers"])
    if "Role" in wanted:
        roles.check(account, role, names.function_arn(account, region, function))
    if target:
        roles.check_dead_letter(role, function, target)


def _check_environment(variables: Mapping[str, str]) -> None:
    reserved = sorted(_RESERVED.intersection(variables))
    if reserved:
        raise invalid(
            "Lambda was unable to configure your environment variables because the"
            " environment variables you have provided contains reserved keys that are"
            " currently not supported for modification. Reserved keys used in this"
            f" request: {', '.join(reserved)}"
        )
    measured = json.dumps(dict(variables), separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > facts.aws_lambda.ENVIRONMENT_SIZE.value:
        raise invalid(
            "Lambda was unable to configure your environment variables because the"
            " environment variables you have provided exceeded the 4KB limit. String"
            f" measured: {measured}"
        )


def _check_logging(logging: Mapping[str, str]) -> None:
    levels = {"ApplicationLogLevel", "SystemLogLevel"}.intersection(logging)
    if levels and logging.get("LogFormat", "Text") == "Text":
        raise invalid(
            "To use ApplicationLogLevel or SystemLogLevel, you must set LogFormat to"
            " JSON."
        )


def _check_dead_letter(target: str) -> None:
    if target and target.split(":")[2] not in ("sqs", "sns"):
        raise invalid(
            f"The dead-letter target {target} is neither an Amazon SQS queue nor an"
            " Amazon SNS topic."
        )


def apply(function: StoredFunction, wanted: Mapping[str, Any]) -> None:
    """Store checked settings; what isn't in them stays as it is."""
    if "Runtime" in wanted:
        function.run_time = wanted["Runtime"]
    if "Handler" in wanted:
        function.handler = wanted["Handler"]
    if "Role" in wanted:
        function.role = wanted["Role"]
    if "Description" in wanted:
        function.description = wanted["Description"]
    if "Timeout" in wanted:
        function.timeout = wanted["Timeout"]
    if "MemorySize" in wanted:
        function.memory_size = wanted["MemorySize"]
    if "Environment" in wanted and "Variables" in wanted["Environment"]:
        function.environment = dict(wanted["Environment"]["Variables"])
        function.environment_vars = function.environment
    if "TracingConfig" in wanted:
        function.tracing_config = {"Mode": wanted["TracingConfig"].get("Mode")}
    if "EphemeralStorage" in wanted:
        function.ephemeral_storage = wanted["EphemeralStorage"]["Size"]
    if "DeadLetterConfig" in wanted:
        function.dead_letter_arn = wanted["DeadLetterConfig"].get("TargetArn") or None
    if "KMSKeyArn" in wanted:
        function.kms_key_arn = wanted["KMSKeyArn"] or None
    if "Layers" in wanted:
        account, region = function.account_id, function.region
        function.layer_records = layers.attached(account, region, wanted["Layers"])
    if "LoggingConfig" in wanted:
        function.logging = _logging(function.logging, wanted["LoggingConfig"])


def _logging(current: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    logging = {**current, **wanted}
    if logging["LogFormat"] == "JSON":
        return {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **logging}
    return {name: logging[name] for name in ("LogFormat", "LogGroup")}
