"""Environments of Python that are forked from a warm runtime, behind bubblewrap.

A new interpreter takes most of a cold start before the function's first line. A fork of
one that has come so far, and that has imported nothing else, does not.
"""

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
from collections.abc import Callable

from grader.cloud import isolation
from grader.cloud.process_memory import Foreign, ProcessMemory
from grader.cloud.processes import Launch, Launcher, Process
from grader.cloud.starvation import starved
from grader.cloud.warm_python import BARE
from grader.errors import ForkFailed
from grader.forkserver import NOTHING, Child, ForkServer

_PROGRAM = (sys.executable, "-P", "-m", "grader.cloud.warm_python", BARE)
# Says again what it's told, so that the walls stand, and ends with the lab, whose end
# of the pipe is closed then. It adopts orphans inside; as it says that it doesn't wait
# for any, the kernel buries them. (A shell can't say so: dash catches that signal.)
_WAITS = ("/usr/bin/env", "--ignore-signal=CHLD", "/bin/cat")
_TASK = "/var/task"
# How many environments are executed after a fork that failed; then twice as many.
_SKIP = 4


class Walls:
    """What bubblewrap has built around a process that waits there."""

    def __init__(self, popen: subprocess.Popen[bytes], info: int) -> None:
        self._popen = popen
        self._info = info

    def waiting(self) -> int:
        """A descriptor of the process inside, once the walls stand.

        Raises:
            ForkFailed: they don't, or the kernel has no such descriptors.
        """
        assert self._popen.stdin is not None and self._popen.stdout is not None
        try:
            self._popen.stdin.write(b"?")
            built = self._popen.stdout.read(1)
        except BrokenPipeError:
            built = b""
        if not built:
            raise ForkFailed("bubblewrap has built no walls")
        # It has written that before it built anything.
        inside = json.loads(os.read(self._info, 4096))["child-pid"]
        try:
            return os.pidfd_open(inside)
        except OSError as fault:
            raise ForkFailed(f"the process behind the walls: {fault}") from fault

    def fall(self) -> None:
        """Everything inside is killed soon."""
        with contextlib.suppress(ProcessLookupError):
            self._popen.kill()

    def close(self) -> None:
        """Everything inside is killed."""
        self.fall()
        for stream in (self._popen.stdin, self._popen.stdout):
            if stream is not None:
                stream.close()
        self._popen.wait()
        os.close(self._info)


class ForkedProcess:
    """One environment: see `environment.Running`."""

    def __init__(self, walls: Walls, child: Child, foreign: Foreign) -> None:
        self._walls = walls
        self._child = child
        self._foreign = foreign
        self._memory = ProcessMemory(child.pid)
        self._closed = False

    def exit_status(self) -> int | None:
        return self._child.exit_status()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        self._walls.fall()

    def kill(self) -> None:
        if not self._closed:
            self._closed = True
            self._walls.close()
            self._child.close()
            self._memory.close()
            self._foreign.close()

    def peak_memory(self) -> int:
        return self._memory.peak() if self._knows_its_own() else 0

    def memory(self) -> int:
        return self._memory.now() if self._knows_its_own() else 0

    def starved(self) -> float:
        """Seconds that it waited for a processor so far."""
        return starved(self._child.pid)

    def _knows_its_own(self) -> bool:
        size = self._foreign.size()
        if size is None:
            return False
        self._memory.foreign = size
        return True

    def _signal(self, number: int) -> None:
        if self.exit_status() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, number)


class ForkingLauncher:
    """Forks what it can; the second of Python brings up what others are forked from.

    That goes on beside whatever the lab does; until it's done, nothing is forked. A lab
    with one function, like many a test, does without.
    """

    def __init__(self) -> None:
        self._launcher = Launcher()
        self._warm: ForkServer | None = None
        self._warming = threading.Lock()
        self._given_up = False
        self._skip = 0
        """How many environments are executed before forking is tried again."""
        self._skip_next = _SKIP
        self.on_fail: Callable[[str], None] | None = None
        """Told once, in a sentence, that forking doesn't work."""
        self._executed = 0
        """How many environments weren't forked, but might have been."""

    @property
    def isolated(self) -> bool:
        """Whether environments have folders of their own."""
        return self._launcher.isolated

    def listener(self) -> socket.socket:
        """A socket for an environment's Runtime API, on any port."""
        return self._launcher.listener()

    def start(self, launch: Launch) -> Process | ForkedProcess:
        """Start one."""
        forkable = launch.forkable and not self._given_up
        if forkable and self._skip:
            self._skip -= 1
        elif forkable and self._warm is not None and self._warm.is_ready():
            try:
                forked = self._fork(self._warm, launch)
                self._skip_next = _SKIP
                return forked
            except ForkFailed as failure:
                self._failed(failure)
        process = self._launcher.start(launch)
        if forkable:
            self._warm_up()
        return process

    def ended(self, process: Process | ForkedProcess) -> None:
        """Say that a process was killed, so that nobody has to look after it."""
        if isinstance(process, Process):
            self._launcher.ended(process)

    def close(self) -> None:
        """End the warm runtime, too."""
        with self._warming:
            self._given_up = True
            if self._warm is not None:
                self._warm.close()
        self._launcher.close()

    def _failed(self, failure: ForkFailed) -> None:
        # A machine that was short of something may have it later; one that doesn't
        # allow it is asked ever more rarely.
        self._skip, self._skip_next = self._skip_next, 2 * self._skip_next
        tell, self.on_fail = self.on_fail, None
        if tell is not None:
            tell(
                "Environments of Python couldn't be forked from a warm interpreter "
                f"({failure}). They are started one by one instead, which takes "
                "longer; it is tried again later."
            )

    def _warm_up(self) -> None:
        with self._warming:
            self._executed += 1
            if self._executed == 2 and not self._given_up:
                start = functools.partial(ForkServer, NOTHING, program=_PROGRAM)
                try:
                    self._warm = self._launcher.do(start)
                except OSError:
                    # There is nothing that can't do without it.
                    self._given_up = True

    def _fork(self, warm: ForkServer, launch: Launch) -> ForkedProcess:
        walls = self._launcher.do(functools.partial(_build, launch))
        foreign = Foreign()
        try:
            waiting = walls.waiting()
            order = {
                "variables": dict(launch.variables),
                "folder": _TASK,
                "command": list(launch.command),
            }
            try:
                child = warm.fork(
                    order,
                    [launch.output, *launch.keep, foreign.descriptor, waiting],
                )
            finally:
                os.close(waiting)
        except BaseException:
            walls.close()
            foreign.close()
            raise
        return ForkedProcess(walls, child, foreign)


def _build(launch: Launch) -> Walls:
    assert launch.read_only is not None
    info, info_write = os.pipe()
    try:
        popen = subprocess.Popen(
            isolation.wrapped(
                _WAITS,
                namespaces=isolation.namespaces(),
                read_only=launch.read_only,
                ephemeral_size=launch.ephemeral_size,
                info_fd=info_write,
                first=True,
            ),
            env={},
            cwd="/",
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[info_write],
            start_new_session=True,
        )
    except BaseException:
        os.close(info)
        raise
    finally:
        os.close(info_write)
    return Walls(popen, info)
