"""The kernel's program: in a forked, sandboxed child, it runs the cells it is sent.

Over its socket come lines of JSON: `{"files": {name: base64}}`, to be written before
any cell; `{"run": token, "source": …}`, with `"examined": true` where it is to find
the pristine `check`; or, with a wire of its own for the fork,
`{"run": token, "fork": true, "waits": …}`, where a fork that waits is answered for
when it has begun to wait. Back go lines `[type, content]` with the messages of
Jupyter's protocol, and at the end `["reply", {"run": token, …}]`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import mmap
import os
import random
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import grader
from grader import client_parts, service_models, session_events
from grader.grading import pristine
from grader.grading.kernels import pools, shell, streams, waiting
from grader.grading.kernels.files import Files
from grader.grading.kernels.judging import Originals, judge
from grader.sandbox import Isolation, Policy, enter

SERVICES = ("dynamodb", "events", "iam", "lambda", "logs", "s3", "sns", "sqs", "sts")
"""Those that most notebooks call: boto3's models of them are read in advance."""
MESSAGE_LIMIT = 16_000_000
"""Bytes of one message; the grader cuts much shorter."""
_OURS = "grader.grading"
_RESERVE = 16_000_000
"""Bytes that a learner's cells can't fill up: what goes on between them takes some, and
so do tests in forks."""
_chances, _take_chances = random.getstate, random.setstate
"""Bound before a learner can patch them."""
_kernel: Any = None
_attaching: Callable[[str], Any] | None = None
"""See `pristine`; imported in advance where kernels are forked."""


def prepare() -> None:
    """In the warm process: make the kernel that every child will have."""
    global _kernel
    _kernel = shell.new_kernel()
    shell.warm_up(_kernel)
    session_events.share()
    service_models.share()
    client_parts.share()
    service_models.read_as_boto3(SERVICES, resources=("dynamodb", "s3"))


def prepare_check() -> None:
    """In the warm process: import what test cells call, for them alone."""
    global _attaching
    _attaching = pristine.attaching()


def rehearse() -> None:
    """In a throw-away child: import what cells make IPython import when they run."""
    for cell in ("!true", "%%time\n1", "%%capture\nprint(1)", "1/0", "await None"):
        _kernel.shell.run_cell(cell)


def live(order: dict[str, Any], fds: list[int]) -> int:
    """Be one submission's kernel until the socket closes.

    `fds`: the socket, the writing ends of stdout and stderr, and the descriptors of
    the sandbox's network.
    """
    wire = socket.socket(fileno=fds[0])
    pipes = streams.join(fds[1], fds[2])
    if walls := order["sandbox"]:
        enter(
            Policy.from_json(walls["policy"]),
            Isolation.from_json(walls["isolation"]),
            fds[3:],
            keep=(wire.fileno(),),
        )
    if _kernel is None:
        prepare()
    _hide()
    # Last: a learner's moto.py must not take the library's place.
    sys.path.append("")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop.run_until_complete(Program(wire, pipes).serve(loop))


def _hide() -> None:
    """Keep the grader's own modules from being found by their names, and patched."""
    for name in [name for name in sys.modules if name.startswith(_OURS)]:
        del sys.modules[name]
    delattr(grader, _OURS.rpartition(".")[2])


class Program:
    """One kernel's conversation with the grader."""

    def __init__(self, wire: socket.socket, pipes: streams.Pipes) -> None:
        self._wire = wire
        self._come = bytearray()
        """What has come over it and wasn't read yet."""
        self._fds: list[int] = []
        """The same of descriptors."""
        self._pipes = pipes
        self._pid = os.getpid()
        self._folders = _own_folders()
        self._files: Files | None = None
        self._namespace: dict[str, Any] = _kernel.shell.user_ns

    async def serve(self, loop: asyncio.AbstractEventLoop) -> int:
        """Run cells as they come; returns the exit status."""
        shell.wake(_kernel, self._tell)
        # After what that imports, and before a learner's first cell.
        self._originals = Originals()
        # An interrupt that comes when its cell has just ended is nobody's.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._wire.setblocking(False)
        self._tell("hello", {})
        while order := await self._order(loop):
            if "files" in order:
                _write(order["files"])
                continue
            if order.get("fork"):
                self._fork(order, self._fds.pop())
                continue
            if order.get("examined"):
                self._attach()
            await self._run(order["run"], order["source"])
            if os.getpid() != self._pid:
                # A child that a cell forked and forgot must not answer for its parent.
                self._pipes.settle()
                os._exit(0)
            if _kernel.shell.exit_now:
                break
        return 0

    async def _order(self, loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
        """The next one; empty when the grader has gone."""
        seen = 0
        while (end := self._come.find(b"\n", seen)) < 0:
            seen = len(self._come)
            await _readable(loop, self._wire)
            chunk, fds, _, _ = socket.recv_fds(self._wire, 1 << 20, 1)
            if not chunk:
                return {}
            self._come += chunk
            self._fds += fds
        order: dict[str, Any] = json.loads(self._come[:end])
        del self._come[: end + 1]
        return order

    async def _run(self, token: str, source: str) -> None:
        self._pipes.mend()
        _kernel.set_parent([], _kernel.session.msg("execute_request"))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with _reserve():
                reply = await _kernel.do_execute(
                    source, False, True, {}, False, cell_meta={}, cell_id=token
                )
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        if os.getpid() == self._pid and not _kernel.shell.exit_now:
            told = {"run": token, "count": reply["execution_count"]}
            self._tell("reply", told)

    def _fork(self, order: dict[str, Any], fd: int) -> None:
        """Have a test cell run in a fork, until its end or until it waits."""
        self._pipes.settle()
        self._has_threads = threading.active_count() > 1
        self._seeded = _chances()
        if order["waits"]:
            self._files = Files(self._folders, self._files)
            waiting.fork(
                lambda wait: self._judge(order, fd, wait), is_orphan=order["orphan"]
            )
        else:
            pid = os.fork()
            if pid == 0:
                self._judge(order, fd, lambda: lambda: None)
            with contextlib.suppress(ChildProcessError):  # a learner's handler has
                os.waitpid(pid, 0)
        os.close(fd)
        count = _kernel.shell.execution_count
        self._tell("reply", {"run": order["run"], "count": count})

    def _judge(
        self, order: dict[str, Any], fd: int, wait: Callable[[], object]
    ) -> NoReturn:
        """Be the fork."""
        # Python seeds the generator anew in a fork: a seed that a cell has set holds.
        _take_chances(self._seeded)
        self._wire.close()
        self._wire = socket.socket(fileno=fd)
        _kernel.session.pid = os.getpid()
        if self._has_threads:
            pools.begin_anew()
        originals: Originals | None = self._originals
        if order["examined"]:
            originals = None
            self._attach()

        def pause() -> Callable[[], None]:
            files = Files(self._folders, self._files)
            self._tell("paused", {})
            wait()
            return files.put_back

        judge(self._wire, originals, self._namespace, self._tell, pause)

    def _attach(self) -> None:
        self._namespace[pristine.NAME] = _attaching or pristine.attaching()

    def _tell(self, kind: str, content: dict[str, Any]) -> None:
        self._pipes.settle()
        line = json.dumps([kind, content], default=str).encode() + b"\n"
        if len(line) > MESSAGE_LIMIT:
            line = json.dumps(["cut", {"bytes": len(line)}]).encode() + b"\n"
        while line:
            try:
                line = line[self._wire.send(line) :]
            except BlockingIOError:
                _writable(self._wire)


@contextlib.contextmanager
def _reserve() -> Iterator[None]:
    """Keep memory from a cell, while it runs; where none is left, it runs without."""
    with contextlib.ExitStack() as kept:
        with contextlib.suppress(OSError):
            # Nothing is written there, so that it takes no memory, but counts as such.
            kind = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
            kept.enter_context(mmap.mmap(-1, _RESERVE, kind))
        yield


def _own_folders() -> tuple[str, ...]:
    """Where a learner's files are: here, and temporary ones in a place of their own."""
    return tuple(dict.fromkeys(filter(None, [os.getcwd(), os.environ.get("TMPDIR")])))


def _writable(wire: socket.socket) -> None:
    import select

    select.select([], [wire], [])


async def _readable(loop: asyncio.AbstractEventLoop, wire: socket.socket) -> None:
    come = loop.create_future()

    def found() -> None:
        if not come.done():
            come.set_result(None)

    loop.add_reader(wire, found)
    try:
        await come
    finally:
        loop.remove_reader(wire)


def _write(files: dict[str, str]) -> None:
    for name, content in files.items():
        path = Path(name)
        # A name that no disk takes is its learner's loss, and no reason not to start.
        with contextlib.suppress(OSError, ValueError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(content))
