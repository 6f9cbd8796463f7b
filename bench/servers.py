"""A server under measurement: started on a free port, ended by its process id."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bench import processes

PRINTED_ENDPOINT = re.compile(r"^AWS_ENDPOINT_URL=(http://\S+)", re.MULTILINE)
START_LIMIT = 60.0  # seconds
STOP_LIMIT = 15.0  # seconds
GRACE = 1.0  # seconds from a server's end to that of its processes


class StartError(Exception):
    """A server did not come up; the message has the reason."""


@dataclass(frozen=True)
class Command:
    """How a server is started; with `endpoint` None it prints its own."""

    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    endpoint: str | None = None


@dataclass
class Server:
    """A server that answers; `stop` ends it and says what it left behind."""

    name: str
    endpoint: str
    process: subprocess.Popen[bytes]

    def tree(self) -> set[processes.Process]:
        """What it started, directly or not."""
        return processes.below(self.process.pid, processes.snapshot())

    def stop(self) -> list[str]:
        """Ends it; the command lines of those of its processes that it left running."""
        started = self.tree()
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            processes.end(started)
            return [f"itself, {STOP_LIMIT:.0f} s after SIGTERM"]
        until = time.monotonic() + GRACE
        while processes.still_there(started) and time.monotonic() < until:
            time.sleep(0.05)
        return processes.end(started)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def accepts(endpoint: str) -> bool:
    """Whether something listens at the endpoint."""
    address = urlsplit(endpoint)
    with (
        suppress(OSError),
        socket.create_connection(
            (address.hostname or "", address.port or 0), timeout=1
        ),
    ):
        return True
    return False


def plain_environment() -> dict[str, str]:
    """Our environment without what would send anyone to another cloud.

    Nor what would change how a Python starts, which all of them do.
    """
    dropped = ("AWS_", "LAB_", "PYTEST_", "PYTHON")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    return kept | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def start(name: str, command: Command, log: Path) -> Server:
    """Starts a server and returns once it accepts connections.

    Raises:
        StartError: it can't be started, ended, or took more than a minute.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                command.arguments,
                cwd=command.folder,
                env=plain_environment() | dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A ctrl-C is ours: we then end each server by its id.
                start_new_session=True,
            )
    except OSError as error:
        raise StartError(str(error)) from error
    until = time.monotonic() + START_LIMIT
    try:
        while time.monotonic() < until and process.poll() is None:
            printed = printed_endpoint(log.read_text(errors="replace"))
            endpoint = command.endpoint or printed
            if endpoint and accepts(endpoint):
                return Server(name, endpoint, process)
            time.sleep(0.02)
    except KeyboardInterrupt:
        Server(name, "", process).stop()
        raise
    reason = f"it answered nothing for {START_LIMIT:.0f} s"
    if process.poll() is not None:
        said = log.read_text(errors="replace").strip().splitlines()
        reason = f"it ended with status {process.returncode}"
        reason += f": {said[-1][:200]}" if said else ""
    Server(name, "", process).stop()
    raise StartError(reason)


def printed_endpoint(output: str) -> str | None:
    """The endpoint in what a server printed."""
    found = PRINTED_ENDPOINT.search(output)
    return found.group(1) if found else None
