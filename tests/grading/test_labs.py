"""Labs for submissions, forked from a warm process."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.config import Config

from grader.errors import SandboxFailed
from grader.grading import verdicts
from grader.grading.labs import Lab, Labs
from grader.grading.workers.worker import NUMBER
from grader.sandbox import Isolation, Network
from tests.sandbox.conftest import NOBODY, python_for_all
from tests.test_process import gone


class _Elsewhere:
    """A network whose ports are the host's, on another address of the loopback."""

    descriptors = (0,)

    def __init__(self, *, taken: int = 0) -> None:
        self._taken = taken

    def listener(self, port: int = 0) -> socket.socket:
        if self._taken:
            self._taken -= 1
            raise SandboxFailed("somebody listens there")
        return socket.create_server(("127.0.0.2", port))


def elsewhere(*, taken: int = 0) -> Network:
    return cast("Network", _Elsewhere(taken=taken))


@pytest.fixture(scope="module")
def labs() -> Iterator[Labs]:
    with Labs() as labs:
        yield labs


@pytest.fixture
def lab(labs: Labs) -> Iterator[Lab]:
    with labs.start() as lab:
        yield lab


def client(lab: Lab, service: str, endpoint_url: str = "") -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint_url or lab.endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 0}),
    )


def folders() -> set[Path]:
    pattern = f"serverless-lab-{os.getpid()}-*"
    return set(Path(tempfile.gettempdir()).glob(pattern))


def test_a_lab_is_empty_however_many_were_before(labs: Labs) -> None:
    """Neither the rehearsal nor another lab left resources or numbers."""
    found = []
    for _ in range(2):
        with labs.start() as lab:
            s3, iam = client(lab, "s3"), client(lab, "iam")
            assert s3.list_buckets()["Buckets"] == []
            assert iam.list_users()["Users"] == []
            s3.create_bucket(
                Bucket="ours",
                CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
            )
            found.append(iam.create_user(UserName="somebody")["User"]["UserId"])
    assert found[0] != found[1]


def test_labs_of_two_workers_have_two_processors(
    labs: Labs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One each, as far as there are any."""
    processors = sorted(os.sched_getaffinity(0))
    for number in range(3):
        monkeypatch.setenv(NUMBER, str(number))
        with labs.start() as lab:
            client(lab, "s3").list_buckets()
            own = processors[number % len(processors)]
            assert os.sched_getaffinity(lab.pid) == {own}


def test_labs_at_once_share_nothing(labs: Labs) -> None:
    """Each has its own port, token, accounts and resources."""
    with labs.start() as one, labs.start() as other:
        assert one.endpoint_url != other.endpoint_url
        assert one.token != other.token
        client(one, "sqs").create_queue(QueueName="ours")
        assert "QueueUrls" not in client(other, "sqs").list_queues()
        assert verdicts.read(one.endpoint_url, one.token) == []
        with pytest.raises(verdicts.VerdictsUnavailable, match="403"):
            verdicts.read(other.endpoint_url, one.token)


def test_a_lab_answers_in_the_network_at_the_same_port(labs: Labs) -> None:
    """So one endpoint URL is right inside and outside."""
    with labs.start(elsewhere()) as lab:
        port = lab.endpoint_url.rpartition(":")[2]
        client(lab, "s3").create_bucket(
            Bucket="ours", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        inside = client(lab, "s3", f"http://127.0.0.2:{port}")
        assert [one["Name"] for one in inside.list_buckets()["Buckets"]] == ["ours"]


def test_a_lab_behind_walls_calls_nobody_for_a_learner(labs: Labs) -> None:
    """Its topics and integrations would reach what the learner's kernel can't."""
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        labs.start(isolation=Isolation("medium", "")) as lab,
    ):
        other.setblocking(False)
        url = f"http://127.0.0.1:{other.getsockname()[1]}/"
        topics = client(lab, "sns")
        topic = topics.create_topic(Name="out")["TopicArn"]
        topics.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
        assert _through(lab, url) == 500
        assert _through(lab, "http://learner.example/") == 500
        with pytest.raises(BlockingIOError):
            other.accept()


def test_a_lab_behind_walls_calls_itself(labs: Labs) -> None:
    """An integration may lead to a function URL, say."""
    with labs.start(isolation=Isolation("medium", "")) as lab:
        assert _through(lab, f"{lab.endpoint_url}/_lab/health") == 200


def _through(lab: Lab, url: str) -> int:
    """The status that an HTTP API answers whose integration is a URL."""
    apis = client(lab, "apigatewayv2")
    api = apis.create_api(Name="through", ProtocolType="HTTP")["ApiId"]
    integration = apis.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri=url,
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    apis.create_route(ApiId=api, RouteKey="GET /", Target=f"integrations/{integration}")
    apis.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    line = http.client.HTTPConnection(lab.endpoint_url.removeprefix("http://"))
    try:
        line.request("GET", f"/_aws/execute-api/{api}/")
        return line.getresponse().status
    finally:
        line.close()


def test_a_port_that_is_taken_inside_is_not_used(labs: Labs) -> None:
    with labs.start(elsewhere(taken=2)) as lab:
        assert verdicts.read(lab.endpoint_url, lab.token) == []


def test_a_closed_lab_leaves_nothing(labs: Labs) -> None:
    with labs.start() as lab:
        assert lab.alive
        verdicts.read(lab.endpoint_url, lab.token)
        assert folders()
    assert not lab.alive
    assert gone({lab.pid})
    assert not folders()


def test_a_lab_that_was_killed_leaves_nothing_once_it_is_closed(lab: Lab) -> None:
    os.kill(lab.pid, signal.SIGKILL)
    assert gone({lab.pid})
    with pytest.raises(verdicts.VerdictsUnavailable):
        verdicts.read(lab.endpoint_url, lab.token)
    lab.close()
    assert not folders()


def test_a_lab_ends_with_whoever_started_it(lab: Lab) -> None:
    """Its pipe closes, whatever became of the process that held the other end."""
    os.close(lab._leash)
    assert gone({lab.pid})
    lab._leash = os.open(os.devnull, os.O_RDONLY)


def test_a_lab_without_a_warm_process_is_the_same() -> None:
    with Labs(warm=False) as labs, labs.start() as lab:
        assert client(lab, "s3").list_buckets()["Buckets"] == []
        assert verdicts.read(lab.endpoint_url, lab.token) == []


WORKER = """
import json, time
from grader.grading.labs import Labs
from grader.sandbox import Network, probe
from tests.cloud.conftest import Account
from tests.grading.test_labs import Address
from tests.process_tree import below

isolation = probe()
labs, network = Labs(), Network(isolation)
lab = labs.start(network, isolation=isolation)
account = Account(Address(lab.endpoint_url))
code = "import os\\ndef handler(event, context):\\n    return os.getuid()\\n"
user = account.invoke(account.deploy(code)).payload
print(json.dumps([isolation.tier, user, sorted(below())]), flush=True)
time.sleep(600)
"""


class Address:
    """What an account needs of a cloud in another process."""

    account = "123456789012"

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url


def users() -> list[int]:
    """This one, and as root somebody without any privilege as well."""
    return [0, NOBODY] if os.geteuid() == 0 else [os.geteuid()]


@pytest.mark.parametrize("user", users())
def test_a_killed_worker_leaves_no_process(user: int) -> None:
    """Neither its warm processes, nor its lab, nor what functions run."""
    root, libraries = Path(__file__).parents[2], Path(pytest.__file__).parents[1]
    worker = subprocess.Popen(
        [python_for_all() if user == NOBODY else sys.executable, "-P", "-c", WORKER],
        stdout=subprocess.PIPE,
        text=True,
        user=user,
        group=user,
        extra_groups=[],
        cwd="/",
        env={"PYTHONPATH": f"{root}:{libraries}", "PATH": os.environ["PATH"]},
    )
    assert worker.stdout is not None
    with worker.stdout:
        tier, inside, pids = json.loads(worker.stdout.readline())
    worker.kill()
    worker.wait()
    assert tier == "strong" and inside != 0 and len(pids) >= 5
    assert gone(set(pids))


def test_what_a_lab_behind_walls_stores_is_bounded(labs: Labs) -> None:
    """All of it is memory, which has a limit; a file on the disk would have none."""
    with labs.start(isolation=Isolation("medium", "")) as lab:
        s3 = client(lab, "s3")
        s3.create_bucket(
            Bucket="ours", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        before = _without_names(lab)
        s3.put_object(Bucket="ours", Key="big", Body=bytes(20_000_000))
        assert _without_names(lab) == before
        soft, _ = resource.prlimit(lab.pid, resource.RLIMIT_DATA)
        assert soft != resource.RLIM_INFINITY


def _without_names(lab: Lab) -> list[str]:
    """The files that a lab has open and nobody else can find."""
    files = []
    for one in Path(f"/proc/{lab.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            files.append(os.readlink(one))
    return [name for name in files if "(deleted)" in name]
