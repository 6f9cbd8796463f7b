"""The warm process and its children."""

from __future__ import annotations

import json
import mmap
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from grader.errors import ForkFailed
from grader.forkserver import ForkServer, kept
from grader.forkserver.freezing import HUGE
from tests.forkserver import children

HERE = "tests.forkserver.children"
ROOT = str(Path(__file__).parents[2])


def environment() -> dict[str, str]:
    return {"PYTHONPATH": ROOT, "PATH": os.environ["PATH"]}


@pytest.fixture(scope="module")
def telling() -> Iterator[ForkServer]:
    with ForkServer(
        f"{HERE}:tell",
        rehearse=f"{HERE}:rehearse",
        prepare=[f"{HERE}:prepare"],
        environment=environment(),
    ) as server:
        yield server


@pytest.fixture(scope="module")
def ending() -> Iterator[ForkServer]:
    with ForkServer(f"{HERE}:end", environment=environment()) as server:
        yield server


@pytest.fixture
def staying() -> Iterator[ForkServer]:
    with ForkServer(f"{HERE}:stay", environment=environment()) as server:
        yield server


def told(server: ForkServer, **kwargs: Any) -> dict[str, Any]:
    here, there = socket.socketpair()
    with here:
        with there:
            child = server.fork({"n": 1}, [there.fileno()], **kwargs)
        with child, here.makefile("rb") as file:
            facts: dict[str, Any] = json.load(file)
            assert child.wait(30) == 0
            assert facts["pid"] == child.pid
    return facts


def has_huge_pages() -> bool:
    """Whether the kernel gathers memory into huge pages when it's asked."""
    with mmap.mmap(-1, 4 * HUGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as area:
        area.write(b"x" * 4 * HUGE)
        try:
            area.madvise(25, 0, 4 * HUGE)
        except OSError:
            return False
    return True


def weighed() -> dict[str, int]:
    here, there = socket.socketpair()
    with (
        here,
        ForkServer(
            f"{HERE}:weigh", prepare=[f"{HERE}:fill"], environment=environment()
        ) as server,
    ):
        with there, server.fork({}, [there.fileno()]) as child:
            assert child.wait(30) == 0
        with here.makefile("rb") as file:
            facts: dict[str, int] = json.load(file)
    return facts


def ended(pid: int) -> bool:
    """Once the process is gone, or is at most its parent's to bury."""
    try:
        process = psutil.Process(pid)
        process.wait(30)
    except psutil.NoSuchProcess:
        pass
    return True


def test_a_child_gets_its_order_environment_and_folder(telling: ForkServer) -> None:
    """They are the child's alone, and its environment is nothing but what is given."""
    facts = told(telling, environment={"A": "b"}, cwd="/usr")
    assert facts["order"] == {"n": 1}
    assert facts["environment"] == {"A": "b"}
    assert facts["cwd"] == "/usr"


def test_an_order_may_be_large(telling: ForkServer) -> None:
    """Files travel in it, which no socket would take in one message."""
    here, there = socket.socketpair()
    with here, there, telling.fork({"big": "x" * 3_000_000}, [there.fileno()]) as child:
        there.close()
        with here.makefile("rb") as file:
            assert len(json.load(file)["order"]["big"]) == 3_000_000
        assert child.wait(30) == 0


def test_the_warm_process_has_no_secrets_of_its_owners(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A child can read the environment with which the warm process was started."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("PYTHONPATH", ROOT)
    with ForkServer(f"{HERE}:tell") as server:
        facts = told(server)
    assert "PYTHONPATH" in facts["exec_environment"]
    assert "hush" not in facts["exec_environment"] + str(facts["environment"])


def test_a_child_looks_for_garbage(telling: ForkServer) -> None:
    """The warm process doesn't, before it forks."""
    assert told(telling)["collects"]


def test_a_child_holds_nothing_of_the_warm_process(telling: ForkServer) -> None:
    """Nothing but stdio, what it was given, and the folder being listed."""
    assert len(told(telling)["open"]) == 3 + 1 + 1


def test_children_throw_different_dice(telling: ForkServer) -> None:
    """Each has a random state of its own."""
    assert told(telling)["dice"] != told(telling)["dice"]


def test_what_is_prepared_is_there_for_children(telling: ForkServer) -> None:
    """It was done in the warm process itself, whose memory they have."""
    assert told(telling)["prepared_in"] == telling.pid


def test_a_rehearsal_warms_what_it_imported(telling: ForkServer) -> None:
    """The throw-away child's imports are there in those that come after."""
    assert "wave" in told(telling)["modules"]


def test_a_child_can_be_interrupted_as_any_python(telling: ForkServer) -> None:
    """The warm process ignores SIGINT; its children don't."""
    assert told(telling)["interrupt"]


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"status": 0}, 0),
        ({"status": 7}, 7),
        ({"signal": signal.SIGKILL}, -signal.SIGKILL),
        ({"raise": 3}, 3),
        ({"raise": "words"}, 1),
    ],
)
def test_the_exit_status_is_known(
    ending: ForkServer, order: dict[str, Any], status: int
) -> None:
    """As subprocess gives it: negative for a signal."""
    with ending.fork(order) as child:
        assert child.wait(30) == status
        assert child.exit_status() == status


def test_a_child_that_raises_fails(
    ending: ForkServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its exception ends the child alone, never the warm process's loop."""
    pid = ending.pid
    with ending.fork({}) as child:
        assert child.wait(30) == 1
    with ending.fork({"status": 5}) as another:
        assert another.wait(30) == 5
    assert ending.pid == pid


def test_many_threads_may_ask_at_once(ending: ForkServer) -> None:
    """Each gets its own child's status."""

    def status(number: int) -> int:
        with ending.fork({"status": number}) as child:
            return child.wait(30)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(status, range(40))) == list(range(40))


def test_no_zombie_is_left(ending: ForkServer) -> None:
    """The warm process buries each child before its status is told."""
    with ending.fork({"status": 0}) as child:
        child.wait(30)
        assert psutil.Process(ending.pid).children() == []


def stayed(server: ForkServer) -> tuple[Any, int]:
    here, there = socket.socketpair()
    with here:
        with there:
            child = server.fork({}, [there.fileno()])
        with here.makefile("rb") as file:
            orphan = int(file.readline())
    return child, orphan


def test_a_child_runs_until_it_is_signalled(staying: ForkServer) -> None:
    """While it runs there is no status, and waiting ends in time."""
    child, _ = stayed(staying)
    with child:
        assert child.exit_status() is None
        with pytest.raises(TimeoutError):
            child.wait(0.01)
        child.send(signal.SIGTERM)
        assert child.wait(30) == -signal.SIGTERM


def test_closing_a_child_ends_what_it_started(staying: ForkServer) -> None:
    """Also a process that has left its session and lost its parent."""
    child, orphan = stayed(staying)
    child.close()
    assert ended(child.pid) and ended(orphan)


def test_an_orphan_lives_as_long_as_its_child(staying: ForkServer) -> None:
    """Another child's end doesn't touch it: `server &` in a cell is honest."""
    one, orphan = stayed(staying)
    other, _ = stayed(staying)
    other.close()
    assert psutil.Process(orphan).status() != psutil.STATUS_ZOMBIE
    one.close()


def test_a_lost_warm_process_takes_its_children_along_and_is_replaced(
    staying: ForkServer,
) -> None:
    """Its children count as killed, and the next order starts a new one."""
    child, orphan = stayed(staying)
    assert staying.pid is not None
    os.kill(staying.pid, signal.SIGKILL)
    assert child.wait(30) == -signal.SIGKILL
    assert ended(child.pid)
    child.close()
    # Nobody is left to end what has left its session; a sandbox's walls do.
    os.kill(orphan, signal.SIGKILL)
    another, _ = stayed(staying)
    assert another.exit_status() is None
    another.close()


OWNER = """
import os, sys, socket
sys.path.insert(0, {root!r})
from tests.forkserver import test_forkserver as here
server = here.ForkServer(here.HERE + ":stay", environment=here.environment())
child, orphan = here.stayed(server)
print(server.pid, child.pid, orphan, flush=True)
os.kill(os.getpid(), 9)
"""


def test_everything_ends_with_an_owner_that_is_killed() -> None:
    """Nobody had the time to clean up: the closing socket says it all."""
    ran = subprocess.run(
        [sys.executable, "-c", OWNER.format(root=ROOT)], capture_output=True, text=True
    )
    pids = [int(pid) for pid in ran.stdout.split()]
    assert len(pids) == 3, ran.stderr
    assert all(ended(pid) for pid in pids)


def test_a_process_with_threads_does_not_fork() -> None:
    """A lock that another thread holds would be held in the child for ever."""
    with (
        ForkServer(
            f"{HERE}:end",
            preload=["tests.forkserver.threaded"],
            environment=environment(),
        ) as server,
        pytest.raises(ForkFailed, match="2 threads"),
    ):
        server.fork({"status": 0})


def test_a_module_that_is_not_there_is_told() -> None:
    """Whoever asks for a child learns why there is none."""
    with (
        ForkServer(
            f"{HERE}:end", preload=["tests.no_such"], environment=environment()
        ) as server,
        pytest.raises(ForkFailed, match="no_such"),
    ):
        server.fork({"status": 0})


def test_whoever_was_served_once_is_served_at_once(ending: ForkServer) -> None:
    with ending.fork({}) as child:
        child.wait(30)
    assert ending.is_ready()
    with ForkServer(f"{HERE}:end", environment=environment()) as server:
        server.close()
        assert not server.is_ready()


def test_no_child_is_said_with_its_reason() -> None:
    """And the warm process goes on."""
    with ForkServer(
        f"{HERE}:end", prepare=[f"{HERE}:allow_no_fork"], environment=environment()
    ) as server:
        for _ in range(2):
            with pytest.raises(ForkFailed, match="can't fork: not today"):
                server.fork({})


def test_a_closed_server_forks_no_more() -> None:
    """Closing twice is harmless; asking afterwards is a mistake of ours."""
    server = ForkServer(f"{HERE}:end", environment=environment())
    server.close()
    server.close()
    with pytest.raises(ForkFailed, match="closed"):
        server.fork({"status": 0})


def test_a_cold_server_does_the_same() -> None:
    """Where nothing may be forked from a warm process, a new interpreter is started."""
    with ForkServer(f"{HERE}:tell", environment=environment(), warm=False) as server:
        assert server.pid is None
        facts = told(server, cwd="/usr")
    assert facts["order"] == {"n": 1} and facts["cwd"] == "/usr"


def test_the_account_of_whoever_grades_stays_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A warm process reads none of AWS's files, and keeps none of its variables."""
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/home/june/.aws/credentials")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    told = {name: said for name, said in kept().items() if name.startswith("AWS_")}
    assert set(told.values()) == {os.devnull}


def test_what_a_warm_process_uses_is_in_huge_pages_and_nothing_else() -> None:
    """So forks are cheap, and what was never written to takes no memory for that."""
    facts = weighed()
    assert facts["Rss"] * 1024 < children.FILLED + children.SPARSE
    if not has_huge_pages():
        pytest.skip("this machine has no huge pages to give")
    # One may begin before the area does, and one end after it.
    assert facts["AnonHugePages"] * 1024 >= children.FILLED - 2 * HUGE


def test_a_child_that_is_not_waited_for_is_born_meanwhile(ending: ForkServer) -> None:
    """And it is whoever asks for it that learns how it ended."""
    births = [ending.begin({"status": status}) for status in (3, 4)]
    for birth, status in zip(births, (3, 4), strict=True):
        with birth.child() as child:
            assert child.wait(30) == status


def test_a_child_that_nobody_wants_ends(staying: ForkServer) -> None:
    """And what it has started; the end of a connection that they hold shows it."""
    here, there = socket.socketpair()
    with here:
        with there:
            staying.begin({}, [there.fileno()]).close()
        here.settimeout(30)
        while here.recv(64):
            pass


def test_nothing_is_born_without_a_warm_process_meanwhile() -> None:
    with (
        ForkServer(f"{HERE}:end", environment=environment(), warm=False) as server,
        pytest.raises(ForkFailed, match="no warm process"),
    ):
        server.begin({})
