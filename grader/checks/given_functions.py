"""Functions that checks hand to a function of the learner's."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator

from grader import facts
from grader.checks.probe import Probe

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}

_LOGGING = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@contextlib.contextmanager
def given_function(probe: Probe, code: str) -> Iterator[tuple[str, str]]:
    """A new function with this Python text and its handler `answer`: name and ARN.

    It goes with the block, and its role and its logs go with it.
    """
    name = probe.name("given")
    iam, functions = probe.client("iam"), probe.client("lambda")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))
    iam.attach_role_policy(RoleName=name, PolicyArn=_LOGGING)
    made = functions.create_function(
        FunctionName=name,
        Runtime=facts.aws_lambda.DEFAULT_PYTHON_RUNTIME.value,
        Handler="given.answer",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": _zipped(code)},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    try:
        yield name, str(made["FunctionArn"])
    finally:
        functions.delete_function(FunctionName=name)
        iam.detach_role_policy(RoleName=name, PolicyArn=_LOGGING)
        iam.delete_role(RoleName=name)
        _remove_logs(probe, f"/aws/lambda/{name}")


def _remove_logs(probe: Probe, group: str) -> None:
    logs = probe.client("logs")
    if logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        logs.delete_log_group(logGroupName=group)


def _zipped(code: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        entry = zipfile.ZipInfo("given.py")
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, code)
    return memory.getvalue()
