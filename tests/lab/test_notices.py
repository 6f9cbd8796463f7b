"""What the cloud has to say reaches the learner once, after the cell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from grader import lab

CELL = """
import io, json, zipfile, boto3
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
role = boto3.client("iam").create_role(
    RoleName=NAME, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w") as archive:
    archive.writestr("app.py", "def handler(event, context):\\n    return 1\\n")
boto3.client("lambda").create_function(FunctionName=NAME, Runtime="python3.10",
    Role=role, Handler="app.handler", Code={"ZipFile": buffer.getvalue()})
answer = boto3.client("lambda").invoke(FunctionName=NAME)
"""


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell.instance()
    yield shell
    lab.start().stop()
    InteractiveShell.clear_instance()


def test_a_cell_that_found_no_lab_is_told_why(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    """boto3 can only say that it got no connection; the lab says that it has ended."""
    shell.run_cell("from grader import lab; cloud = lab.start()")
    shell.run_cell("import os, signal; from grader.lab import starting")
    shell.run_cell("made = starting._running.process; os.kill(made.pid, 9)")
    shell.run_cell("made._child.wait()")
    shell.run_cell("import boto3; boto3.client('s3').list_buckets()")
    assert "ℹ the lab process has ended (killed by SIGKILL)" in capsys.readouterr().out


def test_another_interpreter_is_told_after_the_cell_and_only_once(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("from grader import lab; cloud = lab.start()")
    capsys.readouterr()
    said = []
    for name in ("one", "two"):
        shell.run_cell(CELL.replace("NAME", repr(name))).raise_error()
        said.append(capsys.readouterr())
    assert "ℹ Functions that declare python3.10 are executed by Python " in said[0].out
    assert said[1].out == ""
    assert said[0].err == said[1].err == ""


def test_who_attaches_to_a_lab_tells_nothing_after_cells(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    """A check that is fetched anew for each test cell would ask once more each time."""
    shell.run_cell("from grader import lab; url = lab.start().endpoint_url")
    asking = list(shell.events.callbacks["post_run_cell"])
    capsys.readouterr()
    shell.run_cell("from grader.lab import starting; first = starting._running")
    shell.run_cell("there = starting.attach(url).endpoint_url")
    shell.run_cell("starting._running = first")
    assert shell.user_ns["there"] == shell.user_ns["url"]
    assert shell.events.callbacks["post_run_cell"] == asking
    assert capsys.readouterr().out == ""
