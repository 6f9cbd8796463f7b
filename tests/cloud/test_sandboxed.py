"""Functions behind the walls of their submission."""

from __future__ import annotations

import io
import os
import re
import socket
import zipfile
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from grader.cloud.sandboxed import SandboxLauncher
from tests.cloud.conftest import CODE_LIMIT, SANDBOXED, Account, left_of_orphans

CLOUDS = (SANDBOXED,)
ATTEMPT = """
def attempt(work):
    try:
        return str(work())
    except Exception as error:
        return type(error).__name__
"""


def test_a_function_sees_no_other_files(account: Account, tmp_path: Path) -> None:
    """Neither the course's, nor another function's, nor the lab's."""
    secret = tmp_path / "secret"
    secret.write_text("of the examiner")
    other = account.deploy("def handler(event, context):\n    return 'other'\n")
    assert account.invoke(other).payload == "other"
    name = account.deploy(
        "import glob, os\n"
        f"{ATTEMPT}\n"
        "def handler(event, context):\n"
        "    found = [attempt(lambda path=path: open(path).read()) for path in event]\n"
        "    return found, glob.glob('/tmp/*'), sorted(os.listdir('/var/task'))\n"
    )
    here = Path(__file__).parents[2]
    asked = [
        str(secret),
        str(here / "grader" / "checks" / "examiner.py"),
        str(here / "solutions"),
        "/etc/shadow",
        "/proc/1/environ",
        "/proc/1/mounts",
        "/proc/1/net/tcp",
        "/proc/1/root/etc/passwd",
    ]
    contents, temporary, task = account.invoke(name, asked).payload
    refused = {"FileNotFoundError", "PermissionError"}
    assert set(contents) <= refused, dict(zip(asked, contents, strict=True))
    assert temporary == [] and task == ["app.py"]


def test_a_function_sees_no_other_processes(account: Account) -> None:
    """Nor the first one, which isn't its user's: its network may be the machine's."""
    name = account.deploy(
        "import os\n"
        f"{ATTEMPT}\n"
        "def handler(event, context):\n"
        "    pids = [int(pid) for pid in os.listdir('/proc') if pid.isdecimal()]\n"
        "    return [sorted(pids), attempt(lambda: os.kill(event, 0)), os.getuid()]\n"
    )
    pids, killed, user = account.invoke(name, os.getpid()).payload
    assert pids == [2] and killed == "ProcessLookupError" and user != 0


def test_orphans_are_buried(account: Account) -> None:
    """Whoever is first in the sandbox doesn't let them lie."""
    assert left_of_orphans(account, expected=1) == ["2"]


def test_a_function_reaches_its_lab_and_nothing_else(account: Account) -> None:
    """Not even another server of this machine; judged by that server."""
    account.permit("s3:ListAllMyBuckets")
    name = account.deploy(
        "import boto3, socket\n"
        f"{ATTEMPT}\n"
        "def handler(event, context):\n"
        "    there = ('127.0.0.1', event)\n"
        "    return [boto3.client('s3').list_buckets()['Buckets'],\n"
        "            attempt(lambda: socket.create_connection(there, 2)),\n"
        "            attempt(lambda: socket.create_connection(('192.0.2.1', 80), 2))]\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as bait:
        bait.settimeout(0)
        port = bait.getsockname()[1]
        buckets, here, elsewhere = account.invoke(name, port).payload
        with pytest.raises(BlockingIOError):
            bait.accept()
    assert buckets == [] and here == "ConnectionRefusedError" and elsewhere == "OSError"


def test_functions_of_a_submission_share_its_network(account: Account) -> None:
    """As a learner's code and functions on one machine do."""
    serving = account.deploy(
        "import socket, threading\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "def handler(event, context):\n    return server.getsockname()[1]\n"
    )
    calling = account.deploy(
        "import socket\n"
        "def handler(event, context):\n"
        "    return socket.create_connection(('127.0.0.1', event), 5).fileno() > 0\n"
    )
    assert account.invoke(calling, account.invoke(serving).payload).payload is True


def test_a_function_writes_to_its_own_tmp_and_no_more(account: Account) -> None:
    name = account.deploy(
        "import os\n"
        f"{ATTEMPT}\n"
        "def write(path, size=1):\n"
        "    with open(path, 'wb') as file:\n"
        "        for _ in range(size):\n"
        "            file.write(bytes(1 << 20))\n"
        "    return os.path.getsize(path) >> 20\n"
        "def handler(event, context):\n"
        "    clock = int(event)\n"
        "    paths = ('/var/task/a', '/opt/a', '/a', '/dev/shm/a', '/var/runtime/a')\n"
        "    return [attempt(lambda: write('/tmp/a', 500)),\n"
        "            attempt(lambda: write('/tmp/b', 20))] + [\n"
        "            attempt(lambda path=path: write(path)) for path in paths]\n",
        MemorySize=1024,
    )
    own, too_much, *others = account.invoke(name, 0).payload
    assert own == "500" and too_much == "OSError"
    assert set(others) <= {"OSError", "PermissionError", "FileNotFoundError"}


def test_a_function_can_only_read_the_clock(account: Account) -> None:
    """It has the file open, and no other of the lab's."""
    name = account.deploy(
        "import os\n"
        f"{ATTEMPT}\n"
        "def handler(event, context):\n"
        "    found = {}\n"
        "    for fd in map(int, os.listdir('/proc/self/fd')):\n"
        "        path = attempt(lambda: os.readlink(f'/proc/self/fd/{fd}'))\n"
        "        if path.startswith('/') and not path.startswith('/dev'):\n"
        "            found[path] = attempt(lambda: os.pwrite(fd, bytes(8), 0))\n"
        "    return found\n"
    )
    found = account.invoke(name).payload
    written = {path for path, outcome in found.items() if outcome != "OSError"}
    assert len(found) >= 1
    assert all("foreign" in path for path in written)


def test_a_fork_bomb_stays_inside(account: Account) -> None:
    name = account.deploy(
        "import os, time\n"
        "def handler(event, context):\n"
        "    for count in range(2000):\n"
        "        try:\n"
        "            if os.fork() == 0:\n"
        "                time.sleep(600)\n"
        "        except BlockingIOError:\n"
        "            return count\n",
        MemorySize=1024,
        Timeout=60,
    )
    assert account.invoke(name).payload < 300
    account.aws_lambda.delete_function(FunctionName=name)


def test_the_walls_of_node_are_forked(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No interpreter is started to build them."""
    monkeypatch.delattr(SandboxLauncher, "_execute")
    name = account.deploy(
        {"index.mjs": "export const handler = async () => process.pid\n"},
        Runtime="nodejs24.x",
        Handler="index.handler",
    )
    assert account.invoke(name).payload == 2


def test_node_is_behind_the_same_walls(account: Account) -> None:
    name = account.deploy(
        {
            "index.mjs": "import fs from 'node:fs'\n"
            "export const handler = async (path) => {\n"
            "  const pids = fs.readdirSync('/proc').filter(name => Number(name))\n"
            "  return [process.cwd(), process.env.HOME ?? null, pids.length,\n"
            "          fs.existsSync(path), process.getuid() > 0]\n"
            "}\n"
        },
        Runtime="nodejs24.x",
        Handler="index.handler",
    )
    answer = account.invoke(name, __file__)
    assert answer.payload == ["/var/task", None, 1, False, True]


def test_a_frozen_function_uses_no_processor(account: Account) -> None:
    """It is stopped between invocations, with what it started, and goes on after."""
    name = account.deploy(
        "import threading\n"
        "count = 0\n"
        "def work():\n"
        "    global count\n"
        "    while True:\n"
        "        count += 1\n"
        "threading.Thread(target=work, daemon=True).start()\n"
        "def handler(event, context):\n    return count\n"
    )
    account.invoke(name)
    environments = account.cloud.invoker._environments
    # It comes to rest after it has answered.
    while not (
        idle := [one for one, of in environments._idle.items() if of.name == name]
    ):
        os.sched_yield()
    (environment,) = idle
    environment.freeze()
    program = environment._process._found()  # type: ignore[union-attr]
    state = ""
    while state != "T":
        state = re.findall(
            r"State:\t(\w)", Path(f"/proc/{program}/status").read_text()
        )[0]
    assert account.invoke(name).payload > 0


def test_functions_take_so_much_disk_and_no_more(account: Account) -> None:
    """A small zip may be large on the disk: it doesn't run, and the others do."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.py", "def handler(event, context): ...")
        archive.writestr("large", bytes(CODE_LIMIT))
    large = account.deploy("", Code={"ZipFile": package.getvalue()})
    with pytest.raises(ClientError, match=r"storage limit exceeded\. While graded"):
        account.invoke(large)
    small = account.deploy("def handler(event, context):\n    return 'small'\n")
    assert account.invoke(small).payload == "small"
