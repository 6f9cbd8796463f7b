"""Running cells in a kernel, and in another one when it dies."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from grader.forkserver import ForkServer, kept
from grader.grading.kernels import sandboxes, shell
from grader.grading.kernels.limits import Limits
from grader.grading.kernels.outputs import Displays, Output, Outputs
from grader.grading.kernels.process import KernelProcess, Said
from grader.grading.kernels.test_cells import Finding, Test
from grader.sandbox import Isolation, Network, Policy, Watch

PRELOAD = ("boto3", "grader.lab", "matplotlib.pyplot")
"""What nearly every notebook of the course imports."""
_PROGRAM = "grader.grading.kernels.program"


MOTO = "grader.moto_rehearsal:rehearse"
"""Prepares for notebooks that bring a moto of their own."""


def warm_server(
    preload: Iterable[str] = PRELOAD,
    *,
    prepare: Iterable[str] = (),
    warm: bool = True,
) -> ForkServer:
    """The process that kernels are forked from; one per worker.

    Args:
        preload: modules that notebooks import, beyond IPython.
        prepare: `package.module:function` of what notebooks do first.
        warm: otherwise each kernel is a new interpreter: slower, the same outputs.
    """
    return ForkServer(
        f"{_PROGRAM}:live",
        preload=(_PROGRAM, *preload),
        rehearse=f"{_PROGRAM}:rehearse",
        prepare=(f"{_PROGRAM}:prepare", *prepare),
        environment={**kept(), **shell.PLOTS},
        warm=warm,
    )


@dataclass(frozen=True)
class Ran:
    """One cell, run."""

    outputs: list[Output]
    """As nbformat 4 has them; a later cell may still update what is displayed."""
    seconds: float
    end: str = ""
    """Empty when it came to its own end, be it an exception; else why it was ended:
    `timeout`; `died`, the kernel; `output`, a flood; `memory`; `total`, the time of
    the submission was used up; `lost`, too many kernels had died before it."""
    note: str = ""
    """`end` in words, for whoever reads the grading's problems."""
    count: int | None = None
    """The execution count."""


@dataclass
class _Told:
    """How far a cell has come."""

    outputs: Outputs
    interrupted: str = ""
    """Why, once it was."""
    count: int | None = None
    test: Test | None = None
    token: str = ""


class Kernel(AbstractContextManager["Kernel"]):
    """The kernel of one submission.

    When it dies, the next cell gets a new one, in which the cells before it that
    came to their own end are run again.
    """

    def __init__(
        self,
        server: ForkServer,
        policy: Policy | None = None,
        isolation: Isolation | None = None,
        network: Network | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
        limits: Limits | None = None,
    ) -> None:
        """See `start`."""
        self._server = server
        self._policy = sandboxes.policy() if policy is None else policy
        self._isolation = isolation
        self._network = () if network is None else network.descriptors
        self._environment = dict(environment or {})
        self._files = {
            name: base64.b64encode(content).decode()
            for name, content in (files or {}).items()
        }
        self._limits = limits or Limits()
        self._displays = Displays()
        self._left = self._limits.total_output
        self._spent = 0.0
        self._survived: list[str] = []
        self._replaced = 0
        self._obituary = ""
        self._folder = tempfile.TemporaryDirectory(prefix="kernel-")
        self._process: KernelProcess | None = None
        self._watch = Watch()
        try:
            self._process = self._new_process()
        except BaseException:
            self.close()
            raise

    @classmethod
    def start(
        cls,
        server: ForkServer,
        policy: Policy | None = None,
        isolation: Isolation | None = None,
        network: Network | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
        limits: Limits | None = None,
    ) -> Kernel:
        """Start a submission's kernel.

        Args:
            server: made by `warm_server`.
            policy: of its sandbox; else `sandboxes.policy()`.
            isolation: what a probe of this machine found; None for no walls at all.
            network: the submission's; else one without anybody in it.
            environment: what the learner's code sees, beyond PATH and LANG.
            files: written into its working folder, by relative name.

        Raises:
            KernelStartFailed: this machine or the sandbox doesn't let it.
        """
        return cls(
            server,
            policy,
            isolation,
            network,
            environment=environment,
            files=files,
            limits=limits,
        )

    @property
    def deaths(self) -> int:
        """Kernels of this submission that had to be replaced."""
        return self._replaced

    def run(
        self, source: str, timeout: float | None = None, *, again: bool = True
    ) -> Ran:
        """Run a cell; nothing that it does raises here.

        Args:
            timeout: seconds, instead of the limits' own.
            again: whether it runs again in a kernel that takes this one's place.
        """
        told = _Told(self._outputs())
        began = time.monotonic()
        end = self._revive()
        if not end:
            seconds = timeout or self._limits.cell_seconds
            end = self._converse({"source": source}, told, seconds)
            if again and not end:
                self._survived.append(source)
        return self._ran(told, began, end)

    def test(
        self,
        source: str,
        maximum: float,
        timeout: float | None = None,
        *,
        learners: Collection[str] = (),
    ) -> tuple[Finding, Ran]:
        """Run a plain nbgrader test cell, in a fork of the kernel; see `test_cells`.

        The names that it binds are gone afterwards: where a later cell reads them,
        `run` it too, after this.

        Args:
            source: the bundle's, hidden tests included.
            maximum: its points; the value of its last line may be fewer.
            timeout: seconds, instead of the limits' own.
            learners: names of builtins that the exercise has learners define.

        Raises:
            SyntaxError: the test cell itself is wrong.
        """
        test = Test(source, maximum, learners=learners)
        told = _Told(self._outputs(), test=test)
        began = time.monotonic()
        try:
            end = self._revive()
            if not end:
                seconds = timeout or self._limits.cell_seconds
                end = self._converse({"fork": True}, told, seconds)
        finally:
            test.close()
        return test.finding, self._ran(told, began, end)

    def close(self) -> None:
        """End the kernel and everything that it started; again does nothing."""
        self._drop()
        self._watch.close()
        # A learner may have made folders that can't be entered.
        with contextlib.suppress(OSError):
            self._folder.cleanup()

    def __exit__(self, *ended: object) -> None:
        self.close()

    def _outputs(self) -> Outputs:
        return Outputs(self._displays, min(self._limits.cell_output, self._left))

    def _ran(self, told: _Told, began: float, end: str) -> Ran:
        seconds = time.monotonic() - began
        self._spent += seconds
        self._left = max(0, self._left - told.outputs.size)
        finished = told.outputs.finished()
        return Ran(finished, seconds, end, self._words(end), told.count)

    def _revive(self) -> str:
        """Have a living kernel with what ran before; else why there is none."""
        while self._process is None:
            if self._replaced >= self._limits.replacements:
                return "lost"
            self._replaced += 1
            self._process = self._new_process()
            for index, source in enumerate(self._survived):
                forgotten = _Told(Outputs(Displays(), 0))
                began = time.monotonic()
                end = self._converse(
                    {"source": source}, forgotten, self._limits.cell_seconds
                )
                self._spent += time.monotonic() - began
                if end == "total":
                    return end
                if self._process is None:
                    # The first time it did no harm; it isn't run a third time.
                    del self._survived[index]
                    break
        return ""

    def _converse(self, order: Mapping[str, Any], told: _Told, seconds: float) -> str:
        """Run one cell in the living kernel; returns why it was ended, if it was."""
        process = self._process
        assert process is not None
        total = self._limits.total_seconds - self._spent
        if total <= 0:
            return "total"
        # Not to be guessed: a line that a learner wrote doesn't end the cell.
        told.token = secrets.token_hex(8)
        line = json.dumps({"run": told.token, **order}).encode()
        fds = [process.begin_aside().theirs.fileno()] if told.test else []
        if not process.wire.send(line, fds):
            return self._lost("died")
        if process.aside is not None:
            process.aside.theirs.close()
        deadline = time.monotonic() + min(seconds, total)
        while True:
            left = deadline - time.monotonic()
            said = process.listen(left) if left > 0 else None
            reason = ""
            if said is None:
                if told.interrupted:
                    return self._lost(told.interrupted)
                reason = "timeout" if seconds < total else "total"
            elif said.by == "end":
                return self._lost(told.interrupted or "died")
            elif said.by == "flood":
                return self._lost("output")
            elif said.by == "line":
                if self._is_reply(told, said.what):
                    for last in process.rest():
                        self._take(told, last)
                    process.end_aside()
                    return told.interrupted
            else:
                self._take(told, said)
            if told.outputs.received > self._limits.flood:
                reason = "output"
            if reason and not told.interrupted:
                told.interrupted = reason
                if told.test is not None:
                    told.test.kill()
                else:
                    process.interrupt()
                deadline = time.monotonic() + self._limits.grace

    def _take(self, told: _Told, said: Said) -> None:
        if said.by != "aside":
            told.outputs.write(said.by, said.what)
            return
        message = told.outputs.tell(said.what)
        aside = self._process.aside if self._process is not None else None
        if message is not None and told.test is not None and aside is not None:
            output = told.test.hear(*message, aside)
            if output is not None:
                told.outputs.add(output)

    def _is_reply(self, told: _Told, line: bytes) -> bool:
        match told.outputs.tell(line):
            case ("reply", {"run": token, "count": int(count)}) if token == told.token:
                told.count = count
                return True
        return False

    def _new_process(self) -> KernelProcess:
        environment = {
            "PATH": os.pathsep.join(
                (os.path.dirname(sys.executable), "/usr/bin", "/bin")
            ),
            "LANG": "C.UTF-8",
            **self._policy.environment,
            **self._environment,
        }
        order: dict[str, Any] = {"files": self._files, "sandbox": None}
        if self._isolation is None:
            home = self._folder.name
            environment = {"HOME": home, **environment}
            return KernelProcess(self._server, order, environment=environment, cwd=home)
        policy = dataclasses.replace(
            self._policy, environment=environment, place=self._folder.name
        )
        order["sandbox"] = {
            "policy": policy.to_json(),
            "isolation": self._isolation.to_json(),
        }
        process = KernelProcess(
            self._server, order, fds=self._network, environment={}, cwd="/"
        )
        self._watch.add(process.keeper, policy.memory)
        return process

    def _lost(self, end: str) -> str:
        assert self._process is not None
        self._obituary = self._process.obituary() if end == "died" else ""
        if self._watch.exceeded(self._process.keeper):
            end = "memory"
        self._drop()
        return end

    def _drop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            self._watch.remove(process.keeper)
            process.close()

    def _words(self, end: str) -> str:
        limits = self._limits
        return {
            "": "",
            "timeout": "the cell took too long and was interrupted",
            "total": f"the {limits.total_seconds:g} s of a submission were used up",
            "died": f"the kernel died{self._obituary}",
            "output": f"the cell sent more than {limits.flood:,} bytes of output",
            "memory": f"the kernel took more than {self._policy.memory} MB of memory",
            "lost": f"{limits.replacements + 1} kernels had died before",
        }[end]
