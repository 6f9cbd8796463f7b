"""The lab process: the local cloud, and the examiner beside it."""

from __future__ import annotations

import argparse
import functools
import os
import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

from grader.cloud.cloud import Cloud
from grader.cloud.control import Control
from grader.cloud.routing import Responder
from grader.errors import PortTaken

if TYPE_CHECKING:
    from grader.checks.examiner import Examiner

# Shown by whoever reads verdicts; never in the environment of a kernel.
VERDICT_TOKEN = "LAB_VERDICT_TOKEN"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m grader.process")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--parent-fd", type=int, help="end when this pipe closes")
    options = parser.parse_args(arguments)
    return run_cloud(options.port, parent_fd=options.parent_fd)


def run_cloud(port: int, *, parent_fd: int | None = None) -> int:
    """Serve until SIGTERM, ctrl-C, or the end of the process that started it.

    Returns the exit status: 2 when the port can't be had.
    """
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    token = os.environ.pop(VERDICT_TOKEN, None)
    try:
        cloud = Cloud(port)
    except PortTaken as error:
        print(error, file=sys.stderr)
        return 2
    try:
        examine = _examiner(cloud, token)
        for prefix in ("/_lab/checks", "/_lab/predictions", "/_lab/verdicts"):
            cloud.router.mounted[prefix] = examine
        cloud.router.mounted["/_lab/"] = Control(cloud).respond
        cloud.start()
        print(f"AWS_ENDPOINT_URL={cloud.endpoint_url}", flush=True)
        if parent_fd is not None:
            threading.Thread(target=_watch, args=(parent_fd, ended), daemon=True).start()
        ended.wait()
    finally:
        cloud.close()
    return 0


def _examiner(cloud: Cloud, token: str | None) -> Responder:
    """The examiner comes with the first check: it isn't part of a lab's start."""

    @functools.cache
    def examiner() -> Examiner:
        from grader.checks.examiner import Examiner

        return Examiner(cloud, verdict_token=token)

    return lambda request: examiner().respond(request)


def _watch(parent_fd: int, ended: threading.Event) -> None:
    """Wait for the end of the parent: its side of the pipe closes with it."""
    while os.read(parent_fd, 1):
        pass
    ended.set()


if __name__ == "__main__":
    sys.exit(main())
