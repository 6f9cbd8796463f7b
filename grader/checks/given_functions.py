"""Functions that checks hand to a function of the learner's."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator

from grader import facts
from grader.checks.probe import Probe

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
"""Who may act in a role of a function: Lambda."""

_RUNTIMES = {
    "py": facts.aws_lambda.DEFAULT_PYTHON_RUNTIME.value,
    "mjs": facts.aws_lambda.DEFAULT_NODE_RUNTIME.value,
}
_LOGGING = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@contextlib.contextmanager
def given_role(probe: Probe) -> Iterator[tuple[str, str]]:
    """A new role that functions act in and that may write logs: its name and ARN.

    It goes with the block, and its own policies go with it.
    """
    name, iam = probe.name("given"), probe.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName=name, PolicyArn=_LOGGING)
    try:
        yield name, str(role["Role"]["Arn"])
    finally:
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.detach_role_policy(RoleName=name, PolicyArn=_LOGGING)
        iam.delete_role(RoleName=name)


@contextlib.contextmanager
def function_in_role(
    probe: Probe,
    role: str,
    code: str,
    *,
    handler: str = "answer",
    language: str = "py",
    **variables: str,
) -> Iterator[tuple[str, str]]:
    """A new function with this text and this role's ARN: its name and ARN.

    `language` is `py`, or `mjs` for JavaScript; `variables` are those of its
    environment. It goes with the block, and its logs go
    with it.
    """
    name, functions = probe.name("given"), probe.client("lambda")
    made = functions.create_function(
        FunctionName=name,
        Runtime=_RUNTIMES[language],
        Handler=f"given.{handler}",
        Role=role,
        Code={"ZipFile": _zipped(f"given.{language}", code)},
        Environment={"Variables": variables},
        Timeout=15,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    try:
        yield name, str(made["FunctionArn"])
    finally:
        functions.delete_function(FunctionName=name)
        _remove_logs(probe, f"/aws/lambda/{name}")


@contextlib.contextmanager
def given_function(
    probe: Probe, code: str, *, language: str = "py"
) -> Iterator[tuple[str, str]]:
    """A new function with this text and its handler `answer`: name and ARN.

    It goes with the block, and its role and its logs go with it.
    """
    with (
        given_role(probe) as (_, role),
        function_in_role(probe, role, code, language=language) as found,
    ):
        yield found


def _remove_logs(probe: Probe, group: str) -> None:
    logs = probe.client("logs")
    if logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        logs.delete_log_group(logGroupName=group)


def _zipped(file: str, code: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        entry = zipfile.ZipInfo(file)
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, code)
    return memory.getvalue()
