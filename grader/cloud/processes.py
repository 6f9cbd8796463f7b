"""Starts the processes of execution environments, and looks after their end."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from grader.cloud import isolation, runtimes
from grader.cloud.environment_variables import Folders, interpreter_variables
from grader.cloud.process_memory import ProcessMemory, children
from grader.cloud.starvation import runs, starved

# Kills the process groups it was told of when the lab's end of its pipe closes,
# however the lab ended. Bubblewrap does that by itself.
_UNDERTAKER = """
import os, signal, sys
groups = set()
for line in sys.stdin:
    sign, group = line[0], int(line[1:])
    groups.add(group) if sign == "+" else groups.discard(group)
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass
"""


_T = TypeVar("_T")

# They matter before an interpreter runs anything.
_FOR_INTERPRETERS = ("GLIBC_", "LC_", "LD_", "MALLOC_", "PYTHON")

# As this process found them; the lab's own threads may share one of them.
_PROCESSORS = (
    os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else frozenset[int]()
)


def use_all_processors() -> None:
    """Let this thread, and what it starts, run wherever the lab might."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, _PROCESSORS)


@dataclass(frozen=True)
class Launch:
    """What is to be started: behind walls if ``read_only`` mounts are given.

    ``output`` is the file descriptor for stdout and stderr, ``keep`` are those that
    are inherited as well; sizes are in MB. ``needed`` are the paths that it reads
    where nothing is mounted, and ``port`` is its Runtime API's.
    """

    command: Sequence[str]
    variables: Mapping[str, str]
    folder: str
    output: int
    keep: Sequence[int]
    read_only: Mapping[str, str] | None
    needed: Mapping[str, str]
    memory_size: int
    ephemeral_size: int
    runtime: str
    port: int

    @property
    def forkable(self) -> bool:
        """Whether a warm Python, started as usual, may become what is launched."""
        if self.read_only is None or runtimes.family(self.runtime) != "python":
            return False
        usual = interpreter_variables(self.runtime, Folders())
        return all(
            usual.get(name) == value
            for name, value in self.variables.items()
            if name in usual or name.startswith(_FOR_INTERPRETERS)
        )


class Process:
    """One environment's process group: the runtime and all that it starts."""

    def __init__(self, popen: subprocess.Popen[bytes], info: int | None) -> None:
        self._popen = popen
        self._info = info
        self._written = b""
        self._init: int | None = None
        self._memory = None if info is not None else ProcessMemory(popen.pid)

    def exit_status(self) -> int | None:
        """None while it runs; negative for a signal; as the runtime ended."""
        status = self._popen.poll()
        # bubblewrap passes a signal on as a shell does: 128 and its number.
        if status is not None and status > 128 and self._info is not None:
            return 128 - status
        return status

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        self._signal(signal.SIGKILL)

    def kill(self) -> None:
        """End it and wait until it has ended."""
        self.end()
        self._popen.wait()
        if self._memory is not None:
            self._memory.close()
        if self._info is not None:
            os.close(self._info)
            self._info = None

    def peak_memory(self) -> int:
        """The most memory that the runtime itself has used so far, in bytes."""
        memory = self._runtime()
        return 0 if memory is None else memory.peak()

    def memory(self) -> int:
        """What the runtime and its children use now, in bytes."""
        memory = self._runtime()
        return 0 if memory is None else memory.now()

    def starved(self) -> float:
        """Seconds that it waited for a processor so far."""
        return starved(self._popen.pid)

    def runs(self) -> bool:
        """Whether anything in it runs, or would if it had a processor."""
        return runs(self._popen.pid)

    def _signal(self, number: int) -> None:
        if self._popen.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, number)

    def _runtime(self) -> ProcessMemory | None:
        if self._memory is None and self._info is not None:
            with contextlib.suppress(BlockingIOError):
                # bubblewrap writes it in pieces.
                self._written += os.read(self._info, 4096)
            if self._init is None:
                with contextlib.suppress(ValueError):
                    # Its child is the first process of the namespace.
                    self._init = json.loads(self._written)["child-pid"]
            if self._init is not None:
                # The runtime is the child of that, once it is there.
                root = next(children(self._init), None)
                self._memory = None if root is None else ProcessMemory(root)
        return self._memory


class Launcher:
    """Starts processes, all from one thread that lives as long as the lab.

    bubblewrap's ``--die-with-parent`` ends a process with the *thread* that
    started it.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(
            1, thread_name_prefix="lab-launcher", initializer=use_all_processors
        )
        self._undertaker: subprocess.Popen[str] | None = None
        self._telling = threading.Lock()

    @property
    def isolated(self) -> bool:
        """Whether environments have folders of their own."""
        return isolation.namespaces().available

    def listener(self) -> socket.socket:
        """A socket for an environment's Runtime API, on any port."""
        return socket.create_server(("127.0.0.1", 0))

    def start(self, launch: Launch) -> Process:
        return self.do(functools.partial(self._start, launch))

    def do(self, start: Callable[[], _T]) -> _T:
        """Start something else in that thread."""
        return self._thread.submit(start).result()

    def ended(self, process: Process) -> None:
        """Say that a process was killed, so that nobody has to look after it."""
        self._tell(f"-{process._popen.pid}\n")

    def close(self) -> None:
        if self._undertaker is not None and self._undertaker.stdin is not None:
            self._undertaker.stdin.close()
            self._undertaker.wait()
        self._thread.shutdown()

    def _start(self, launch: Launch) -> Process:
        info: int | None = None
        command, inherited = launch.command, [launch.output, *launch.keep]
        if launch.read_only is not None:
            info, info_write = os.pipe()
            os.set_blocking(info, False)
            inherited.append(info_write)
            command = isolation.wrapped(
                command,
                namespaces=isolation.namespaces(),
                read_only=launch.read_only,
                ephemeral_size=launch.ephemeral_size,
                info_fd=info_write,
            )
        try:
            popen = subprocess.Popen(
                command,
                env=dict(launch.variables),
                cwd=launch.folder,
                stdin=subprocess.DEVNULL,
                stdout=launch.output,
                stderr=launch.output,
                pass_fds=inherited,
                start_new_session=True,
            )
        finally:
            if info is not None:
                os.close(info_write)
        if launch.read_only is None:
            self._tell(f"+{popen.pid}\n")
        return Process(popen, info)

    def _tell(self, line: str) -> None:
        if self._undertaker is None:
            if line.startswith("-"):
                return
            self._undertaker = subprocess.Popen(
                [sys.executable, "-S", "-E", "-c", _UNDERTAKER],
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        assert self._undertaker.stdin is not None
        # Environments end in many threads, and a line must stay whole.
        with self._telling:
            self._undertaker.stdin.write(line)
            self._undertaker.stdin.flush()
