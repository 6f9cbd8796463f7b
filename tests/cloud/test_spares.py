"""Spare processes: made, used, and thrown away in time."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.cloud import forked, isolation
from grader.cloud.forked import ForkingLauncher
from grader.forkserver import NOTHING, ForkServer
from tests.cloud.conftest import Account, forking_cloud, launched, zipped
from tests.cloud.test_environments import processes_below

# What a session of a role has, in seconds.
LIFETIME = 12 * 3600
CODE = (
    "import os, time\n"
    "BEGAN = time.time()\n"
    "def handler(event, context):\n"
    "    return {\n"
    "        'began': BEGAN,\n"
    "        'key': os.environ['AWS_ACCESS_KEY_ID'],\n"
    "        'processes': [n for n in os.listdir('/proc') if n.isdigit()],\n"
    "        'open': len(os.listdir('/proc/self/fd')),\n"
    "    }\n"
)

pytestmark = pytest.mark.skipif(
    not isolation.namespaces().available, reason="nothing is forked without walls"
)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """One in a cloud whose clock is moved, and whose spares are patient.

    None of them is left when the cloud is closed.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forked, "_PATIENCE", 600.0)
        with forking_cloud() as cloud:
            account = Account(cloud)
            yield account
            _, pids = foreseen(account)
            watched = [os.pidfd_open(pid) for pid in pids]
    assert len(watched) == 2
    for process in watched:
        assert select.select([process], [], [], 0)[0]
        os.close(process)


def foreseen(account: Account) -> tuple[str, set[int]]:
    """A function whose credentials end in a minute, and the processes of its spare."""
    # What others left, which have the same code, is behind other walls.
    code = f"{CODE}# {uuid.uuid4()}\n"
    name = account.deploy(code)
    # This one has to be forked, and the warm runtime does one after the other.
    other = account.deploy(code, EphemeralStorage={"Size": 600})
    account.invoke(name)
    before = processes_below(os.getpid())
    for _ in range(6):
        account.cloud.clock.advance((LIFETIME - 60) / 6)
        account.invoke(name)
    for each in (name, other):
        account.invoke(each)
        # An answer comes before its environment rests.
        assert account.cloud.clock.settle(20)
    account.aws_lambda.delete_function(FunctionName=other)
    # What else there was, such as the other function's, may still be on its way out.
    late = time.monotonic() + 20
    while len(pids := processes_below(os.getpid()) - before) > 2:
        assert time.monotonic() < late, pids
    return name, pids


@contextmanager
def ended(pids: set[int]) -> Iterator[None]:
    """These processes end at what is done here."""
    assert len(pids) == 2
    watched = [os.pidfd_open(pid) for pid in pids]
    yield
    for process in watched:
        assert select.select([process], [], [], 20)[0]
        os.close(process)


def test_a_spare_becomes_the_next_environment(account: Account) -> None:
    """INIT begins when somebody invokes, with credentials of that moment."""
    name, pids = foreseen(account)
    before = account.invoke(name)
    account.cloud.clock.advance(120)
    now = time.time()
    answer = account.invoke(name)
    assert "Init Duration" in answer.log
    assert pids < processes_below(os.getpid())
    assert answer.payload["began"] >= now
    assert answer.payload["key"] != before.payload["key"]
    for same in ("processes", "open"):
        assert answer.payload[same] == before.payload[same]


def change_code(account: Account, name: str) -> None:
    account.aws_lambda.update_function_code(
        FunctionName=name, ZipFile=zipped({"app.py": CODE + "\n"})
    )


def change_configuration(account: Account, name: str) -> None:
    account.aws_lambda.update_function_configuration(FunctionName=name, Timeout=9)


def delete(account: Account, name: str) -> None:
    account.aws_lambda.delete_function(FunctionName=name)


@pytest.mark.parametrize("change", [change_code, change_configuration, delete])
def test_a_function_that_changes_has_no_spare(
    account: Account, change: Callable[[Account, str], None]
) -> None:
    name, pids = foreseen(account)
    with ended(pids):
        change(account, name)


def test_a_spare_that_is_not_wanted_ends_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However its lab is, which still holds on to it here."""
    monkeypatch.setattr(forked, "_PATIENCE", 0.01)
    launch = launched(tmp_path)
    with (
        contextlib.closing(ForkingLauncher()) as launcher,
        ForkServer(NOTHING, program=forked._PROGRAM) as warm,
        contextlib.closing(launcher._spare(warm, launch)) as spare,
        spare._birth.child() as child,
    ):
        assert child.wait(20) == 0


def test_a_spare_that_has_ended_is_no_obstacle(account: Account) -> None:
    """Its place takes one that is forked when it's wanted."""
    name, pids = foreseen(account)
    with ended(pids):
        os.kill(max(pids), signal.SIGKILL)
    account.cloud.clock.advance(120)
    answer = account.invoke(name)
    assert "Init Duration" in answer.log
    assert answer.payload["processes"] == ["1", "2"]
