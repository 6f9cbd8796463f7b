"""A local cloud inside the test's process, and a short way to deploy to it."""

from __future__ import annotations

import base64
import io
import itertools
import json
import socket
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from grader.cloud.cloud import Cloud
from grader.cloud.processes import Launch
from grader.cloud.sandboxed import Sandbox
from grader.forkserver import NOTHING, Borrowed, ForkServer
from grader.grading.labs import RUNTIME
from grader.sandbox import Isolation, Network, probe

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
# What AWSLambdaBasicExecutionRole allows.
MAY_WRITE_LOGS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
            ],
            "Resource": "*",
        },
    }
)


def allowing(service: str, action: str, resource: str = "*") -> str:
    """A resource's policy that lets a service of AWS in."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": resource,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@dataclass(frozen=True)
class Answer:
    """What an invocation came to, read."""

    payload: Any
    error: str | None
    log: str
    version: str
    status: int


class Account:
    """The test's side of one cloud: clients, and functions by their code."""

    def __init__(
        self,
        cloud: Cloud,
        region: str = "eu-west-1",
        keys: tuple[str, str] = ("test", "test"),
        account: str | None = None,
    ) -> None:
        self.cloud = cloud
        self.id = account or cloud.account
        self.region = region
        self._keys = keys
        self._names = (f"function-{number}" for number in itertools.count(1))
        self._clients: dict[tuple[Any, ...], Any] = {}

    @cached_property
    def aws_lambda(self) -> Any:
        return self.client("lambda")

    @cached_property
    def role(self) -> str:
        """The ARN of a role that functions may have; it may write their logs."""
        iam = self.client("iam")
        created = iam.create_role(RoleName="execution", AssumeRolePolicyDocument=TRUST)
        iam.put_role_policy(
            RoleName="execution", PolicyName="logs", PolicyDocument=MAY_WRITE_LOGS
        )
        return str(created["Role"]["Arn"])

    def permit(self, *actions: str, resource: str = "*") -> None:
        """Allow functions of this account something beside writing their logs."""
        statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
        self.client("iam").put_role_policy(
            RoleName=self.role.rpartition("/")[2],
            PolicyName="tested",
            PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [statement]}
            ),
        )

    def client(self, service: str, **settings: Any) -> Any:
        """Connect to a service; two callers of the same get the same client."""
        key = (service, *sorted(settings.items()))
        found = self._clients.get(key)
        if found is None:
            found = self._clients[key] = self._connect(service, **settings)
        return found

    def _connect(self, service: str, **settings: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.cloud.endpoint_url,
            region_name=settings.pop("region", self.region),
            aws_access_key_id=self._keys[0],
            aws_secret_access_key=self._keys[1],
            config=Config(
                retries={"max_attempts": 0}, max_pool_connections=64, read_timeout=120
            ),
            **settings,
        )

    def deploy(self, code: str | dict[str, str], **settings: Any) -> str:
        """Create a function; its handler is ``app.handler`` unless said otherwise."""
        files = {"app.py": code} if isinstance(code, str) else code
        name = settings.pop("FunctionName", None) or next(self._names)
        self.aws_lambda.create_function(
            **{
                "FunctionName": name,
                "Runtime": "python3.13",
                "Role": self.role,
                "Handler": "app.handler",
                "Code": {"ZipFile": zipped(files)},
                **settings,
            }
        )
        return str(name)

    def invoke(self, name: str, event: Any = None, **settings: Any) -> Answer:
        answer = self.aws_lambda.invoke(
            FunctionName=name,
            Payload=json.dumps(event if event is not None else {}),
            LogType="Tail",
            **settings,
        )
        payload = answer["Payload"].read()
        return Answer(
            payload=json.loads(payload) if payload else None,
            error=answer.get("FunctionError"),
            log=base64.b64decode(answer.get("LogResult", "")).decode(),
            version=answer.get("ExecutedVersion", ""),
            status=answer["StatusCode"],
        )

    def queue(self, name: str, **attributes: str) -> tuple[str, str]:
        """Create a queue; returns its URL and its ARN."""
        created = self.client("sqs").create_queue(QueueName=name, Attributes=attributes)
        return created["QueueUrl"], f"arn:aws:sqs:{self.region}:{self.id}:{name}"

    def let_in(self, queue_url: str, service: str, source: str) -> None:
        """Let a service such as ``sns.amazonaws.com`` send to a queue for a source."""
        asked = self.client("sqs").get_queue_attributes(
            QueueUrl=queue_url, AttributeNames=["QueueArn"]
        )
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sqs:SendMessage",
            "Resource": asked["Attributes"]["QueueArn"],
            "Condition": {"ArnLike": {"aws:SourceArn": source}},
        }
        self.client("sqs").set_queue_attributes(
            QueueUrl=queue_url,
            Attributes={"Policy": json.dumps({"Statement": [statement]})},
        )

    def messages(self, queue_url: str) -> list[dict[str, Any]]:
        """Receive what a queue holds, at most ten messages."""
        found: list[dict[str, Any]] = (
            self.client("sqs")
            .receive_message(
                QueueUrl=queue_url,
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
            )
            .get("Messages", [])
        )
        return found

    def log_lines(self, name: str) -> list[str]:
        """Every event of a function's log group, as CloudWatch Logs gives it."""
        pages = self.client("logs").get_paginator("filter_log_events")
        return [
            event["message"]
            for page in pages.paginate(logGroupName=f"/aws/lambda/{name}")
            for event in page["events"]
        ]


def left_of_orphans(account: Account, *, expected: int) -> Any:
    """The pids that a function sees once so few are left after an orphan's end."""
    name = account.deploy(
        "import os, time\n"
        "def handler(event, context):\n"
        "    if os.fork() == 0:\n"
        "        if os.fork() == 0:\n"
        "            os._exit(0)\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
        "    listed = lambda: sorted(p for p in os.listdir('/proc') if p.isdigit())\n"
        "    while len(listed()) > event:\n"
        "        time.sleep(0.01)\n"
        "    return listed()\n",
        Timeout=30,
    )
    return account.invoke(name, expected).payload


def launched(task: Path) -> Launch:
    """Of which only what is mounted matters."""
    return Launch(
        command=(),
        variables={},
        folder="/",
        output=-1,
        keep=(),
        read_only={"/var/task": str(task)},
        needed={},
        memory_size=128,
        ephemeral_size=512,
        runtime="python3.13",
        port=0,
    )


CODE_LIMIT = 32_000_000
"""Bytes of disk for unpacked code in a sandboxed cloud."""
PLAIN, FORKED, SANDBOXED = "plain", "forked", "sandboxed"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a module's tests in each of its `CLOUDS`, if it names any."""
    clouds = getattr(metafunc.module, "CLOUDS", None)
    if clouds and "shared_cloud" in metafunc.fixturenames:
        metafunc.parametrize("shared_cloud", clouds, indirect=True, scope="module")


@pytest.fixture(scope="session")
def warm_runtime() -> Iterator[ForkServer]:
    """A warm Python runtime, as a grader's worker has one."""
    with ForkServer(NOTHING, program=RUNTIME) as server:
        yield server


@contextmanager
def sandboxed_cloud(
    warm: ForkServer | None, isolation: Isolation | None = None
) -> Iterator[Cloud]:
    """A cloud whose functions run behind the walls of a submission."""
    isolation = isolation or probe()
    with Network(isolation) as network:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners = [listener]
        if network.descriptors:
            listeners.append(network.listener(listener.getsockname()[1]))
        cloud = Cloud(
            listeners=listeners,
            sandbox=Sandbox(
                isolation=isolation,
                network=network.descriptors,
                listen=network.listener,
                port=listener.getsockname()[1],
                warm=None if warm is None else Borrowed(warm.lent()),
                code_limit=CODE_LIMIT,
            ),
        )
        cloud.start()
        try:
            yield cloud
        finally:
            cloud.close()


@contextmanager
def forking_cloud() -> Iterator[Cloud]:
    """A cloud that has had two functions, and whose warm runtime is waited for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ForkServer, "is_ready", lambda server: True)
        cloud = Cloud()
        cloud.start()
        try:
            account, *keys = cloud.fresh_account()
            first = Account(cloud, keys=(keys[0], keys[1]), account=account)
            for _ in range(2):
                first.invoke(first.deploy("def handler(event, context):\n    pass\n"))
            yield cloud
        finally:
            cloud.close()


@pytest.fixture(scope="module")
def shared_cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """One cloud for the tests of a module that don't move its clock."""
    if getattr(request, "param", PLAIN) == SANDBOXED:
        with sandboxed_cloud(request.getfixturevalue("warm_runtime")) as cloud:
            yield cloud
        return
    if getattr(request, "param", PLAIN) == FORKED:
        with forking_cloud() as cloud:
            yield cloud
        return
    cloud = Cloud()
    cloud.start()
    yield cloud
    cloud.close()


@pytest.fixture(scope="module")
def account(shared_cloud: Cloud) -> Account:
    return Account(shared_cloud)


@pytest.fixture
def fresh_account(shared_cloud: Cloud) -> Account:
    """An empty account of the module's cloud, with real keys."""
    account, access_key_id, secret = shared_cloud.fresh_account()
    return Account(shared_cloud, keys=(access_key_id, secret), account=account)


@pytest.fixture
def own_account() -> Iterator[Account]:
    """An account in a cloud of its own, whose clock the test may move."""
    cloud = Cloud()
    cloud.start()
    yield Account(cloud)
    cloud.close()
