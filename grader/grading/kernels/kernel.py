"""Running cells in a kernel, and in another one when it dies."""

from __future__ import annotations

import ast
import base64
import contextlib
import dataclasses
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from grader.forkserver import ForkServer
from grader.grading import leftovers
from grader.grading.kernels import sandboxes
from grader.grading.kernels.conversation import Conversation
from grader.grading.kernels.forks import Fork
from grader.grading.kernels.hardening import loadable
from grader.grading.kernels.limits import Limits
from grader.grading.kernels.outputs import Displays, Output, Outputs
from grader.grading.kernels.process import KernelProcess
from grader.grading.kernels.test_cells import Finding, PlainTest
from grader.sandbox import Isolation, Network, Policy, Watch


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
        self._server = server
        self._policy = sandboxes.policy() if policy is None else policy
        self._isolation = isolation
        self._network = () if network is None else network.descriptors
        self._environment = dict(environment or {})
        self._files = b""
        self._limits = limits or Limits()
        self._is_revealed = False
        self.awaits_children = False
        """Whether cells may wait for whichever child ends: then forks are none."""
        self._displays = Displays()
        self._left = self._limits.total_output
        self._spent = 0.0
        self._survived: list[str | Fork] = []
        self._replacements = self._limits.replacements
        """How many there may still be."""
        self._replaced = 0
        self._obituary = ""
        self._folder = tempfile.TemporaryDirectory(prefix=leftovers.KERNEL)
        self._claim = leftovers.claim(self._folder.name)
        self._process: KernelProcess | None = None
        self._watch = Watch()
        try:
            self._process = self._new_process()
        except BaseException:
            self.close()
            raise
        if files:
            self.give(files)

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.is_alive

    @property
    def deaths(self) -> int:
        """Kernels of this submission that had to be replaced."""
        return self._replaced

    def give(self, files: Mapping[str, bytes]) -> None:
        """Write files into its working folder, by relative name, before any cell."""
        written = {
            name: base64.b64encode(content).decode() for name, content in files.items()
        }
        self._files = json.dumps({"files": written}).encode() if written else b""
        self._hand_over()

    def run(
        self,
        source: str,
        timeout: float | None = None,
        *,
        again: bool = True,
        examined: bool = False,
    ) -> Ran:
        """Run a cell; nothing that it does raises here.

        Args:
            timeout: seconds, instead of the limits' own.
            again: whether it runs again in a kernel that takes this one's place.
            examined: whether it finds the pristine `check` by its name.
        """
        told = Conversation(self._outputs())
        began = time.monotonic()
        end = self._revive()
        if not end:
            seconds = timeout or self._limits.cell_seconds
            order = {"source": source, "examined": examined}
            end = self._converse(told, order, seconds)
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
        """Run all of a plain nbgrader test cell, in a fork; see `test_cells`.

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
        test = PlainTest(source, maximum, learners=learners)
        ran = self.begin(test, timeout)
        return test.finding, ran

    def begin(self, fork: Fork, timeout: float | None = None) -> Ran:
        """Fork the kernel and run the first part, after which the fork may wait.

        A kernel that takes this one's place forks it again at the same place.

        Args:
            timeout: seconds, instead of the limits' own.
        """
        told = Conversation(self._outputs(), fork)
        began = time.monotonic()
        end = self._revive()
        if not end:
            seconds = timeout or self._limits.cell_seconds
            end = self._converse(told, self._order(fork), seconds)
        if fork.waits:
            self._survived.append(fork)
        else:
            fork.close()
        return self._ran(told, began, end)

    def put_off(self, source: str) -> Fork:
        """Fork the kernel for what is examined later, and hidden until then.

        Args:
            source: finds the pristine `check` by its name.
        """
        fork = Fork(None, loadable(ast.parse(source)), is_examined=True)
        self.begin(fork)
        return fork

    def reveal(self) -> None:
        """Let what is hidden be run from now on: no cell runs any more.

        It has the limits of a submission for itself, and can't change what was shown.
        """
        self._is_revealed = True
        self._replacements = self._limits.replacements
        self._spent = 0.0
        self._left = self._limits.total_output
        self._displays = Displays()

    def finish(self, fork: Fork, timeout: float | None = None) -> Ran:
        """Have a fork that waits run its second part, after `reveal`, and end."""
        began = time.monotonic()
        told, end = self._finished(fork, timeout)
        if end == "died":
            # Perhaps by the hidden part before it, which is no business of this one.
            told, end = self._finished(fork, timeout)
        self._survived = [one for one in self._survived if one is not fork]
        fork.close()
        return self._ran(told, began, end)

    def _finished(self, fork: Fork, timeout: float | None) -> tuple[Conversation, str]:
        told = Conversation(self._outputs(), fork)
        end = self._revive()
        if not end:
            seconds = timeout or self._limits.cell_seconds
            end = self._held(told.go_on, told, seconds)
        return told, end

    def kill(self) -> None:
        """Kill the kernel; `close` sees to the end of it and of what it started."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """End the kernel and everything that it started; again does nothing."""
        self._drop()
        for one in self._survived:
            if isinstance(one, Fork):
                one.close()
        self._watch.close()
        if self._claim >= 0:
            os.close(self._claim)
            self._claim = -1
        # A learner may have made folders that can't be entered.
        with contextlib.suppress(OSError):
            self._folder.cleanup()

    def __exit__(self, *ended: object) -> None:
        self.close()

    def _outputs(self) -> Outputs:
        return Outputs(self._displays, min(self._limits.cell_output, self._left))

    def _ran(self, told: Conversation, began: float, end: str) -> Ran:
        seconds = time.monotonic() - began
        self._spent += seconds
        self._left = max(0, self._left - told.outputs.size)
        finished = told.outputs.finished()
        return Ran(finished, seconds, end, self._words(end), told.count)

    def _revive(self) -> str:
        """Have a living kernel with what ran before; else why there is none."""
        while self._process is None:
            if self._replacements <= 0:
                return "lost"
            self._replacements -= 1
            self._replaced += 1
            self._process = self._new_process()
            self._hand_over()
            for index, one in enumerate(self._survived):
                fork = None if isinstance(one, str) else one
                forgotten = Conversation(Outputs(Displays(), 0), fork)
                order = {"source": one} if fork is None else self._order(fork)
                if fork is not None:
                    fork.begin_again()
                began = time.monotonic()
                end = self._converse(forgotten, order, self._limits.cell_seconds)
                self._spent += time.monotonic() - began
                if end == "total":
                    return end
                if self._process is None:
                    # The first time it did no harm; it isn't run a third time.
                    del self._survived[index]
                    break
        return ""

    def _converse(
        self, told: Conversation, order: Mapping[str, Any], seconds: float
    ) -> str:
        """Run one cell in the living kernel; returns why it was ended, if it was."""
        return self._held(partial(told.hold, order), told, seconds)

    def _order(self, fork: Fork) -> dict[str, Any]:
        return {**fork.order, "orphan": self.awaits_children}

    def _held(
        self, hold: Callable[..., str], told: Conversation, seconds: float
    ) -> str:
        assert self._process is not None
        left = self._limits.total_seconds - self._spent
        if left <= 0:
            return "total"
        end = hold(self._process, self._limits, left=left, seconds=seconds)
        return self._lost(end) if told.lost else end

    def _new_process(self) -> KernelProcess:
        environment = {
            "PATH": os.pathsep.join(
                (os.path.dirname(sys.executable), "/usr/bin", "/bin")
            ),
            "LANG": "C.UTF-8",
            **self._policy.environment,
            **self._environment,
        }
        order: dict[str, Any] = {"sandbox": None}
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

    def _hand_over(self) -> None:
        if self._process is not None and self._files:
            # One that doesn't take them has died, as its first cell will tell.
            self._process.wire.send(self._files)

    def _lost(self, end: str) -> str:
        assert self._process is not None
        # How a hidden part ended is told in no more than a word.
        tells = end == "died" and not self._is_revealed
        self._obituary = self._process.obituary() if tells else ""
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
