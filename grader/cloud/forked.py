"""Environments of Python that are forked from a warm runtime, behind bubblewrap.

A new interpreter takes most of a cold start before the function's first line. A fork of
one that has come so far, and that has imported nothing else, does not.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable

from grader.cloud import isolation
from grader.cloud.process_memory import Foreign, ProcessMemory
from grader.cloud.processes import Launch, Launcher, Process
from grader.cloud.spares import Spare, Spares
from grader.cloud.standing_walls import StandingWalls
from grader.cloud.starvation import runs, starved
from grader.cloud.warm_python import BARE
from grader.errors import ForkFailed
from grader.forkserver import NOTHING, Child, ForkServer

_PROGRAM = (sys.executable, "-P", "-m", "grader.cloud.warm_python", BARE)
_TASK = "/var/task"
# Seconds that a spare process waits; then it ends by itself, however its lab is.
_PATIENCE = 2.0
# How many environments are executed after a fork that failed; then twice as many.
_SKIP = 4


class ForkedProcess:
    """One environment: see `environment.Running`."""

    def __init__(self, child: Child, leash: int, foreign: Foreign) -> None:
        """``leash`` is the end of a pipe; all behind the walls ends with it."""
        self._child = child
        self._leash = leash
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
        self._child.kill()

    def kill(self) -> None:
        if not self._closed:
            self._closed = True
            self._child.close()
            os.close(self._leash)
            self._memory.close()
            self._foreign.close()

    def peak_memory(self) -> int:
        return self._memory.peak() if self._knows_its_own() else 0

    def memory(self) -> int:
        return self._memory.now() if self._knows_its_own() else 0

    def starved(self) -> float:
        """Seconds that it waited for a processor so far."""
        return starved(self._child.pid)

    def runs(self) -> bool:
        """Whether anything in it runs, or would if it had a processor."""
        return runs(self._child.pid)

    def _knows_its_own(self) -> bool:
        size = self._foreign.size(self._child.pid)
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
        self._walls = StandingWalls(self._launcher.do)
        self._spares = Spares()
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
                forked = self._spared(launch) or self._fork(self._warm, launch)
                self._skip_next = _SKIP
                return forked
            except ForkFailed as failure:
                self._failed(failure)
        process = self._launcher.start(launch)
        if forkable:
            self._warm_up()
        return process

    def expect(self, launch: Launch) -> None:
        """Begin to make a spare process for one that will be started like this."""
        if (
            not launch.forkable
            or self._given_up
            or self._skip
            or self._warm is None
            or not self._warm.is_ready()
            or not self._spares.has_room()
        ):
            return
        # Whoever starts it then learns what is wrong.
        with contextlib.suppress(ForkFailed):
            self._spares.add(_behind(launch), self._spare(self._warm, launch))

    def forgo(self, launch: Launch) -> None:
        """Say that what was expected won't be started."""
        self._spares.forgo(_behind(launch))

    def ended(self, process: Process | ForkedProcess) -> None:
        """Say that a process was killed, so that nobody has to look after it."""
        if isinstance(process, Process):
            self._launcher.ended(process)

    def close(self) -> None:
        """End the warm runtime, too."""
        with self._warming:
            self._given_up = True
            self._spares.close()
            if self._warm is not None:
                self._warm.close()
        self._walls.close()
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

    def _spared(self, launch: Launch) -> ForkedProcess | None:
        spare = self._spares.take(_behind(launch))
        if spare is None:
            return None
        foreign = Foreign()
        try:
            fds = [launch.output, *launch.keep, foreign.descriptor]
            child, leash = spare.become(_program(launch), fds)
        except BaseException as failure:
            foreign.close()
            if isinstance(failure, ForkFailed):
                # It was to save time, no more.
                return None
            raise
        return ForkedProcess(child, leash, foreign)

    def _spare(self, warm: ForkServer, launch: Launch) -> Spare:
        patience = _PATIENCE
        waiting = self._walls.waiting(launch)
        gate, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        end, leash = os.pipe()
        try:
            birth = warm.begin(
                {"spare": patience, "walls": _walls(launch)},
                [theirs.fileno(), end, waiting],
            )
        except BaseException:
            os.close(leash)
            gate.close()
            raise
        finally:
            theirs.close()
            os.close(end)
            os.close(waiting)
        return Spare(birth, gate, leash, patience=patience)

    def _fork(self, warm: ForkServer, launch: Launch) -> ForkedProcess:
        order = {**_program(launch), "walls": _walls(launch)}
        waiting = self._walls.waiting(launch)
        foreign = Foreign()
        theirs, leash = os.pipe()
        try:
            child = warm.fork(
                order,
                [launch.output, *launch.keep, foreign.descriptor, theirs, waiting],
            )
        except BaseException:
            os.close(leash)
            foreign.close()
            # Perhaps it's they that fell.
            self._walls.forget(launch)
            raise
        finally:
            os.close(theirs)
            os.close(waiting)
        return ForkedProcess(child, leash, foreign)


def _program(launch: Launch) -> dict[str, object]:
    """What a process is to be, once it is behind its walls."""
    return {
        "variables": dict(launch.variables),
        "folder": _TASK,
        "command": list(launch.command),
        "anew": False,
    }


def _walls(launch: Launch) -> dict[str, int | bool]:
    """What is its own behind walls that are a copy."""
    proc = "--proc" in isolation.namespaces().command
    return {"/tmp": launch.ephemeral_size * 1024 * 1024, "/proc": proc}


def _behind(launch: Launch) -> object:
    """What makes walls the same for two processes."""
    assert launch.read_only is not None
    return frozenset(launch.read_only.items()), launch.ephemeral_size
