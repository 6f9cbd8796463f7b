"""A sandboxed process: what it is, how it ends, and what ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import grader
from grader.errors import SandboxFailed
from grader.sandbox import Isolation, Network, Policy, command, probing
from grader.sandbox.reaper import NOT_STARTED
from tests.sandbox.conftest import Run, said

WHAT_AM_I = """
import json, os, socket
lines = [line.split(":\\t") for line in open("/proc/self/status")]
status = {line[0]: line[-1] for line in lines}
print(json.dumps({
    "pid": os.getpid(), "parent": os.getppid(), "uid": os.getuid(),
    "groups": [each for each in os.getgroups() if each < 65534],
    "session": os.getsid(0), "capabilities": [
        status["Cap" + kind].strip() for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")
    ],
    "no_new_privileges": status["NoNewPrivs"].strip(),
    "seccomp": status["Seccomp"].strip(),
    "descriptors": sorted(int(each) for each in os.listdir("/proc/self/fd"))[:-1],
    "folder": os.getcwd(), "environment": dict(os.environ),
    "host": socket.gethostname(),
}))
"""
FOLDERS_INSIDE = {"bin", "dev", "etc", "home", "lib", "proc", "sbin", "tmp", "usr"}


def test_a_program_has_no_privilege_and_isnt_the_first_process(
    run: Run, strong: Isolation
) -> None:
    """No capability, no way to one, and above it a reaper, or nobody that it sees."""
    me = said(run(WHAT_AM_I, strong, environment={"A": "1"}))
    parent = 0 if strong.facts["first"] else 1
    assert me["pid"] == 2 and me["parent"] == parent and me["session"] == 2
    assert me["uid"] != 0 and me["groups"] in ([], [me["uid"]], [1000])
    assert set(me["capabilities"]) == {"0" * 16}
    assert me["no_new_privileges"] == "1" and me["seccomp"] == "2"
    assert me["descriptors"] == [0, 1, 2]
    assert me["folder"] == "/home/learner" and me["host"] == "sandbox"
    assert me["environment"] == {
        "A": "1",
        "HOME": "/home/learner",
        "TMPDIR": "/tmp",
        "JPY_PARENT_PID": str(parent),
        # Python's own, because nothing says which language.
        "LC_CTYPE": "C.UTF-8",
    }


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("raise SystemExit(7)", 7),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("import os; os.abort()", -signal.SIGABRT),
    ],
)
def test_a_sandbox_ends_as_its_program_ended(
    run: Run, strong: Isolation, source: str, status: int
) -> None:
    """Whoever waits for the keeper sees an exit status or a signal, as without it."""
    assert run(source, strong).returncode == status


def test_a_program_that_isnt_there_is_told(strong: Isolation) -> None:
    """Status 127 with the reason, as a shell has it."""
    done = subprocess.run(
        command(Policy(), strong, ["/nowhere"]), capture_output=True, check=False
    )
    assert done.returncode == 127
    assert b"/nowhere" in done.stderr


@pytest.mark.parametrize(
    "order",
    ["{", "[]", "{}", '{"policy": {}, "isolation": {}}', '{"policy": {"size": 1}}'],
)
def test_an_order_that_is_none_is_told_in_a_line(order: str) -> None:
    """With the status of wrong use; nothing is started."""
    ran = subprocess.run(
        [sys.executable, "-m", "grader.sandbox", order, "/bin/echo", "started"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2 and ran.stdout == ""
    [line] = ran.stderr.splitlines()
    assert line.startswith("python -m grader.sandbox: no order of ")


def test_walls_that_cant_be_built_are_told_in_a_line(strong: Isolation) -> None:
    """A network that isn't one, for example; the status is that of no start."""
    order = command(Policy(), strong, ["/bin/echo", "started"], network=[0])
    ran = subprocess.run(
        order, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert ran.returncode == NOT_STARTED and ran.stdout == ""
    [line] = ran.stderr.splitlines()
    assert line.startswith("the sandbox can't be built: ") and "setns" in line


def test_a_path_that_isnt_on_the_host_is_told(run: Run, strong: Isolation) -> None:
    """Nothing runs with less than its policy says."""
    done = run("print(1)", strong, read_only={"/x": "/not/on/this/host"})
    assert done.returncode == NOT_STARTED
    assert "/not/on/this/host" in done.stderr
    assert done.stdout == ""


def test_the_tree_holds_what_the_policy_names(
    run: Run, strong: Isolation, tmp_path: Path
) -> None:
    """Files and folders by their path inside, less what is masked."""
    shown = tmp_path / "shown"
    (shown / "secret").mkdir(parents=True)
    (shown / "secret" / "cases.json").write_text("hidden")
    (shown / "open.txt").write_text("open")
    (shown / "closed.txt").write_text("closed")
    source = """
        import json, os
        print(json.dumps({
            "top": sorted(os.listdir("/")),
            "there": open("/there/open.txt").read(),
            "closed": open("/there/closed.txt").read(),
            "secret": os.listdir("/there/secret"),
            "alone": open("/alone.txt").read(),
        }))
    """
    seen = said(
        run(
            source,
            strong,
            read_only={"/there": str(shown), "/alone.txt": str(shown / "open.txt")},
            masked=("/there/secret", "/there/closed.txt", "/there/none"),
        )
    )
    assert set(seen["top"]) > FOLDERS_INSIDE
    assert not {"boot", "mnt", "srv"} & set(seen["top"])
    assert (seen["there"], seen["alone"]) == ("open", "open")
    assert (seen["closed"], seen["secret"]) == ("", [])


def test_what_is_masked_is_hidden_without_namespaces(run: Run, tmp_path: Path) -> None:
    """Its names can be listed there, and nothing can be read."""
    medium = next(each for each in probing._candidates() if each.tier == "medium")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "cases.json").write_text("hidden")
    (tmp_path / "open.txt").write_text("open")
    tmp_path.chmod(0o755)
    source = f"""
        import os
        from pathlib import Path
        here = Path({str(tmp_path)!r})
        print((here / "open.txt").read_text(), os.listdir(here / "secret"))
        (here / "secret" / "cases.json").read_text()
    """
    seen = {str(tmp_path): str(tmp_path)}
    masked = (str(tmp_path / "secret"),)
    done = run(source, medium, read_only=seen, masked=masked)
    assert done.stdout == "open ['cases.json']\n"
    assert "PermissionError" in done.stderr


def test_a_working_folder_lies_where_the_policy_says(run: Run, tmp_path: Path) -> None:
    """Without namespaces it is on the host's disk, and goes with the sandbox."""
    tmp_path.parent.chmod(0o711)
    tmp_path.parent.parent.chmod(0o711)
    medium = next(each for each in probing._candidates() if each.tier == "medium")
    source = "import os; open('x', 'w').close(); os.mkdir('d', 0); print(os.getcwd())"
    done = run(source, medium, place=str(tmp_path))
    assert Path(done.stdout.strip()).parent == tmp_path, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_copied_is_the_programs_own(
    run: Run, strong: Isolation, tmp_path: Path
) -> None:
    """It may change its copy; the host's file stays."""
    original = tmp_path / "data.txt"
    original.write_text("before")
    source = """
        from pathlib import Path
        here = Path("data.txt")
        here.write_text(here.read_text() + " and after")
        print('"' + here.read_text() + '"')
    """
    copied = {"/home/learner/data.txt": str(original)}
    assert said(run(source, strong, copied=copied)) == "before and after"
    assert original.read_text() == "before"


def test_nothing_is_left_of_a_program_that_ended(run: Run, strong: Isolation) -> None:
    """A daemon that left its session dies with the first process of its namespace."""
    reading, writing = os.pipe()
    source = """
        import os
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.read(0, 1)  # the pipe below, which nobody writes into
                while True: pass
            os._exit(0)
        os.wait()
    """
    done = run(source, strong, keep=[writing])
    os.close(writing)
    assert done.returncode == 0
    # Every process that held the other end is gone.
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_a_killed_owner_takes_its_sandbox_with_it(
    policy: Policy, strong: Isolation
) -> None:
    """Even by SIGKILL, and however deep the program's processes are."""
    reading, writing = os.pipe()
    source = f"import os; os.fork(); os.write({writing}, b'+'); os.read(0, 1)"
    argv = command(
        policy, strong, [sys.executable, "-I", "-S", "-c", source], keep=[writing]
    )
    owner = subprocess.Popen(
        [
            *(sys.executable, "-I", "-S", "-c"),
            "import os, subprocess, sys, json\n"
            "argv = sys.argv[1:]\n"
            "order = json.loads(argv[4]); order['owner'] = os.getpid()\n"
            "argv[4] = json.dumps(order)\n"
            f"subprocess.run(argv, pass_fds=[{writing}])",
            *argv,
        ],
        stdin=subprocess.PIPE,
        pass_fds=[writing],
    )
    os.close(writing)
    assert os.read(reading, 1) + os.read(reading, 1) == b"++"
    owner.kill()
    owner.communicate()
    assert os.read(reading, 1) == b""
    os.close(reading)


FORKED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from grader.sandbox import Isolation, Policy, enter
facts = {"proc": True, "landlock": 0}
enter(Policy(), Isolation("strong", "", facts=facts))
for name in ("environ", "cmdline"):
    with open(f"/proc/self/{name}", "rb") as file:
        print(file.read().strip(bytes(1)))
print(os.environ.get("SECRET"), os.path.exists(sys.argv[1]), os.getppid())
"""
THREADED = """
import sys, threading
sys.path.insert(0, sys.argv[1])
from grader.sandbox import Isolation, Policy, enter
threading.Thread(target=threading.Event().wait, daemon=True).start()
enter(Policy(), Isolation("strong", ""))
"""


def _ran(source: str) -> subprocess.CompletedProcess[str]:
    """A program that enters a sandbox itself."""
    package = str(Path(grader.__file__).parent.parent)
    return subprocess.run(
        [sys.executable, "-c", source, package],
        env={"SECRET": "in the environment"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_forked_program_shows_nothing_of_its_ancestor(strong: Isolation) -> None:
    """Variables and command line are read from where the kernel put them."""
    done = _ran(FORKED)
    assert done.stdout == "b''\nb''\nNone False 1\n", done.stderr


def test_a_process_with_threads_cant_enter(strong: Isolation) -> None:
    """They would stay outside, and hold locks that nobody ever releases."""
    done = _ran(THREADED)
    assert done.returncode == 1
    assert "SandboxFailed: a process with 2 threads" in done.stderr


def test_a_network_is_shared_by_its_sandboxes(run: Run, strong: Isolation) -> None:
    """A listener inside is accepted on outside, on a port that the host has taken."""
    with Network(strong) as network, network.listener() as first:
        port = first.getsockname()[1]
        source = f"""
            import socket
            with socket.create_connection(("localhost", {port})) as connection:
                connection.sendall(b"hello")
        """
        for _ in range(2):
            assert run(source, strong, network=network.descriptors).returncode == 0
            connection, _ = first.accept()
            with connection:
                assert connection.recv(10) == b"hello"
        # The same number in another network is another port.
        with Network(strong) as other, other.listener(port):
            pass
        with pytest.raises(SandboxFailed, match="Address already in use"):
            network.listener(port)
