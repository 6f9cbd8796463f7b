"""The lab process: how it starts, and that nothing is left when it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from grader.cloud.cloud import Cloud
from grader.errors import PortTaken
from tests.cloud.conftest import Account

SLEEPER = "import time\ndef handler(event, context):\n    time.sleep(event['s'])\n"


_MODULE = ("-m", "grader.process")
_WITHOUT_NAMESPACES = """
from grader.cloud import isolation
isolation.namespaces = lambda: isolation.Namespaces((), "hidden by a test")
from grader.process import main
main([])
"""


class Lab:
    """A lab process as `grader cloud` starts it."""

    def __init__(self, *arguments: str, program: Sequence[str] = _MODULE) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *program, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=[int(arguments[1])] if "--parent-fd" in arguments else (),
        )
        assert self.process.stdout is not None
        self.endpoint_url = self.process.stdout.readline().strip().partition("=")[2]

    @property
    def folders(self) -> list[Path]:
        return list(
            Path(tempfile.gettempdir()).glob(f"serverless-lab-{self.process.pid}-*")
        )

    def wait(self) -> int:
        status = self.process.wait(30)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return status


class _Address:
    """What Account needs of a cloud in another process."""

    account = "123456789012"

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url


@pytest.fixture
def lab() -> Iterator[Lab]:
    lab = Lab()
    yield lab
    if lab.process.poll() is None:
        lab.process.kill()
    lab.wait()


def own_folders() -> set[Path]:
    pattern = f"serverless-lab-{os.getpid()}-*"
    return set(Path(tempfile.gettempdir()).glob(pattern))


def account_of(lab: Lab) -> Account:
    return Account(_Address(lab.endpoint_url))  # type: ignore[arg-type]


def environments_of(lab: Lab) -> set[int]:
    """The process ids below the lab, two generations and more."""
    found: set[int] = set()
    waiting = [lab.process.pid]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            children = [int(pid) for pid in task.read_text().split()]
            found.update(children)
            waiting.extend(children)
    return found


def gone(pids: set[int]) -> bool:
    """Wait until every process has ended, at most ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not any(_lives(pid) for pid in pids):
            return True
        os.sched_yield()
    return False


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False  # before it was opened, or before it was read
    return state != "Z"


def test_sigterm_ends_the_lab_and_its_environments(lab: Lab) -> None:
    account = account_of(lab)
    account.invoke(account.deploy(SLEEPER), {"s": 0})
    environments = environments_of(lab)
    assert environments and lab.folders
    lab.process.terminate()
    assert lab.wait() == 0
    assert gone(environments)
    assert not lab.folders


def test_sigterm_ends_a_lab_in_the_middle_of_an_invocation(lab: Lab) -> None:
    account = account_of(lab)
    name = account.deploy(SLEEPER, Timeout=600)
    caller = threading.Thread(target=_invoke_in_vain, args=(account, name))
    caller.start()
    while not environments_of(lab):
        os.sched_yield()
    environments = environments_of(lab)
    lab.process.terminate()
    assert lab.wait() == 0
    caller.join(30)
    assert not caller.is_alive()
    assert gone(environments)


def _invoke_in_vain(account: Account, name: str) -> None:
    # Whichever way the connection breaks.
    with pytest.raises((BotoCoreError, ClientError)):
        account.invoke(name, {"s": 500})


def test_a_killed_lab_leaves_no_process(lab: Lab) -> None:
    account = account_of(lab)
    account.invoke(account.deploy(SLEEPER), {"s": 0})
    environments = environments_of(lab)
    lab.process.send_signal(signal.SIGKILL)
    lab.process.wait(30)
    assert gone(environments)


def test_a_killed_lab_without_namespaces_leaves_no_process_either() -> None:
    """No bubblewrap ends them there, idle or busy: another process watches."""
    lab = Lab(program=("-c", _WITHOUT_NAMESPACES))
    account = account_of(lab)
    account.invoke(account.deploy(SLEEPER), {"s": 0})
    name = account.deploy(SLEEPER, Timeout=600)
    caller = threading.Thread(target=_invoke_in_vain, args=(account, name))
    caller.start()
    # One idle, one busy, and the one that watches.
    while len(environments := environments_of(lab)) < 3:
        os.sched_yield()
    lab.process.send_signal(signal.SIGKILL)
    lab.wait()
    caller.join(30)
    assert gone(environments)


def test_the_folder_of_a_killed_lab_is_swept_by_the_next(lab: Lab) -> None:
    folders = lab.folders
    assert folders
    lab.process.send_signal(signal.SIGKILL)
    lab.process.wait(30)
    assert all(folder.exists() for folder in folders)
    Cloud().close()
    assert not any(folder.exists() for folder in folders)


def test_the_lab_ends_with_the_pipe_of_its_parent() -> None:
    reading, writing = os.pipe()
    lab = Lab("--parent-fd", str(reading))
    os.close(reading)
    assert lab.endpoint_url.startswith("http://127.0.0.1:")
    os.close(writing)
    assert lab.wait() == 0


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = subprocess.run(
            [sys.executable, "-m", "grader.process", "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert found.returncode == 2
    assert found.stdout == ""
    (line,) = found.stderr.splitlines()
    assert line.startswith(f"port {port} on 127.0.0.1 can't be had")


def test_a_closed_cloud_leaves_no_thread_and_no_folder() -> None:
    before = set(threading.enumerate())
    folders = own_folders()
    cloud = Cloud()
    cloud.start()
    account = Account(cloud)
    name = account.deploy(SLEEPER)
    account.invoke(name, {"s": 0})
    account.aws_lambda.invoke(
        FunctionName=name, InvocationType="Event", Payload=b'{"s": 0}'
    )
    cloud.clock.settle()
    cloud.close()
    left = [t for t in threading.enumerate() if t not in before and t.is_alive()]
    assert left == []
    assert own_folders() == folders


def test_a_cloud_that_cannot_start_leaves_no_thread_and_no_folder() -> None:
    before = set(threading.enumerate())
    folders = own_folders()
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(PortTaken, match="can't be had"),
    ):
        Cloud(taken.getsockname()[1])
    assert set(threading.enumerate()) <= before
    assert own_folders() == folders
