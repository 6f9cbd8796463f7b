"""Walls that bubblewrap has built, which stand for the environments of a function.

To build them takes longer than anything else of starting a forked environment. Each
gets a copy, see `warm_python.joining`.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import threading
from collections import OrderedDict
from collections.abc import Callable

from grader.cloud import isolation
from grader.cloud.processes import Launch
from grader.errors import ForkFailed

# Says again what it's told, so that the walls stand, and ends with the lab, whose end
# of the pipe is closed then.
_WAITS = ("/bin/cat",)
# For so many functions, at most: two small processes each. Those that weren't used for
# longest fall.
_STANDING = 16


class StandingWalls:
    """Those of a lab, by what is to be seen behind them."""

    def __init__(
        self, do: Callable[[Callable[[], _Walls]], _Walls], *, standing: int = _STANDING
    ) -> None:
        """``do`` calls something in a thread that lives as long as the lab."""
        self._do = do
        self._standing = standing
        self._lock = threading.Lock()
        self._walls: OrderedDict[object, _Walls] = OrderedDict()

    def waiting(self, launch: Launch) -> int:
        """A descriptor, to be closed, of a process behind walls as they're wanted.

        Raises:
            ForkFailed: they can't be built, or the kernel has no such descriptors.
        """
        seen = _seen(launch)
        with self._lock:
            if seen not in self._walls:
                self._walls[seen] = self._do(functools.partial(_build, launch))
            self._walls.move_to_end(seen)
            walls = self._walls[seen]
            surplus = None
            if len(self._walls) > self._standing:
                _, surplus = self._walls.popitem(last=False)
        if surplus is not None:
            surplus.close()
        try:
            return walls.waiting()
        except ForkFailed:
            self.forget(launch)
            raise

    def forget(self, launch: Launch) -> None:
        """Build others the next time."""
        with self._lock:
            walls = self._walls.pop(_seen(launch), None)
        if walls is not None:
            walls.close()

    def close(self) -> None:
        with self._lock:
            walls = list(self._walls.values())
            self._walls.clear()
        for one in walls:
            one.close()


def _seen(launch: Launch) -> object:
    assert launch.read_only is not None
    return frozenset(launch.read_only.items())


class _Walls:
    """What bubblewrap has built around a process that waits there."""

    def __init__(self, popen: subprocess.Popen[bytes], info: int) -> None:
        self._popen = popen
        self._info = info
        self._lock = threading.Lock()
        self._waiting: int | None = None
        self._closed = False

    def waiting(self) -> int:
        """A descriptor of the process inside, once the walls stand.

        Raises:
            ForkFailed: they don't, or the kernel has no such descriptors.
        """
        with self._lock:
            if self._closed:
                raise ForkFailed("the walls fell")
            if self._waiting is None:
                self._waiting = self._found()
            return os.dup(self._waiting)

    def close(self) -> None:
        """Nothing is copied from here any more."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._popen.kill()
            for stream in (self._popen.stdin, self._popen.stdout):
                if stream is not None:
                    stream.close()
            self._popen.wait()
            os.close(self._info)
            if self._waiting is not None:
                os.close(self._waiting)

    def _found(self) -> int:
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


def _build(launch: Launch) -> _Walls:
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
    return _Walls(popen, info)
