"""Starts the processes of execution environments, and looks after their end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from grader.cloud import isolation

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


# As this process found them; the lab's own threads may share one of them.
_PROCESSORS = (
    os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else frozenset[int]()
)


def _use_all_processors() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, _PROCESSORS)


@dataclass(frozen=True)
class Launch:
    """What is to be started: behind walls if ``read_only`` mounts are given.

    ``output`` is the file descriptor for stdout and stderr, ``keep`` are those that
    are inherited as well; ``ephemeral_size`` is in MB.
    """

    command: Sequence[str]
    variables: Mapping[str, str]
    folder: str
    output: int
    keep: Sequence[int]
    read_only: Mapping[str, str] | None
    ephemeral_size: int


class Process:
    """One environment's process group: the runtime and all that it starts."""

    def __init__(self, popen: subprocess.Popen[bytes], info: int | None) -> None:
        self._popen = popen
        self._info = info
        self._written = b""
        self._init: int | None = None
        self._status: int | None = None
        self._root: int | None = None if info is not None else popen.pid

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
        for fd in (self._info, self._status):
            if fd is not None:
                os.close(fd)
        self._info = self._status = None

    def peak_memory(self) -> int:
        """The most memory that the runtime itself has used so far, in bytes."""
        root = self._runtime()
        if root is None:
            return 0
        if sys.platform != "linux":
            return _memory_elsewhere(root)
        if self._status is None:
            with contextlib.suppress(OSError):
                self._status = os.open(f"/proc/{root}/status", os.O_RDONLY)
        if self._status is None:
            return 0
        # Read at every invocation: a file that stays open is half the time.
        try:
            return _kib(os.pread(self._status, 4096, 0), b"VmHWM:") * 1024
        except ProcessLookupError:
            return 0

    def memory(self) -> int:
        """What the runtime and its children use now, in bytes."""
        root = self._runtime()
        if root is None:
            return 0
        if sys.platform != "linux":
            return _memory_elsewhere(root)
        total = _status_kib(root, b"VmRSS:")
        for child in _descendants(root):
            total += _proportional_kib(child)
        return total * 1024

    def _signal(self, number: int) -> None:
        if self._popen.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, number)

    def _runtime(self) -> int | None:
        if self._root is None and self._info is not None:
            with contextlib.suppress(BlockingIOError):
                # bubblewrap writes it in pieces.
                self._written += os.read(self._info, 4096)
            if self._init is None:
                with contextlib.suppress(ValueError):
                    # Its child is the first process of the namespace.
                    self._init = json.loads(self._written)["child-pid"]
            if self._init is not None:
                # The runtime is the child of that, once it is there.
                self._root = next(iter(_children(self._init)), None)
        return self._root


class Launcher:
    """Starts processes, all from one thread that lives as long as the lab.

    bubblewrap's ``--die-with-parent`` ends a process with the *thread* that
    started it.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(
            1, thread_name_prefix="lab-launcher", initializer=_use_all_processors
        )
        self._undertaker: subprocess.Popen[str] | None = None
        self._telling = threading.Lock()

    def start(self, launch: Launch) -> Process:
        return self._thread.submit(self._start, launch).result()

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


def _status_kib(pid: int, field: bytes) -> int:
    try:
        return _kib(Path(f"/proc/{pid}/status").read_bytes(), field)
    except OSError:
        return 0


def _kib(status: bytes, field: bytes) -> int:
    _, found, rest = status.partition(field)
    return int(rest.split(None, 1)[0]) if found else 0


def _proportional_kib(pid: int) -> int:
    # A forked child shares most pages with its parent: only its part counts.
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_bytes()
    except OSError:
        return 0
    _, found, rest = rollup.partition(b"\nPss:")
    return int(rest.split(None, 1)[0]) if found else 0


def _memory_elsewhere(pid: int) -> int:
    """The same in bytes where there is no /proc: resident, so shared pages twice."""
    import psutil

    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(one.memory_info().rss for one in family)
    return 0


def _children(pid: int) -> Iterator[int]:
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            text = Path(f"/proc/{pid}/task/{task}/children").read_bytes()
            yield from map(int, text.split())
    except OSError:
        return


def _descendants(pid: int) -> Iterator[int]:
    for child in _children(pid):
        yield child
        yield from _descendants(child)
