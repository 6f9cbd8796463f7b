"""The same grading on a Dask cluster: two worker processes on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed import Future

from grader.errors import ClusterUnusable
from grader.grading.workers.cluster import Cluster
from grader.grading.workers.pool import Pool
from tests.grading.workers.test_pool import BUNDLE, ROOT, TASK, submission

Result = dict[str, Any]
# Dask's own threads are still there when its process is told to end.
SCHEDULER = "from distributed.cli.dask_scheduler import main; main()"
WORKER = "from distributed.cli.dask_worker import main; main()"


@dataclass(frozen=True)
class Machines:
    """A scheduler, and a way to start and end workers."""

    address: str
    start: Callable[[], subprocess.Popen[str]]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """A scheduler without workers; all of it ends with the module."""
    folder = tmp_path_factory.mktemp("dask")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
    }
    begun: list[tuple[subprocess.Popen[str], threading.Thread]] = []

    def start(program: str, *options: str, ready: str) -> tuple[Any, str]:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *options],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        said = next(line for line in process.stderr if ready in line)
        # Somebody has to read on: a full pipe would stop it.
        reader = threading.Thread(target=process.stderr.read)
        reader.start()
        begun.append((process, reader))
        return process, said.split()[-1]

    _, address = start(
        SCHEDULER,
        *("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show"),
        ready="Scheduler at:",
    )

    def worker() -> subprocess.Popen[str]:
        process, _ = start(
            WORKER,
            *(address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny"),
            *("--no-dashboard", "--local-directory", str(folder)),
            ready="Registered to:",
        )
        made: subprocess.Popen[str] = process
        return made

    yield Machines(address, worker)
    for process, reader in begun:
        with process:
            process.kill()
            reader.join()


@pytest.fixture
def worker(machines: Machines) -> Iterator[subprocess.Popen[str]]:
    """One, which is the only one: it ends with its test, however that ends."""
    started = machines.start()
    yield started
    started.kill()
    started.wait()


def _by_student(results: Iterator[Result]) -> dict[str, Result]:
    found: dict[str, Result] = {}
    for result in results:
        assert result["student"] not in found
        found[result["student"]] = result
    return found


def _told(result: Result) -> Result:
    own = {"worker", "number", "isolation"}
    return {name: result[name] for name in result if name not in own}


def test_a_machine_that_goes_down_in_the_middle_loses_nothing(
    machines: Machines, tmp_path: Path
) -> None:
    """Results equal those of this machine, each once; no process of it is left."""
    doomed, kept = machines.start(), machines.start()
    class_of_40 = [submission(f"s{number}") for number in range(40)]
    class_of_40[3] = submission("unlucky", die_once=tmp_path / "died")
    class_of_40[4] = submission("bad", die=1)
    workers: list[psutil.Process] = []
    found: dict[str, Result] = {}
    with Cluster(machines.address, {"hw1": BUNDLE}, "none", task=TASK) as cluster:
        for result in cluster.graded(class_of_40):
            assert result["student"] not in found
            found[result["student"]] = result
            if len(found) == 10:
                workers = psutil.Process(doomed.pid).children()
                doomed.send_signal(signal.SIGKILL)
    (tmp_path / "died").unlink()
    with Pool({"hw1": BUNDLE}, None, jobs=1, task=TASK) as pool:
        here = _by_student(pool.graded(class_of_40))
    assert {name: _told(each) for name, each in found.items()} == {
        name: _told(each) for name, each in here.items()
    }
    assert all(found[name]["isolation"]["tier"] for name in found)
    assert workers
    psutil.wait_procs(workers, 20)
    assert not any(worker.is_running() for worker in workers)
    kept.kill()
    kept.wait()


@pytest.mark.usefixtures("worker")
def test_what_dask_gives_up_is_sent_again(machines: Machines) -> None:
    """As it does where a bundle went down with the machine that held it."""
    several = [submission(f"s{number}") for number in range(6)]
    with Cluster(machines.address, {"hw1": BUNDLE}, "none", task=TASK) as cluster:
        graded = cluster.graded(several)
        found = [next(graded)]
        client = cluster._client
        client.cancel([Future(key, client) for key in [*client.futures]], force=True)
        found += graded
    assert sorted(each["student"] for each in found) == [f"s{n}" for n in range(6)]
    assert [each for each in found if each["status"] != "graded"] == []


def test_a_cluster_without_workers_is_told(
    machines: Machines, worker: subprocess.Popen[str]
) -> None:
    """With what to start: at the beginning, and when the last one goes down."""
    several = (submission(f"s{number}") for number in range(20))
    with Cluster(machines.address, {"hw1": BUNDLE}, "none", task=TASK) as cluster:
        graded = cluster.graded(several)
        next(graded)
        worker.kill()
        worker.wait()
        with pytest.raises(ClusterUnusable, match="has no workers"):
            list(graded)


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        (b"SSH-2.0-Open\r\n", "something else does"),
        (b"", "timed out"),
        (None, "refused"),
    ],
)
def test_an_address_where_no_scheduler_is(
    monkeypatch: pytest.MonkeyPatch, greeting: bytes | None, said: str
) -> None:
    """One line with the address, soon, whatever answers there."""
    from grader.grading.workers import cluster

    monkeypatch.setattr(cluster, "_KNOCK_LIMIT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if greeting is None:
            server.close()
        elif greeting:
            thread = threading.Thread(target=_greet, args=[server, greeting])
            thread.start()
        with pytest.raises(ClusterUnusable) as refused:
            Cluster(f"tcp://127.0.0.1:{port}", {}, "none")
        if greeting:
            thread.join()
    message = str(refused.value)
    assert f"no scheduler answers at tcp://127.0.0.1:{port}" in message
    assert said in message
    assert "\n" not in message


def _greet(server: socket.socket, greeting: bytes) -> None:
    with server.accept()[0] as line:
        line.sendall(greeting)


@pytest.mark.parametrize("address", ["nonsense", "http://127.0.0.1:80", "tcp://host"])
def test_what_is_no_address_is_told(address: str) -> None:
    """With one that would be."""
    with pytest.raises(ClusterUnusable, match="tcp://10"):
        Cluster(address, {}, "none")
