"""Functions where there are fewer walls, or no warm runtime any more."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
from pathlib import Path

import pytest

from grader.cloud import isolation
from grader.forkserver import NOTHING, ForkServer
from grader.grading.labs import RUNTIME
from grader.sandbox import probe
from tests.cloud.conftest import Account, forking_cloud, sandboxed_cloud
from tests.cloud.test_sandboxed import ATTEMPT

_FIRST = "def handler(event, context):\n    return open('/proc/1/comm').read()[:3]\n"


def test_a_lost_warm_runtime_costs_time_and_nothing_else() -> None:
    code = "import sys\ndef handler(event, context):\n    return sys.argv\n"
    with (
        ForkServer(NOTHING, program=RUNTIME) as warm,
        sandboxed_cloud(warm) as cloud,
    ):
        account = Account(cloud)
        forked = account.invoke(account.deploy(code)).payload
        assert warm.pid is not None
        os.kill(warm.pid, signal.SIGKILL)
        os.waitid(os.P_PID, warm.pid, os.WEXITED | os.WNOWAIT)
        assert account.invoke(account.deploy(code)).payload == forked


@pytest.mark.skipif(
    not isolation.namespaces().available, reason="nothing is forked without walls"
)
def test_a_lab_replaces_its_lost_warm_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[ForkServer] = []
    start = ForkServer._start

    def noted(server: ForkServer) -> None:
        started.append(server)
        start(server)

    monkeypatch.setattr(ForkServer, "_start", noted)
    with forking_cloud() as cloud:
        account = Account(cloud)
        running = account.deploy(_FIRST)
        assert account.invoke(running).payload == "cat"
        (warm,) = started
        assert warm.pid is not None
        os.kill(warm.pid, signal.SIGKILL)
        os.waitid(os.P_PID, warm.pid, os.WEXITED | os.WNOWAIT)
        assert account.invoke(account.deploy(_FIRST)).payload == "cat"
        # What it had forked counts as ended, and is started again.
        assert account.invoke(running).payload == "cat"
    assert len(started) == 2


def test_without_namespaces_landlock_holds(tmp_path: Path) -> None:
    """The medium tier: the machine's folders and ports are there, and shut."""
    secret = tmp_path / "secret"
    secret.write_text("of the examiner")
    isolation = dataclasses.replace(probe(), tier="medium")
    with (
        socket.create_server(("127.0.0.1", 0)) as bait,
        sandboxed_cloud(None, isolation) as cloud,
    ):
        bait.settimeout(0)
        account = Account(cloud)
        account.permit("s3:ListAllMyBuckets")
        name = account.deploy(
            "import boto3, os, socket, tempfile\n"
            f"{ATTEMPT}\n"
            "def handler(event, context):\n"
            "    with tempfile.TemporaryFile() as file:\n"
            "        file.write(b'mine')\n"
            "    there = ('127.0.0.1', event['port'])\n"
            "    return [boto3.client('s3').list_buckets()['Buckets'],\n"
            "            attempt(lambda: open(event['secret']).read()),\n"
            "            attempt(lambda: open(event['package']).read()),\n"
            "            attempt(lambda: socket.create_connection(there, 2))]\n"
        )
        event = {
            "port": bait.getsockname()[1],
            "secret": str(secret),
            "package": __file__,
        }
        buckets, *refused = account.invoke(name, event).payload
        with pytest.raises(BlockingIOError):
            bait.accept()
    assert buckets == [] and set(refused) == {"PermissionError"}
