"""Functions of a lab's own warm runtime, behind bubblewrap's walls."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader.cloud import forked, isolation, standing_walls
from grader.cloud.processes import Launch
from tests.cloud.conftest import FORKED, Account, launched, left_of_orphans
from tests.cloud.test_warm_python import same

CLOUDS = (FORKED,)
FIRST = "def handler(event, context):\n    return open('/proc/1/comm').read().strip()\n"

pytestmark = pytest.mark.skipif(
    not isolation.namespaces().available, reason="nothing is forked without walls"
)


def test_a_later_environment_is_forked(account: Account) -> None:
    """What was first behind its walls is only there to wait."""
    assert account.invoke(account.deploy(FIRST)).payload == "cat"


def test_environments_with_the_same_walls_share_no_files(account: Account) -> None:
    code = (
        "import os, shutil\n"
        "def handler(event, context):\n"
        "    open('/tmp/mine-' + context.function_name, 'w').close()\n"
        "    return [os.listdir('/tmp'), shutil.disk_usage('/tmp').total >> 20]\n"
    )
    one, other = (
        account.deploy(code, EphemeralStorage={"Size": size}) for size in (512, 700)
    )
    assert account.invoke(one).payload == [[f"mine-{one}"], 512]
    assert account.invoke(other).payload == [[f"mine-{other}"], 700]


def test_walls_fall_that_were_not_used_for_longest(tmp_path: Path) -> None:
    """An environment to come has them built again."""

    def launch(name: str) -> Launch:
        task = tmp_path / name
        task.mkdir()
        return launched(task)

    walls = standing_walls.StandingWalls(lambda start: start(), standing=2)
    with contextlib.closing(walls):
        launches = [launch(name) for name in "abc"]
        first, second = (walls.waiting(launches[index]) for index in (0, 1))
        again, third = (walls.waiting(launches[index]) for index in (0, 2))
        fallen, _, _ = select.select([first, again, second, third], [], [], 20)
    assert fallen == [second]
    for descriptor in (first, second, again, third):
        os.close(descriptor)


def test_what_takes_too_long_is_ended(account: Account) -> None:
    """A timeout asks each kind of process how long it had no processor."""
    code = "import time\ndef handler(event, context):\n    time.sleep(60)\n"
    answer = account.invoke(account.deploy(code, Timeout=1))
    assert "Task timed out after 1.00 seconds" in answer.payload["errorMessage"]


def test_an_interpreter_with_variables_of_its_own_is_not_forked(
    account: Account,
) -> None:
    name = account.deploy(FIRST, Environment={"Variables": {"PYTHONSTARTUP": ""}})
    assert account.invoke(name).payload == "bwrap"


def test_importing_a_library_runs_all_of_its_modules(account: Account) -> None:
    """So INIT shows what it takes; but for what is there to move a handler's clock."""
    spared = ["numbers", "datetime", "platform", "typing", "uuid"]
    answer = same(
        account,
        "import importlib._bootstrap_external as loading\n"
        "ran, execute = [], loading.SourceFileLoader.exec_module\n"
        "def noted(loader, module):\n"
        "    ran.append(module.__name__)\n"
        "    return execute(loader, module)\n"
        "loading.SourceFileLoader.exec_module = noted\n"
        "import boto3, fractions, urllib.request\n"
        "def handler(event, context):\n"
        f"    return sorted({{*ran}} - {{*{spared}}})\n",
        Timeout=30,
    )
    assert {"boto3", "botocore.session", "http.client", "socket"} <= {*answer.payload}


def test_numbers_of_the_warm_runtime_are_still_numbers(account: Account) -> None:
    """`decimal` was told of them before: a second module of that name knows none."""
    same(
        account,
        "import decimal, numbers\n"
        "def handler(event, context):\n"
        "    return isinstance(decimal.Decimal(1), numbers.Number)\n",
    )


def test_orphans_are_buried(account: Account) -> None:
    """The first process behind the walls isn't one that waits for them."""
    assert left_of_orphans(account, expected=2) == ["1", "2"]


def test_a_fork_that_failed_is_told_once_and_tried_again(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Functions run all the while, and later environments are forked again."""
    cloud = account.cloud
    cloud.notices.take()

    def started() -> str:
        return str(account.invoke(account.deploy(FIRST)).payload)

    with monkeypatch.context() as patched:
        # As where the kernel has no descriptors of processes.
        patched.setattr(standing_walls, "_WAITS", ("/bin/false",))
        assert [started(), started()] == ["bwrap", "bwrap"]
    told = [one for one in cloud.notices.take() if "forked" in one]
    assert len(told) == 1 and "built no walls" in told[0]
    later = [started() for _ in range(forked._SKIP)]
    assert (later[0], later[-1]) == ("bwrap", "cat")


_KILLED = """
import os
from tests.cloud.conftest import Account, forking_cloud
from tests.cloud.test_environments import processes_below
from tests.cloud.test_forked import FIRST

with forking_cloud() as cloud:
    account = Account(cloud)
    account.invoke(account.deploy(FIRST))
    print(*processes_below(os.getpid()), flush=True)
    os.kill(os.getpid(), 9)
"""


def test_nothing_outlives_a_lab_that_is_killed() -> None:
    """Neither the warm runtime nor the walls; the test waits for their end."""
    root = str(Path(__file__).parents[2])
    ran = subprocess.run(
        [sys.executable, "-c", _KILLED],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": root},
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    pids = [int(pid) for pid in ran.stdout.split()]
    # The warm runtime; an environment that was forked, and what is around others.
    assert len(pids) >= 5
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            process = os.pidfd_open(pid)
            assert select.select([process], [], [], 20)[0]
            os.close(process)
