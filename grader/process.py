"""The lab process: the local cloud, and the examiner beside it."""

from __future__ import annotations

import argparse
import functools
import gc
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cloud import reach
from grader.cloud.cloud import Cloud
from grader.cloud.control import Control
from grader.cloud.functions import code_storage
from grader.cloud.inner_requests import InnerRequests
from grader.cloud.routing import Responder
from grader.cloud.sandboxed import Sandbox
from grader.errors import PortTaken
from grader.forkserver import Borrowed
from grader.lab.materials import FOLDER_VARIABLE
from grader.sandbox import Isolation
from grader.sandbox.listeners import Listeners

if TYPE_CHECKING:
    from grader.checks.examiner import Examiner

# A lab keeps most of what it makes, so looking for garbage as often as Python does by
# itself was a twelfth of its work. What waits meanwhile is about 10 MB.
_COLLECTIONS = (50_000, 20, 100)
# In bytes, of the data of a submission's lab: what learners store there is in it.
_MOST_DATA = 3 * 1024**3
# Likewise: of the zips that it deploys, and of what is in those that run, on the disk.
_MOST_CODE = 1024**3
_MOST_UNPACKED = 2 * 1024**3
# Shown by whoever reads verdicts; never in the environment of a kernel.
VERDICT_TOKEN = "LAB_VERDICT_TOKEN"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m grader.process")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--parent-fd", type=int, help="end when this pipe closes")
    options = parser.parse_args(arguments)
    return run_cloud(options.port, parent_fd=options.parent_fd)


def forked(order: Mapping[str, Any], fds: Sequence[int]) -> int:
    """Be the lab of one submission, forked from a warm process (`forkserver`).

    ``order`` has the verdict ``token``, the ``folder`` for its files, the course's
    ``material``, if that isn't beside the package, the ``isolation`` of functions, and
    the number of the ``processor`` that its threads share, if there is a choice.
    It says which of ``fds`` is the ``leash``, which are the ``listeners`` (see `Cloud`)
    and the descriptors of the ``network``, and which lends the ``warm`` runtime.
    """
    from moto.moto_api._internal import mock_random

    # Each process of its own starts with dice of its own.
    mock_random.seed()
    if order.get("material"):
        os.environ[FOLDER_VARIABLE] = order["material"]
    listeners = [socket.socket(fileno=fds[at]) for at in order["listeners"]]
    sandbox = None
    if order["isolation"] is not None:
        _limit_data()
        code_storage.confine(_MOST_CODE)
        reach.confine(listeners[0].getsockname()[1])
        network = [fds[at] for at in order["network"]]
        warm = order["warm"]
        sandbox = Sandbox(
            isolation=Isolation.from_json(order["isolation"]),
            network=network,
            # It forks: there is no thread yet.
            listen=Listeners(network).listen,
            port=listeners[0].getsockname()[1],
            warm=None if warm is None else Borrowed(socket.socket(fileno=fds[warm])),
            code_limit=_MOST_UNPACKED,
        )
    return run_cloud(
        0,
        parent_fd=fds[order["leash"]],
        listeners=listeners,
        token=order["token"],
        folder=Path(order["folder"]),
        sandbox=sandbox,
        processor=order["processor"],
    )


def run_cloud(
    port: int,
    *,
    parent_fd: int | None = None,
    listeners: Sequence[socket.socket] = (),
    token: str | None = None,
    folder: Path | None = None,
    sandbox: Sandbox | None = None,
    processor: int | None = None,
) -> int:
    """Serve until SIGTERM, ctrl-C, or the end of the process that started it.

    Returns the exit status: 2 when the port can't be had. ``token`` shows verdicts;
    without it the environment's does. ``folder`` and ``sandbox`` are the cloud's (see
    `Cloud`). ``processor`` is counted on from the first when there are fewer.
    """
    token = token or os.environ.pop(VERDICT_TOKEN, None)
    _share_one_processor(os.getpid() if processor is None else processor)
    with _signals() as signals:
        try:
            cloud = Cloud(port, listeners=listeners, folder=folder, sandbox=sandbox)
        except PortTaken as error:
            print(error, file=sys.stderr)
            return 2
        try:
            control = Control(cloud)
            examine = _examiner(cloud, control, token)
            for prefix in ("/_lab/checks", "/_lab/predictions", "/_lab/verdicts"):
                cloud.router.mounted[prefix] = examine
            cloud.router.mounted["/_lab/"] = control.respond
            cloud.start()
            # What was imported stays: collections of garbage needn't look at it.
            gc.freeze()
            gc.set_threshold(*_COLLECTIONS)
            print(f"AWS_ENDPOINT_URL={cloud.endpoint_url}", flush=True)
            if parent_fd is None:
                # No notebook asks for them: they are for whoever reads here.
                cloud.notices.on_tell = _say
            # The parent's side of its pipe closes when it ends, however it ends.
            waiting = [signals] if parent_fd is None else [signals, parent_fd]
            select.select(waiting, [], [])
        finally:
            cloud.close()
    return 0


def _limit_data() -> None:
    """Keep what is stored in this lab off the machine's disk, and its memory bounded.

    A request that would take more fails, and the lab goes on. Functions have limits of
    their own, so this one can be raised again.
    """
    os.environ["MOTO_S3_DEFAULT_KEY_BUFFER_SIZE"] = str(_MOST_DATA)
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_DATA, most))


def _share_one_processor(number: int) -> None:
    """Keep this process's threads on one processor.

    They share an interpreter lock, and handing it from processor to processor cost
    a quarter of the invocations per second (measured). Functions aren't bound: the
    launcher's thread takes back all processors.
    """
    if hasattr(os, "sched_setaffinity"):
        processors = sorted(os.sched_getaffinity(0))
        # Several labs at once spread over the machine.
        os.sched_setaffinity(0, {processors[number % len(processors)]})


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


@contextmanager
def _signals() -> Iterator[int]:
    """Give a file descriptor that can be read once SIGTERM or SIGINT came.

    A signal may reach another thread than the main one, and would then not wake it
    from waiting for a lock.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing)
    handlers = {
        number: signal.signal(number, lambda number, frame: None)
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield reading
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


def _examiner(cloud: Cloud, control: Control, token: str | None) -> Responder:
    """The examiner comes with the first check: it isn't part of a lab's start."""

    @functools.cache
    def examiner() -> Examiner:
        from grader.checks.examiner import Examiner
        from grader.checks.inner_calls import InnerCalls
        from grader.checks.inner_line import InnerLine

        inside = InnerRequests(cloud.router, cloud.endpoint_url)
        InnerCalls(inside.answer).install(cloud.endpoint_url)
        line = InnerLine(cloud.endpoint_url, control.answer)
        # Where many are graded at once, what no check needs any more is in the way.
        cool = cloud.environments.cool if token else lambda: None
        return Examiner(cloud, verdict_token=token, line=line, alone=cool)

    return lambda request: examiner().respond(request)


if __name__ == "__main__":
    sys.exit(main())
