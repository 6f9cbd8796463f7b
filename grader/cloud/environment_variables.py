"""The environment variables that a function finds.

Those of https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
and the function's own. One is ours: ``AWS_ENDPOINT_URL``, which leads the SDKs to
the lab.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.cloud import runtimes

if TYPE_CHECKING:
    # A warm runtime asks for an interpreter's variables alone, and needs no moto.
    from grader.cloud.access.sessions import Session
    from grader.cloud.functions import FunctionVersion


@dataclass(frozen=True)
class Folders:
    """Where an environment finds its folders."""

    task: str = "/var/task"
    opt: str = "/opt"
    runtime: str = "/var/runtime"


def environment_variables(
    function: FunctionVersion,
    *,
    folders: Folders,
    credentials: Session,
    endpoint_url: str,
    log_stream: str,
    initialization_type: str,
) -> dict[str, str]:
    """Give a function's variables; the environment adds AWS_LAMBDA_RUNTIME_API."""
    task, runtime = folders.task, folders.runtime
    variables = {
        "_HANDLER": function.handler,
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": initialization_type,
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.token,
        "LAMBDA_TASK_ROOT": task,
        "LAMBDA_RUNTIME_DIR": runtime,
        "PWD": task,
        "SHLVL": "0",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        # 169.254.79.129 on AWS: nothing may leave this machine.
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "_AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "AWS_ENDPOINT_URL": endpoint_url,
        **interpreter_variables(function.runtime, folders),
    }
    if function.log_format == "JSON":
        variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        level = function.application_log_level or "INFO"
        variables["AWS_LAMBDA_LOG_LEVEL"] = level
    return variables | dict(function.environment)


def interpreter_variables(runtime: str, folders: Folders) -> dict[str, str]:
    """Those that an interpreter itself reads, when it starts and later."""
    task, opt, libraries = folders.task, folders.opt, folders.runtime
    return {
        "LANG": "en_US.UTF-8",
        "PATH": f"/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:{opt}/bin",
        "LD_LIBRARY_PATH": (
            f"/var/lang/lib:/lib64:/usr/lib64:{libraries}:{libraries}/lib:"
            f"{task}:{task}/lib:{opt}/lib"
        ),
        "TZ": ":UTC",
        **_of_family(runtime, folders),
    }


def _of_family(runtime: str, folders: Folders) -> Mapping[str, str]:
    if runtimes.family(runtime) == "python":
        return {"PYTHONPATH": folders.runtime}
    version = runtimes.declared_version(runtime)
    path = [
        f"{folders.opt}/nodejs/node{version}/node_modules",
        f"{folders.opt}/nodejs/node_modules",
        f"{folders.runtime}/node_modules",
        folders.runtime,
        folders.task,
    ]
    return {"NODE_PATH": ":".join(path)}
