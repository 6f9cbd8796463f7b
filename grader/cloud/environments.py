"""The pool of execution environments: reused when idle, least recently used retired."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from grader.cloud.environment import Environment
from grader.cloud.functions import FunctionVersion
from grader.cloud.log_streams import LogStream, stream_name
from grader.cloud.plans import Planner
from grader.cloud.processes import Launcher

# Idle environments kept warm on this machine, over all functions.
_MAX_IDLE = 32
# Lab seconds that an environment stays warm; AWS doesn't promise a number.
_IDLE_TIME = 15 * 60
# Seconds that busy environments have to end when the lab does.
_CLOSING_TIME = 10


class Environments:
    """Every environment of the lab, idle or busy."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._launcher = Launcher()
        self._lock = threading.Lock()
        self._none_busy = threading.Condition(self._lock)
        # Least recently used first.
        self._idle: OrderedDict[Environment, FunctionVersion] = OrderedDict()
        self._busy: dict[Environment, FunctionVersion] = {}
        self._closed = False
        self._starting = threading.BoundedSemaphore(2 * (os.cpu_count() or 1))

    def take_idle(self, function: FunctionVersion) -> Environment | None:
        """Take a warm environment, the most recently used first."""
        stale = []
        found = None
        now = time.time()
        with self._lock:
            for environment in reversed(self._idle):
                version = self._idle[environment]
                if _key(version) != _key(function):
                    continue
                if (
                    version.revision != function.revision
                    or now - environment.idle_since > _IDLE_TIME
                    or not environment.alive
                ):
                    stale.append(environment)
                elif found is None:
                    found = environment
            for environment in stale:
                del self._idle[environment]
            if found is not None:
                self._busy[found] = self._idle.pop(found)
        for environment in stale:
            environment.kill()
        return found

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

    def new(self, function: FunctionVersion) -> Environment:
        """Make an environment, not yet started."""
        stream = LogStream(
            function.account,
            function.region,
            function.log_group,
            stream_name(function.version),
        )
        plan = self._planner.plan(function, stream.name)
        environment = Environment(plan, self._launcher, stream)
        with self._lock:
            self._busy[environment] = function
            if self._closed:
                environment.end_soon()
        return environment

    def give_back(self, environment: Environment) -> None:
        """Keep an environment warm, frozen; or let it go if it can't be."""
        environment.freeze()
        environment.idle_since = time.time()
        surplus = None
        with self._lock:
            function = self._busy.pop(environment)
            self._none_busy.notify_all()
            if self._closed:
                surplus = environment
            else:
                self._idle[environment] = function
                if len(self._idle) > _MAX_IDLE:
                    surplus, _ = self._idle.popitem(last=False)
        if surplus is not None:
            surplus.kill()

    def discard(self, environment: Environment) -> None:
        """End an environment."""
        with self._lock:
            self._busy.pop(environment, None)
            self._none_busy.notify_all()
        environment.kill()

    def retire(self, account: str, region: str, name: str) -> None:
        """End the environments of a function that changed or went, when idle."""
        with self._lock:
            concerned = [
                environment
                for environment, version in self._idle.items()
                if (version.account, version.region, version.name)
                == (account, region, name)
            ]
            for environment in concerned:
                del self._idle[environment]
        for environment in concerned:
            environment.kill()

    def close(self) -> None:
        """End every environment; those that are busy first tell their callers."""
        with self._lock:
            self._closed = True
            idle = list(self._idle)
            self._idle.clear()
            for environment in self._busy:
                environment.end_soon()
            self._none_busy.wait_for(lambda: not self._busy, _CLOSING_TIME)
        for environment in idle:
            environment.kill()
        self._launcher.close()


def _key(function: FunctionVersion) -> tuple[str, str, str, str]:
    return function.account, function.region, function.name, function.version
