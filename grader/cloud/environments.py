"""The pool of execution environments: reused when idle, least recently used retired."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from grader.cloud.access.execution_roles import ExecutionRoles
from grader.cloud.environment import Environment, Launching
from grader.cloud.functions import FunctionVersion
from grader.cloud.late_calls import LateCalls
from grader.cloud.log_streams import LogStream, stream_name
from grader.cloud.plans import Planner

# Idle environments kept warm on this machine, over all functions.
_MAX_IDLE = 32
# Lab seconds that an environment stays warm. AWS doesn't promise a number: it ends
# environments "every few hours", and idle ones before, when it needs their place.
_IDLE_TIME = 2 * 3600
# Seconds to wait for an environment that has answered to become idle.
_RESTING_TIME = 0.2
# Seconds after which an environment at rest is frozen: to stop and wake three
# processes takes longer than a short handler, and requests often follow at once.
_FREEZING_TIME = 0.03
# Seconds for which it isn't, while something in it still runs; while that waits for a
# processor, they don't pass: on a busy machine a call is sent later.
_FREEZING_PATIENCE = 0.5
# Seconds between two looks at environments that are about to sleep.
_LOOKING_TIME = 0.002
# Seconds that busy environments have to end when the lab does.
_CLOSING_TIME = 10


class Environments:
    """Every environment of the lab, idle or busy."""

    def __init__(
        self,
        planner: Planner,
        roles: ExecutionRoles,
        launcher: Launching,
        late_calls: LateCalls,
    ) -> None:
        self._late_calls = late_calls
        self._planner = planner
        self._roles = roles
        self._launcher = launcher
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        # Least recently used first.
        self._idle: OrderedDict[Environment, FunctionVersion] = OrderedDict()
        self._busy: dict[Environment, FunctionVersion] = {}
        # Those of the busy ones that have answered.
        self._answered: set[Environment] = set()
        # Those of the idle ones that aren't frozen yet.
        self._resting: set[Environment] = set()
        # Those that were given up, and live on for a moment.
        self._stale: list[Environment] = []
        # Those of the busy ones that aren't wanted any more.
        self._withdrawn: set[Environment] = set()
        self._come_to_rest = threading.Condition(self._lock)
        self._closed = False
        self._starting = threading.BoundedSemaphore(2 * (os.cpu_count() or 1))
        self._freezer = threading.Thread(target=self._freeze, name="lab-freezer")
        self._freezer.start()

    def take_idle(self, function: FunctionVersion) -> Environment | None:
        """Take a warm environment, the most recently used first."""
        with self._changed:
            found = self._find_idle(function)
            if found is None and self._about_to_rest(function):
                # It has answered: its runtime asks for the next event any moment.
                self._changed.wait_for(
                    lambda: not self._about_to_rest(function), _RESTING_TIME
                )
                found = self._find_idle(function)
        return found

    def _find_idle(self, function: FunctionVersion) -> Environment | None:
        now = time.time()
        # Spill over to on-demand ones only when all that is provisioned is busy.
        latest_first = list(reversed(self._idle))
        latest_first.sort(key=lambda one: not one.provisioned)
        for environment in latest_first:
            version = self._idle[environment]
            if _key(version) != _key(function):
                continue
            if (
                version.revision == function.revision
                and (
                    environment.provisioned
                    or now - environment.idle_since <= _IDLE_TIME
                )
                and environment.alive
                and now < environment.credentials_until
            ):
                self._busy[environment] = self._idle.pop(environment)
                self._resting.discard(environment)
                return environment
            del self._idle[environment]
            # Its end takes milliseconds, and whoever asks is about to start another.
            self._stale.append(environment)
            self._come_to_rest.notify_all()
        return None

    def _about_to_rest(self, function: FunctionVersion) -> bool:
        return any(
            self._busy[environment].revision == function.revision
            and _key(self._busy[environment]) == _key(function)
            for environment in self._answered
        )

    @contextmanager
    def turn_to_start(self, patience: float) -> Iterator[None]:
        """Wait for a turn to start an environment, ``patience`` seconds at most.

        A machine with few cores can't start many processes at once in the time
        that INIT has; waiting for a turn isn't part of INIT.
        """
        turn = self._starting.acquire(timeout=patience)
        try:
            yield
        finally:
            if turn:
                self._starting.release()

    def new(
        self, function: FunctionVersion, initialization_type: str = "on-demand"
    ) -> Environment:
        """Make an environment, not yet started."""
        stream = LogStream(
            function.account,
            function.region,
            function.log_group,
            stream_name(function.name, function.version, function.log_group),
            lambda action, arn: self._roles.may_log(function, action, arn),
        )
        plan = self._planner.plan(function, stream.name, initialization_type)
        environment = Environment(plan, self._launcher, stream, self._late_calls)
        with self._lock:
            self._busy[environment] = function
            if self._closed:
                environment.end_soon()
        return environment

    def answered(self, environment: Environment) -> None:
        """Say that an environment has answered and will be given back at once."""
        with self._changed:
            self._answered.add(environment)

    def give_back(self, environment: Environment) -> None:
        """Keep an environment warm, frozen; or let it go if it can't be."""
        warm = environment.rest()
        environment.idle_since = time.time()
        surplus: Environment | None = environment
        with self._changed:
            function = self._busy.pop(environment)
            self._answered.discard(environment)
            wanted = environment not in self._withdrawn
            self._withdrawn.discard(environment)
            if warm and wanted and not self._closed:
                self._idle[environment] = function
                self._resting.add(environment)
                self._come_to_rest.notify_all()
                surplus = None
                on_demand = [one for one in self._idle if not one.provisioned]
                if len(on_demand) > _MAX_IDLE:
                    surplus = on_demand[0]
                    del self._idle[surplus]
            alike = [
                one
                for one, version in self._idle.items()
                if _key(version) == _key(function)
            ]
            self._changed.notify_all()
        if surplus is not None:
            surplus.kill()
        for one in alike:
            one.foresee()

    def asleep(self, timeout: float) -> bool:
        """Wait until nothing runs in those that have answered.

        What they were about to send then has been sent. Returns False when `timeout`
        (seconds) passed before that.
        """
        deadline = time.perf_counter() + timeout
        while True:
            with self._lock:
                answered = [*self._answered, *self._resting]
            if not any(one.runs() for one in answered):
                return True
            if time.perf_counter() >= deadline:
                return False
            time.sleep(_LOOKING_TIME)

    def discard(self, environment: Environment) -> None:
        """End an environment."""
        with self._changed:
            self._busy.pop(environment, None)
            self._answered.discard(environment)
            self._withdrawn.discard(environment)
            self._changed.notify_all()
        environment.kill()

    def retire(self, account: str, region: str, name: str) -> None:
        """End the environments of a function that changed or went, when idle."""
        with self._lock:
            concerned = [
                environment
                for environment, version in self._idle.items()
                if not environment.provisioned
                and (version.account, version.region, version.name)
                == (account, region, name)
            ]
            for environment in concerned:
                del self._idle[environment]
        for environment in concerned:
            environment.retire()

    def cool(self) -> None:
        """End all that are idle, soon, as AWS may at any time."""
        with self._lock:
            for environment in list(self._idle):
                if not environment.provisioned:
                    del self._idle[environment]
                    self._resting.discard(environment)
                    self._stale.append(environment)
            self._come_to_rest.notify_all()

    def provisioned(self, function: FunctionVersion | None = None) -> int:
        """Count the provisioned environments that live, of one version or of all."""
        with self._lock:
            return sum(
                environment.provisioned
                and environment.alive
                and (function is None or version.revision == function.revision)
                for environment, version in [*self._idle.items(), *self._busy.items()]
            )

    def withdraw(self, name: tuple[str, str, str], wanted: Mapping[str, int]) -> None:
        """End a function's provisioned environments beyond those that are wanted.

        ``name`` is account, Region and name; ``wanted`` counts by a version's
        revision. Busy ones end when they are given back.
        """
        left = dict(wanted)
        surplus = []
        with self._lock:
            for environment, version in [*self._busy.items(), *self._idle.items()]:
                if not environment.provisioned or _key(version)[:3] != name:
                    continue
                if left.get(version.revision, 0) > 0:
                    left[version.revision] -= 1
                elif environment in self._idle:
                    del self._idle[environment]
                    surplus.append(environment)
                else:
                    self._withdrawn.add(environment)
        for environment in surplus:
            environment.kill()

    def close(self) -> None:
        """End every environment; those that are busy first tell their callers."""
        with self._lock:
            self._closed = True
            idle = list(self._idle)
            self._idle.clear()
            for environment in self._busy:
                environment.end_soon()
            self._changed.wait_for(lambda: not self._busy, _CLOSING_TIME)
            self._come_to_rest.notify_all()
        self._freezer.join()
        for environment in [*idle, *self._stale]:
            environment.kill()
        self._launcher.close()

    def _freeze(self) -> None:
        while True:
            with self._lock:
                self._come_to_rest.wait_for(
                    lambda: self._resting or self._stale or self._closed
                )
                if self._closed:
                    return
            # Not on the condition: every request would wake this thread.
            time.sleep(_FREEZING_TIME)
            now = time.perf_counter()
            with self._lock:
                rested = [
                    one for one in self._resting if now - one.rested >= _FREEZING_TIME
                ]
            still = [one for one in rested if not one.runs(_FREEZING_PATIENCE)]
            with self._lock:
                for environment in still:
                    # It may have been at work since.
                    if environment in self._resting and environment.rested <= now:
                        self._resting.discard(environment)
                        if environment in self._idle:
                            environment.freeze()
                stale, self._stale = self._stale, []
            for environment in stale:
                environment.kill()


def _key(function: FunctionVersion) -> tuple[str, str, str, str]:
    return function.account, function.region, function.name, function.version
