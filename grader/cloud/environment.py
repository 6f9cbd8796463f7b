"""An execution environment: one process that runs one function, one event at a time.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import socket
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from grader.cloud.late_calls import LateCalls
from grader.cloud.lineage import root_of
from grader.cloud.log_output import LogOutput
from grader.cloud.log_streams import LogStream
from grader.cloud.processes import Launch
from grader.cloud.runtime_api import Call, Failure, Next, Response, RuntimeAPI

# How often a running environment is looked at, in seconds.
_TICK = 0.01
_PIPE_SIZE = 1024 * 1024
# How much longer than its timeout a function may run for want of a processor, in
# seconds: its own threads may have taken it, too.
_STARVED = 20.0
# Its successor is made ready so many seconds before its credentials end, if the lab's
# clock is moved on as it was: else there's time enough to start it when it's needed.
_AHEAD = 0.3
# How long the runtime may take to ask for more after it answered, in seconds.
_AFTERWARDS = 0.5


@dataclass(frozen=True)
class Plan:
    """All that is needed to start an environment's process.

    ``variables`` lacks only ``AWS_LAMBDA_RUNTIME_API``; ``memory_size`` and
    ``ephemeral_size`` are in MB; ``read_only`` is None where there are no
    namespaces, and then it reads the folders and files ``needed``, by any name;
    ``credentials_until`` is epoch seconds of lab time.
    """

    runtime: str
    command: tuple[str, ...]
    variables: Mapping[str, str]
    folder: str
    read_only: Mapping[str, str] | None
    needed: Mapping[str, str]
    memory_size: int
    ephemeral_size: int
    clock_file: Path
    credentials_until: float


@dataclass(frozen=True)
class TimedOut:
    """The environment didn't answer in time."""


@dataclass(frozen=True)
class OutOfMemory:
    """The environment used more than its memory size."""


@dataclass(frozen=True)
class Exited:
    """The runtime's process ended; ``status`` is negative for a signal."""

    status: int


Outcome = Call | TimedOut | OutOfMemory | Exited


class Running(Protocol):
    """An environment's processes: the runtime and all that it starts."""

    def exit_status(self) -> int | None:
        """None while it runs; negative for a signal; as the runtime ended."""

    def freeze(self) -> None:
        """Stop them, until ``thaw``."""

    def thaw(self) -> None:
        """Let them go on."""

    def end(self) -> None:
        """End them soon."""

    def kill(self) -> None:
        """End them, and wait until they have ended."""

    def peak_memory(self) -> int:
        """The most memory that the runtime itself has used so far, in bytes."""

    def memory(self) -> int:
        """What the runtime and its children use now, in bytes."""

    def starved(self) -> float:
        """Seconds that they waited for a processor so far."""

    def runs(self) -> bool:
        """Whether any of them runs, or would if it had a processor."""


class Launching(Protocol):
    """Starts the processes of environments, behind walls or not."""

    @property
    def isolated(self) -> bool:
        """Whether environments have folders of their own."""

    def listener(self) -> socket.socket:
        """A socket for an environment's Runtime API, on any port."""

    def start(self, launch: Launch) -> Running:
        """Start one."""

    def expect(self, launch: Launch) -> None:
        """Make ready for one that will soon be started with the same mounts.

        Its variables and descriptors may be others then.
        """

    def forgo(self, launch: Launch) -> None:
        """Say that what was expected won't be started."""

    def ended(self, process: Any) -> None:
        """Say that a process was killed, so that nobody has to look after it."""

    def close(self) -> None:
        """End what starting them needs."""


class Environment:
    """Started cold, kept warm, frozen between invocations, killed when it must be."""

    def __init__(
        self, plan: Plan, launcher: Launching, log: LogStream, late_calls: LateCalls
    ) -> None:
        self._plan = plan
        self._late_calls = late_calls
        self._access_key_id = plan.variables["AWS_ACCESS_KEY_ID"]
        self._launcher = launcher
        self._process: Running | None = None
        self._launch: Launch | None = None
        self._expecting = False
        self._api: RuntimeAPI | None = None
        self._output_fd = -1
        self._output = LogOutput()
        self._calls: deque[Call] = deque()
        self._events: list[tuple[int, str]] = []
        self._peak = 0
        self._ending = False
        self._deadline = 0.0
        self._answered = False
        self.log = log
        self.idle_since = 0.0
        self.rested = 0.0
        self._starved: float | None = None
        """Seconds that it had waited for a processor when it was seen to run on."""
        self._made, self._made_really = time.time(), time.perf_counter()
        self.frozen = False

    @property
    def initialization_type(self) -> str:
        """``on-demand`` or ``provisioned-concurrency``."""
        return self._plan.variables["AWS_LAMBDA_INITIALIZATION_TYPE"]

    @property
    def provisioned(self) -> bool:
        return self.initialization_type != "on-demand"

    @property
    def credentials_until(self) -> float:
        """When the role's credentials in it end, in epoch seconds of lab time."""
        return self._plan.credentials_until

    def note(self, text: str) -> None:
        """Add a line of the platform's own to the log, at its place."""
        self._events.append((int(time.time() * 1000), text))

    def written(self) -> list[tuple[int, str]]:
        """Take the log events since the last call; the log stream gets them too."""
        events, self._events = self._events, []
        self.log.write(events)
        return events

    @property
    def max_memory_used(self) -> int:
        """The most that this environment has used, in whole MB."""
        return max(1, -(-self._peak // (1024 * 1024)))

    def start(self, timeout: float) -> Outcome:
        """Start the process and wait until it asks for its first event (INIT)."""
        self.kill()
        self.frozen = False
        self._api = api = RuntimeAPI(self._launcher.listener())
        read, write = os.pipe()
        os.set_blocking(read, False)
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                fcntl.fcntl(read, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        clock = os.open(self._plan.clock_file, os.O_RDONLY | os.O_CLOEXEC)
        self._output_fd = read
        self._output.begin()
        try:
            self._launch = Launch(
                command=self._plan.command,
                variables={
                    **self._plan.variables,
                    "AWS_LAMBDA_RUNTIME_API": api.address,
                    "_LAMBDA_TELEMETRY_LOG_FD": str(write),
                    "_LAB_CLOCK_FD": str(clock),
                },
                folder=self._plan.folder,
                output=write,
                keep=[clock],
                read_only=self._plan.read_only,
                needed=self._plan.needed,
                memory_size=self._plan.memory_size,
                ephemeral_size=self._plan.ephemeral_size,
                runtime=self._plan.runtime,
                port=api.port,
            )
            self._process = self._launcher.start(self._launch)
        finally:
            os.close(write)
            os.close(clock)
        if self._ending:
            self._process.end()
        api.watch(read)
        outcome = self._wait(time.perf_counter() + timeout)
        self._drain()
        self._finish()
        return self._unless_over_memory(outcome)

    def invoke(
        self, headers: Mapping[str, str], event: bytes, timeout: float
    ) -> tuple[Outcome, float]:
        """Hand over one event; give what became of it and its duration in ms."""
        assert self._process is not None and self._api is not None
        self._output.begin()
        trace = root_of(headers.get("Lambda-Runtime-Trace-Id"))
        self._late_calls.begins(self._access_key_id, trace)
        if self.frozen:
            self.frozen = False
            self._process.thaw()
        started = time.perf_counter()
        self._api.send(headers, event)
        self._deadline = started + timeout
        outcome = self._wait(self._deadline)
        if isinstance(outcome, Response):
            self._late_calls.answered(self._access_key_id, outcome.ended)
        duration = (time.perf_counter() - started) * 1000
        self._answered = isinstance(outcome, Response | Failure)
        if not self._answered:
            self._drain()
        self._finish()
        return self._unless_over_memory(outcome), duration

    def rest(self) -> bool:
        """Wait until the runtime asks for the next event.

        Returns whether the environment can be kept warm.
        """
        if self._process is None:
            return False
        if self._answered:
            patience = max(self._deadline, time.perf_counter() + _AFTERWARDS)
            if not isinstance(self._wait(patience), Next):
                return False
            self._answered = False
        self.rested, self._starved = time.perf_counter(), None
        return True

    def foresee(self) -> None:
        """Have a successor made ready if the credentials are about to end."""
        if self._expecting or self._launch is None or self.provisioned:
            return
        now, really = time.time(), time.perf_counter() - self._made_really
        # As far as the clock has come in that time, it goes on.
        if 0 < (self.credentials_until - now) * really <= _AHEAD * (now - self._made):
            self._expecting = True
            self._launcher.expect(self._launch)

    def retire(self) -> None:
        """End it, and have no successor."""
        if self._expecting and self._launch is not None:
            self._launcher.forgo(self._launch)
        self.kill()

    def runs(self, patience: float = math.inf) -> bool:
        """Whether anything in it runs, or would if it had a processor.

        Not what does so for `patience` seconds after its answer; those without a
        processor don't count.
        """
        if self._process is None or not self._process.runs():
            return False
        starved = self._process.starved()
        if self._starved is None:
            self._starved = starved
        took = time.perf_counter() - self.rested - (starved - self._starved)
        return took < patience

    def freeze(self) -> None:
        """Stop the clock of every process in it, until the next invocation."""
        if self._process is not None and not self.frozen:
            self.frozen = True
            self._process.freeze()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.exit_status() is None

    def end_soon(self) -> None:
        """End the process from another thread; whoever waits for it cleans up."""
        self._ending = True
        if self._process is not None:
            self._process.end()

    def kill(self) -> None:
        """End the process and whatever it started; it can be started again."""
        if self._process is not None:
            self._process.kill()
            self._late_calls.ended(self._access_key_id)
            self._launcher.ended(self._process)
            self._process = None
            self._drain()
        if self._api is not None:
            self._api.close()
            self._api = None
            os.close(self._output_fd)
        self._calls.clear()

    def _finish(self) -> None:
        for text in self._output.rest():
            self.note(text)
        if self._process is not None:
            self._peak = max(self._peak, self._process.peak_memory())

    def _unless_over_memory(self, outcome: Outcome) -> Outcome:
        if self._peak > self._plan.memory_size * 1024 * 1024:
            self.kill()
            return OutOfMemory()
        return outcome

    def _wait(self, deadline: float) -> Outcome:
        assert self._process is not None and self._api is not None
        poll = self._api.poll
        look = time.perf_counter() + _TICK
        end = deadline
        while True:
            if self._calls:
                return self._calls.popleft()
            now = time.perf_counter()
            if now >= end:
                # Rarely asked: what it lost before this event is given back, too.
                end = deadline + min(_STARVED, self._process.starved())
            if now >= look:
                look = now + _TICK
                self._peak = max(self._peak, self._process.memory())
                if self._peak > self._plan.memory_size * 1024 * 1024:
                    return OutOfMemory()
            if now >= end:
                return TimedOut()
            wait = max(0.0, min(end, look) - now)
            for fd, _ in poll.poll(wait * 1000):
                if fd == self._output_fd:
                    if not self._read_output():
                        self._api.unwatch()
                else:
                    self._calls.extend(self._api.calls(fd))
            if not self._calls:
                status = self._process.exit_status()
                if status is not None:
                    self._drain()
                    return Exited(status)

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._read_output():
                pass

    def _read_output(self) -> bool:
        """Read once; False at the end of the pipe."""
        data = os.read(self._output_fd, _PIPE_SIZE)
        for text in self._output.feed(data):
            self.note(text)
        return bool(data)
