"""Seats: what a sitting takes place at, each for one submission alone.

A seat is a network, a kernel in it and, for checks, a lab beside it. None of them knows
whose work it will run, so where a class is graded the seat of the next submission is
made ready meanwhile.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grader.forkserver import ForkServer
from grader.grading.bundle import Limits
from grader.grading.kernels import Kernel, sandboxes
from grader.grading.kernels import Limits as KernelLimits
from grader.grading.labs import Labs
from grader.lab.materials import FOLDER_VARIABLE
from grader.sandbox import Isolation, Network, Policy

ENDPOINT = "LAB_ENDPOINT_URL"
MATERIAL = "/course/data"
"""Where the sandbox has the course's data, if it has a file system of its own."""


@dataclass(frozen=True)
class Setting:
    """What a seat is made for: the same for most submissions of a class."""

    isolation: Isolation
    material: Path
    """The course's data, on this machine."""
    limits: Limits
    examined: bool
    """Whether there are checks, so that it needs a lab."""
    pretending: bool
    """Whether the notebook brings a moto of its own."""


class Seat(AbstractContextManager["Seat"]):
    """One submission's."""

    def __init__(self, setting: Setting, kernels: ForkServer, labs: Labs) -> None:
        """Start what belongs to it.

        Raises:
            GraderError: this machine or its walls couldn't be used.
        """
        isolation, material = setting.isolation, setting.material
        with contextlib.ExitStack() as starting:
            network = starting.enter_context(Network(isolation))
            self._start_lab = partial(
                labs.start, network, isolation=isolation, material=material
            )
            self.lab = None
            if setting.examined:
                self.lab = starting.enter_context(self._start_lab())
            # A client without keys must not look for those of a machine at Amazon.
            variables = {"AWS_EC2_METADATA_DISABLED": "true"}
            variables[FOLDER_VARIABLE] = (
                MATERIAL if isolation.tier == "strong" else str(material)
            )
            if self.lab is not None:
                variables[ENDPOINT] = self.lab.endpoint_url
            self.kernel = starting.enter_context(
                Kernel(
                    kernels,
                    _policy(network, material),
                    isolation,
                    network,
                    environment=variables,
                    limits=_limits(setting.limits),
                )
            )
            self._started = starting.pop_all()

    @property
    def is_fit(self) -> bool:
        """Whether all of it still lives: nobody's work must suffer from its end."""
        return self.kernel.is_alive and (self.lab is None or self.lab.alive)

    def renew_lab(self) -> None:
        """Start another lab in the place of one that doesn't answer any more.

        Raises:
            GraderError: it can't be had.
        """
        assert self.lab is not None
        self.lab.close()
        self.lab = self._started.enter_context(self._start_lab(port=self.lab.port))

    def end(self) -> None:
        """Kill the kernel, and don't wait for that; the lab goes when it's closed."""
        self.kernel.kill()

    def close(self) -> None:
        """End all of it; again does nothing."""
        self._started.close()

    def __exit__(self, *ended: object) -> None:
        self.close()


class Seats:
    """One process's: the one that is sat at, and one that is made ready."""

    def __init__(self, make: Callable[[Setting], Seat]) -> None:
        self._make = make
        self._aside: ThreadPoolExecutor | None = None
        self._more = False
        self._last: Setting | None = None
        """What the last one was for: a class is alike, but for some of it."""
        self._ready: tuple[Setting, Future[Seat]] | None = None
        self._clearing: Future[None] | None = None

    def expect_more(self) -> None:
        """Be asked for many, one after the other: then the next one is made ready."""
        self._more = True

    @contextlib.contextmanager
    def seat(self, setting: Setting) -> Iterator[Seat]:
        """A seat that nobody sat at, and nobody will after this.

        When it has been left, what ran in its kernel has been killed; all of it has
        ended after `cleared`.

        Raises:
            GraderError: this machine or its walls couldn't be used.
        """
        taken = self._taken(setting) or self._make(setting)
        try:
            self._foresee(setting)
            yield taken
        finally:
            self._leave(setting, taken)

    def cleared(self) -> None:
        """Wait for the end of all that have been left."""
        clearing, self._clearing = self._clearing, None
        if clearing is not None:
            clearing.result()

    def close(self) -> None:
        """Give up the one that was made ready, and wait until all have ended."""
        self._give_up()
        if self._aside is not None:
            self._aside.shutdown()
            self._aside = None
        self.cleared()
        self._last = None

    def _taken(self, setting: Setting) -> Seat | None:
        """The one that is ready, if it is what is needed and still fit."""
        if self._ready is None or self._ready[0] != setting:
            self._give_up()
            return None
        (_, making), self._ready = self._ready, None
        # What went wrong ahead of time may go right now, and is told if it doesn't.
        with contextlib.suppress(Exception):
            seat = making.result()
            if seat.is_fit:
                return seat
            seat.close()
        return None

    def _foresee(self, setting: Setting) -> None:
        # Without namespaces the processes of one user are counted together.
        is_alone = setting.isolation.tier == "strong"
        if self._more and is_alone and setting == self._last:
            self._ready = setting, self._beside().submit(self._make, setting)
        self._last = setting

    def _leave(self, setting: Setting, seat: Seat) -> None:
        if setting.isolation.tier != "strong":
            seat.close()
            return
        seat.end()
        self.cleared()
        self._clearing = self._beside().submit(seat.close)

    def _give_up(self) -> None:
        if self._ready is not None:
            (_, making), self._ready = self._ready, None
            with contextlib.suppress(Exception):
                making.result().close()

    def _beside(self) -> ThreadPoolExecutor:
        if self._aside is None:
            self._aside = ThreadPoolExecutor(1, thread_name_prefix="seats")
        return self._aside


def _policy(network: Network, material: Path) -> Policy:
    policy = sandboxes.policy()
    return dataclasses.replace(
        policy,
        read_only={**policy.read_only, MATERIAL: str(material)},
        ports=network.ports,
    )


def _limits(limits: Limits) -> KernelLimits:
    return KernelLimits(
        cell_seconds=limits.cell,
        total_seconds=limits.submission,
        cell_output=limits.output,
        total_output=limits.outputs,
    )
