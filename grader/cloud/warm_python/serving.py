"""The life of the warm runtime, and how a child of it becomes an environment."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NoReturn

from grader.cloud.warm_python import joining
from grader.cloud.warm_python.imports import Imports
from grader.cloud.warm_python.kept import Kept
from grader.forkserver import birth
from grader.forkserver.freezing import freeze
from grader.forkserver.server import Server
from grader.sandbox import (
    Isolation,
    Policy,
    enter,
    enter_below,
    prepare,
    system_calls,
    traces,
)
from grader.sandbox.first import fork_below
from grader.sandbox.traces import Traces

_BOOTSTRAP = "/var/lab/bootstrap.py"
HOME = "/tmp"
"""Where a runtime's user is at home, if anybody asks."""
# What a function's runtime imports before the function; but those of awslambdaric's own
# modules that read variables when they are imported.
_RUNTIMES_OWN = (
    *("decimal", "json", "logging", "simplejson", "snapshot_restore_py", "struct"),
    "traceback",
    "awslambdaric.lambda_context",
    "awslambdaric.lambda_runtime_exception",
    "awslambdaric.lambda_runtime_log_utils",
    "awslambdaric.lambda_runtime_marshaller",
)
# What awslambdaric's client in C++ is linked with: more work than the client itself.
_OF_CPP = "libstdc++.so.6"
# What C code of theirs imports, and has told of its classes.
_OF_C = ("numbers", "simplejson._speedups")
_INTERPRETER = 10 * 1024 * 1024
"""Bytes that one has resident before it imports anything (measured)."""
# As the lab's `process_memory.Foreign` reads it.
_FOREIGN = struct.Struct("<q")
_EXECUTES, _EXECUTING = -2, "executes"


class Forked(BaseException):
    """This process is a child of the warm one now: unwinds to where nothing is left."""

    def __init__(self, order: int, fds: list[int]) -> None:
        super().__init__(order, fds)
        self.order = order
        self.fds = fds


class _Runtimes(Server):
    """Some of its children are born into a namespace of processes of their own."""

    def __init__(
        self, control: socket.socket, entry: birth.Entry, fault: str | None
    ) -> None:
        super().__init__(control, entry, fault)
        self._firsts: dict[int, int] = {}
        """The first process of each of those children's, by the child's pid."""
        self._below = False
        """Whether the last child is one of them."""
        self._leash, self._end = os.pipe()

    def _fork(self, order: int, fds: list[int]) -> int:
        wanted = birth.read(os.dup(order))["order"]
        # Whoever joins standing walls always is.
        self._below = wanted.get("below", True)
        if not self._below:
            return os.fork()
        pid, self._firsts[pid] = self._bear_below(wanted, fds)
        return pid

    def _bear_below(self, wanted: Mapping[str, Any], fds: list[int]) -> tuple[int, int]:
        return fork_below(self._leash)

    def _wanted(self) -> Collection[int]:
        living = self._leashes.keys()
        self._firsts = {
            pid: first for pid, first in self._firsts.items() if pid in living
        }
        return {*living, *self._firsts.values()}

    def _become(self, leash: socket.socket, order: int, fds: list[int]) -> NoReturn:
        self._leave(leash)
        if self._below:
            birth.renew()
        else:
            birth.begin(parent=self._pid)
        raise Forked(order, fds)

    def _leave(self, leash: socket.socket) -> None:
        super()._leave(leash)
        os.close(self._leash)
        os.close(self._end)


class _Joining(_Runtimes):
    """Its children are behind walls from their beginning."""

    def _bear_below(self, wanted: Mapping[str, Any], fds: list[int]) -> tuple[int, int]:
        waiting, leash = fds.pop(), fds.pop()
        return joining.fork(wanted["walls"], leash, waiting)


@dataclass(frozen=True)
class _Warm:
    """What a child has of its parent."""

    kept: Kept
    bootstrap: CodeType
    path: Sequence[str]
    """`sys.path` of a new process."""
    names: frozenset[str]
    """Top-level modules that are loaded, seen or hidden."""
    own: int
    """Bytes that a new process uses before the function's first module."""
    traces: Traces


def serve(text: str, imports: Imports) -> tuple[CodeType, dict[str, Any]]:
    """Fork environments until the owner is gone.

    ``text`` is the order of `__main__`, as JSON. Returns in the environments: the
    program to run and its module's variables.
    """
    order = json.loads(text)
    fault = None
    warm: _Warm | None = None
    try:
        warm = _warmed(order, imports)
    except Exception as error:  # noqa: BLE001 - told to whoever asks for a child
        fault = f"the warm runtime can't start: {type(error).__name__}: {error}"
    freeze()
    control = socket.socket(fileno=order["control"])
    server = _Joining if order["bare"] else _Runtimes
    try:
        server(control, birth.nothing, fault).serve()
    except Forked as forked:
        wanted, fds = birth.read(forked.order)["order"], forked.fds
    else:
        os._exit(0)
    assert warm is not None
    return _environment(warm, wanted, fds)


def _warmed(order: Mapping[str, Any], imports: Imports) -> _Warm:
    path = sys.path[1:]
    begin = _resident()
    libraries: dict[str, str] = order["libraries"]
    kept = Kept(libraries, imports.brings)
    kept.load(lambda: _import(*_RUNTIMES_OWN))
    # Where there is none, the client's stand-in runs.
    with contextlib.suppress(OSError):
        ctypes.CDLL(_OF_CPP)
    with_runtime = _resident()
    source = Path(order["bootstrap"]).read_text()
    bootstrap = compile(source, _BOOTSTRAP, "exec", dont_inherit=True)
    kept.load(lambda: _import_time_machine(bootstrap, imports))
    only: Sequence[str] | None = (*_RUNTIMES_OWN, *_OF_C, "time_machine")
    if not order["bare"]:
        only = None
        prepare()
        kept.load(lambda: _import("http.client"))
        # botocore asks where its user is at home when it is imported.
        os.environ["HOME"] = HOME
        before = _resident()
        kept.load(lambda: _import("boto3"))
        kept.cost = _resident() - before
        kept.load(lambda: _rehearse(libraries, lambda cost: kept.on_use(cost)))
        del os.environ["HOME"]
    imports.stop()
    names = {name.partition(".")[0] for name in sys.modules}
    kept.seal(imports.begin, but="grader", only=only)
    return _Warm(
        kept=kept,
        bootstrap=bootstrap,
        path=path,
        names=frozenset(names - {"__main__", "grader"}),
        own=_INTERPRETER + with_runtime - begin,
        traces=traces.own(),
    )


def _import(*names: str) -> None:
    for name in names:
        __import__(name)


def _rehearse(libraries: Mapping[str, str], on_use: Callable[[int], None]) -> None:
    from grader.cloud.warm_python import rehearsal

    rehearsal.rehearse(libraries, _resident, on_use)


def _import_time_machine(bootstrap: CodeType, imports: Imports) -> None:
    """As the bootstrap does in an environment: with stand-ins for what it spares."""
    variables: dict[str, Any] = {"__name__": "bootstrap", "__file__": _BOOTSTRAP}
    exec(bootstrap, variables)
    spared = variables["_SPARED"]
    here = {name: sys.modules.pop(name) for name in spared if name in sys.modules}
    try:
        variables["_import_time_machine"]("")
    finally:
        sys.modules.update(here)
    imports.brings["time_machine"].difference_update(spared)


def _environment(
    warm: _Warm, wanted: Mapping[str, Any], fds: Sequence[int]
) -> tuple[CodeType, dict[str, Any]]:
    """Be behind the walls, and as a new interpreter would be."""
    if "policy" in wanted:
        begin = enter_below if wanted["below"] else enter
        begin(
            Policy.from_json(wanted["policy"]),
            Isolation.from_json(wanted["isolation"]),
            fds[3:],
            keep=fds[:3],
        )
    else:
        joining.settle(warm.traces, keep=fds)
    if "spare" in wanted:
        wanted, fds = _told(fds[0], patience=wanted["spare"])
    output, clock, foreign = fds[:3]
    for stream in (1, 2):
        os.dup2(output, stream)
    os.environ.clear()
    os.environ.update(wanted["variables"])
    os.environ |= {"_LAMBDA_TELEMETRY_LOG_FD": str(output), "_LAB_CLOCK_FD": str(clock)}
    os.chdir(wanted["folder"])
    if wanted["anew"] or _brings_its_own(warm):
        _start_anew(wanted["command"], fds[:3])
    _say(foreign, _peak() - warm.own)
    left = _peak() - warm.own

    def given(cost: int) -> None:
        nonlocal left
        left -= cost
        _say(foreign, left)

    warm.kept.on_use = given
    return _as_new(warm)


def _told(gate: int, *, patience: float) -> tuple[Mapping[str, Any], Sequence[int]]:
    """What a spare process is to be; it ends when it isn't told in time (seconds)."""
    with socket.socket(fileno=gate) as owner:
        owner.settimeout(patience)
        try:
            asked, fds, _, _ = socket.recv_fds(owner, 1, 4, socket.MSG_CMSG_CLOEXEC)
        except TimeoutError:
            asked = b""
        if not asked:
            os._exit(0)
        owner.send(b"!")
    return birth.read(fds[0]), fds[1:]


def _as_new(warm: _Warm) -> tuple[CodeType, dict[str, Any]]:
    # multiprocessing knows the main module by a second name.
    warm.kept.forget(
        name
        for name in list(sys.modules)
        if name.partition(".")[0] == "grader" or name == "__mp_main__"
    )
    sys.argv[:] = [_BOOTSTRAP]
    sys.orig_argv[-2:] = [_BOOTSTRAP]
    sys.path[:] = [os.path.dirname(_BOOTSTRAP), *warm.path]
    warm.kept.hide()
    main = ModuleType("__main__")
    main.__file__ = _BOOTSTRAP
    vars(main)["__cached__"] = None
    main.__builtins__ = sys.modules["builtins"]  # type: ignore[attr-defined]
    main.__loader__ = None
    sys.modules["__main__"] = main
    return warm.bootstrap, vars(main)


def _brings_its_own(warm: _Warm) -> bool:
    """Whether the function has a module of a name that is loaded already."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for folder in (
        os.environ["LAMBDA_TASK_ROOT"],
        f"/opt/python/lib/{version}/site-packages",
        "/opt/python",
    ):
        try:
            found = os.listdir(folder)
        except OSError:
            continue
        if not warm.names.isdisjoint(name.partition(".")[0] for name in found):
            return True
    # Where a loader of libraries has looked in vain, it doesn't look again.
    return os.path.isdir("/opt/lib") or os.path.isdir("/var/task/lib")


def _start_anew(command: Sequence[str], fds: Sequence[int]) -> NoReturn:
    """Execute the program in the same walls, Python's or another one."""
    output, clock, foreign = fds
    # None of it is the program's, whose memory begins when it has a name of its own.
    system_calls.set_name(_EXECUTING)
    _say(foreign, _EXECUTES)
    os.close(foreign)
    for descriptor in (output, clock):
        os.set_inheritable(descriptor, True)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        # Python ignores them, and what it executes would.
        signal.signal(number, signal.SIG_DFL)
    os.execv(command[0], list(command))


def _say(foreign: int, size: int) -> None:
    """Tell the lab how many bytes of this process aren't the function's."""
    os.pwrite(foreign, _FOREIGN.pack(size), 0)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _resident() -> int:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * resource.getpagesize()
