"""A lab process for all tests of the kernel's side, and accounts of it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import lab
from grader.lab import starting
from grader.lab.cloud import Cloud, Keys
from grader.lab.process import LabProcess

WRITES_LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
EXAMINED = Path(__file__).with_name("examined_process.py")


@pytest.fixture(autouse=True)
def _new_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the test's own, and no lab yet, whatever other tests left running."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(starting, "_running", None)
    for name in ("LAB_ENDPOINT_URL", "LAB_TARGET", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def lab_url() -> Iterator[str]:
    """The address of a lab process."""
    process = LabProcess(0)
    yield process.endpoint_url
    process.stop()


@pytest.fixture
def cloud(lab_url: str) -> Cloud:
    """An empty account."""
    return Cloud(lab_url, "us-east-1", keys=Keys("test", "test")).fresh()


@pytest.fixture(scope="session")
def examined_url() -> Iterator[str]:
    """The address of a lab process that has the exercises of these tests."""
    with subprocess.Popen(
        [sys.executable, str(EXAMINED)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip().removeprefix("AWS_ENDPOINT_URL=")
        process.terminate()


@pytest.fixture
def attached(
    examined_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Cloud]:
    """What `lab.start()` gives in a kernel that finds a lab with test exercises."""
    monkeypatch.setenv("LAB_ENDPOINT_URL", examined_url)
    cloud = lab.start()
    capsys.readouterr()
    yield cloud
    cloud.stop()


@pytest.fixture
def deploy() -> Callable[..., str]:
    """Deploys a Python function with a role of its own; answers with its ARN.

    The role may write logs, and do what is in `may`.
    """

    def deployed(
        cloud: Cloud, name: str, body: str, *, may: list[str] | None = None
    ) -> str:
        iam = cloud.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
        role = iam.create_role(
            RoleName=f"{name}-role",
            AssumeRolePolicyDocument=policy({**trust, "Action": "sts:AssumeRole"}),
        )
        iam.put_role_policy(
            RoleName=f"{name}-role",
            PolicyName="logs",
            PolicyDocument=policy(
                {"Effect": "Allow", "Action": WRITES_LOGS, "Resource": "*"}
            ),
        )
        if may:
            iam.put_role_policy(
                RoleName=f"{name}-role",
                PolicyName="may",
                PolicyDocument=policy(
                    {"Effect": "Allow", "Action": may, "Resource": "*"}
                ),
            )
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("app.py", f"def handler(event, context):\n    {body}\n")
        made: dict[str, Any] = cloud.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="app.handler",
            Code={"ZipFile": package.getvalue()},
        )
        return str(made["FunctionArn"])

    return deployed


def policy(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
