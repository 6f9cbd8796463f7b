"""Execution environments behind the walls of the submission that they belong to.

They share its network, and nothing else of the machine: see `grader.sandbox`. Those of
Python are forked from a warm runtime where there is one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import select
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from grader.cloud.environment_variables import Folders
from grader.cloud.process_memory import Foreign, ProcessMemory, children
from grader.cloud.processes import Launch, use_all_processors
from grader.cloud.starvation import runs, starved
from grader.errors import ForkFailed
from grader.forkserver import Borrowed
from grader.sandbox import Isolation, Policy, command
from grader.sandbox.memory import program

_HOSTNAME = "169-254-0-1"
_TMP = "/tmp"
# Lambda has none, so `multiprocessing` fails there, too.
_NOT_THERE = ("/dev/shm",)
# Beyond the function's memory, in MB: it is the lab that sees that it has too much,
# and says so. What a warm parent has counts as well.
_HEADROOM = 768
_PROCESSES = 256
_FILES = 1024
# Of each process, in seconds: more than any timeout.
_CPU = 1800
_NOT_ITS_OWN = ("HOME", "TMPDIR", "JPY_PARENT_PID")


@dataclass(frozen=True)
class Sandbox:
    """Where a submission's functions run.

    ``network`` are the descriptors of its network, in which ``listen`` makes sockets
    and the lab answers at ``port``; ``warm`` is the warm Python runtime. Their unpacked
    code may take ``code_limit`` bytes of disk.
    """

    isolation: Isolation
    network: Sequence[int]
    listen: Callable[[], socket.socket]
    port: int
    warm: Borrowed | None
    code_limit: int


class _Keeper(Protocol):
    """The outermost process of a sandbox, on this machine, or its program itself."""

    @property
    def pid(self) -> int: ...
    def exit_status(self) -> int | None: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...


class _Executed:
    """A keeper that was started by its command line."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self._popen = popen
        self.pid = popen.pid

    def exit_status(self) -> int | None:
        return self._popen.poll()

    def kill(self) -> None:
        self._popen.kill()

    def close(self) -> None:
        self._popen.kill()
        self._popen.wait()


class SandboxedProcess:
    """One environment: see `processes.Process`, which has the same methods."""

    def __init__(
        self, keeper: _Keeper, foreign: Foreign | None, *, alone: bool = False
    ) -> None:
        """``foreign`` is where a forked runtime says what isn't its own.

        ``alone`` says that it has no keeper: it is the runtime that was started.
        """
        self._keeper = keeper
        self._foreign = foreign
        self._memory: ProcessMemory | None = None
        self._program: int | None = keeper.pid if alone else None
        self._first: int | None = None
        """A process descriptor of the sandbox's first process."""

    def exit_status(self) -> int | None:
        """None while it runs; negative for a signal; as the runtime ended."""
        return self._keeper.exit_status()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        self._keeper.kill()

    def kill(self) -> None:
        """End it and wait until it has ended."""
        self._found()
        self._keeper.close()
        if self._first is not None:
            select.select([self._first], [], [])
            os.close(self._first)
            self._first = None
        if self._memory is not None:
            self._memory.close()
        if self._foreign is not None:
            self._foreign.close()
            self._foreign = None

    def peak_memory(self) -> int:
        """The most memory that the runtime itself has used so far, in bytes."""
        memory = self._measured()
        return 0 if memory is None else memory.peak()

    def memory(self) -> int:
        """What the runtime and its children use now, in bytes."""
        memory = self._measured()
        return 0 if memory is None else memory.now()

    def starved(self) -> float:
        """Seconds that it waited for a processor so far."""
        return starved(self._keeper.pid)

    def runs(self) -> bool:
        """Whether anything in it runs, or would if it had a processor."""
        return runs(self._keeper.pid)

    def _signal(self, number: int) -> None:
        found = self._found()
        if found is not None and self.exit_status() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(found, number)

    def _measured(self) -> ProcessMemory | None:
        found = self._found()
        if found is None:
            return None
        if self._memory is None:
            self._memory = ProcessMemory(found)
        if self._foreign is not None:
            size = self._foreign.size(found)
            if size is None:
                return None
            self._memory.foreign = size
        return self._memory

    def _found(self) -> int | None:
        """The runtime, once it is there."""
        if self._program is None:
            first = next(children(self._keeper.pid), None)
            if first is not None:
                if self._first is None:
                    with contextlib.suppress(ProcessLookupError):
                        self._first = os.pidfd_open(first)
                self._program = program(self._keeper.pid)
        return self._program


class SandboxLauncher:
    """Starts environments of one submission."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        # Where that can be, what is forked is the program, and nothing waits above it.
        self._alone = self.isolated and bool(sandbox.isolation.facts.get("first"))
        self._thread = ThreadPoolExecutor(
            1, thread_name_prefix="lab-launcher", initializer=use_all_processors
        )

    @property
    def isolated(self) -> bool:
        """Whether environments have folders of their own."""
        return self._sandbox.isolation.tier == "strong"

    def listener(self) -> socket.socket:
        """A socket that listens inside, on any port."""
        return self._sandbox.listen()

    def start(self, launch: Launch) -> SandboxedProcess:
        policy = self._policy(launch)
        if self._sandbox.warm is not None and launch.read_only is not None:
            # A warm process that was lost is no reason to run nothing.
            with contextlib.suppress(ForkFailed):
                return self._fork(self._sandbox.warm, launch, policy)
        return self._thread.submit(self._execute, launch, policy).result()

    def expect(self, launch: Launch) -> None:
        """Nothing is made in advance: a submission may have few processes."""

    def forgo(self, launch: Launch) -> None:
        """Nothing was made."""

    def ended(self, process: SandboxedProcess) -> None:
        """Nobody else has to look after it: it ends with this process."""

    def close(self) -> None:
        self._thread.shutdown()
        if self._sandbox.warm is not None:
            self._sandbox.warm.close()

    def _policy(self, launch: Launch) -> Policy:
        return Policy(
            read_only=launch.read_only or launch.needed,
            masked=_NOT_THERE if self.isolated else (),
            folder=_TMP,
            disk=launch.ephemeral_size,
            memory=launch.memory_size + _HEADROOM,
            processes=_PROCESSES,
            cpu=_CPU,
            file_size=launch.ephemeral_size,
            files=_FILES,
            ports=(self._sandbox.port, launch.port),
            hostname=_HOSTNAME,
        )

    def _folder(self, launch: Launch) -> str:
        """Where the runtime starts; a launch names that of its outermost process."""
        return Folders().task if self.isolated else launch.folder

    def _fork(self, warm: Borrowed, launch: Launch, policy: Policy) -> SandboxedProcess:
        foreign = Foreign()
        try:
            child = warm.fork(
                {
                    "policy": policy.to_json(),
                    "isolation": self._sandbox.isolation.to_json(),
                    "variables": dict(launch.variables),
                    "folder": self._folder(launch),
                    "command": list(launch.command),
                    # Where the walls are what is forked, and the program isn't.
                    "anew": not launch.forkable,
                    "below": self._alone,
                },
                [
                    *(launch.output, *launch.keep, foreign.descriptor),
                    *self._sandbox.network,
                ],
            )
        except BaseException:
            foreign.close()
            raise
        return SandboxedProcess(child, foreign, alone=self._alone)

    def _execute(self, launch: Launch, policy: Policy) -> SandboxedProcess:
        # Without folders of their own they find theirs for temporary files so.
        left = _NOT_ITS_OWN if self.isolated else ("HOME", "JPY_PARENT_PID")
        argv = command(
            dataclasses.replace(policy, environment=dict(launch.variables)),
            self._sandbox.isolation,
            [
                "/usr/bin/env",
                *(f"--unset={name}" for name in left if name not in launch.variables),
                f"--chdir={self._folder(launch)}",
                *launch.command,
            ],
            network=self._sandbox.network,
            keep=(launch.output, *launch.keep),
        )
        popen = subprocess.Popen(
            argv,
            env={},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=launch.output,
            stderr=launch.output,
            pass_fds=(*self._sandbox.network, launch.output, *launch.keep),
            start_new_session=True,
        )
        return SandboxedProcess(_Executed(popen), None)
