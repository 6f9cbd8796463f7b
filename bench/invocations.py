"""The timings: warm, cold and concurrent invokes, and an environment's memory.

The contestants take turns in each, so that what else the machine does meets all of
them alike.
"""

from __future__ import annotations

import functools
import json
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bench import processes
from bench.contestants import THREADS, Contestant
from bench.figures import Figure, Missing, Reading, median_of
from bench.functions import Source
from bench.rows import INTERPRETER

MILLI = 1e3
BLOCK = 50  # warm invokes of one contestant before it is the next one's turn
WARM_UP = 20  # invokes that aren't counted
IDLE = 1.0  # seconds after the last answer before an environment counts as idle
_EARLIER = 4  # functions that have an environment before the one that is weighed


class AnswerError(Exception):
    """A function answered something else than it should."""


FAILURES = (ClientError, BotoCoreError, AnswerError, OSError, StopIteration)


def invoke(client: Any, name: str) -> float:
    """Seconds that one invoke took, its payload read and right."""
    began = time.perf_counter()
    answer = client.invoke(FunctionName=name, Payload=b"{}")
    payload = answer["Payload"].read()
    took = time.perf_counter() - began
    if "FunctionError" in answer or json.loads(payload) != {"ok": True}:
        raise AnswerError(payload.decode(errors="replace")[:200])
    return took


class Turns:
    """The contestants of one measurement; who fails is out, with the reason."""

    def __init__(self, contestants: Sequence[Contestant]) -> None:
        self._in = {contestant.name: contestant for contestant in contestants}
        self._samples: dict[str, list[float]] = {name: [] for name in self._in}
        self._out: dict[str, Missing] = {}

    def take(self, action: Callable[[Contestant], Sequence[float]]) -> None:
        """Each contestant's turn; `action` gives its samples."""
        for name, contestant in list(self._in.items()):
            try:
                self._samples[name].extend(action(contestant))
            except FAILURES as error:
                del self._in[name]
                self._out[name] = Missing(f"{type(error).__name__}: {error}")

    def samples(self) -> Mapping[str, list[float]]:
        return {name: self._samples[name] for name in self._in}

    def readings(self, scale: float = 1.0) -> dict[str, Reading]:
        """The medians, each sample times `scale`."""
        medians: dict[str, Reading] = {
            name: median_of([sample * scale for sample in samples])
            for name, samples in self.samples().items()
        }
        return medians | self._out


def warm(
    contestants: Sequence[Contestant], source: Source, count: int
) -> dict[str, Reading]:
    """Milliseconds of an invoke of a function that was invoked before."""
    turns = Turns(contestants)
    clients: dict[str, tuple[Any, str]] = {}

    def prepare(contestant: Contestant) -> list[float]:
        client, name = contestant.client(), contestant.deployment.new(source)
        clients[contestant.name] = (client, name)
        for _ in range(WARM_UP):
            invoke(client, name)
        return []

    def block(contestant: Contestant, size: int) -> list[float]:
        client, name = clients[contestant.name]
        return [invoke(client, name) for _ in range(size)]

    turns.take(prepare)
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        turns.take(functools.partial(block, size=size))
    return turns.readings(MILLI)


def cold(
    contestants: Sequence[Contestant],
    source: Source,
    count: int,
    *,
    beside: Callable[[], float],
) -> dict[str, Reading]:
    """Milliseconds of the first invoke of a function, each time a new one.

    Only the invoke counts, not the making of the function. One that isn't counted
    goes first, as a server's own first times are slower. The functions are deleted
    at the end, so that no one's clearing up meets another's turn. `beside` is timed
    in seconds in each round too, as the row's bare interpreter.
    """
    turns = Turns(contestants)
    clients = {contestant.name: contestant.client() for contestant in contestants}
    made: list[tuple[Contestant, str]] = []

    def first_invoke(contestant: Contestant) -> list[float]:
        name = contestant.deployment.new(source)
        made.append((contestant, name))
        return [invoke(clients[contestant.name], name)]

    def uncounted(contestant: Contestant) -> list[float]:
        first_invoke(contestant)
        return []

    turns.take(uncounted)
    bare: list[float] = []
    for _ in range(count):
        turns.take(first_invoke)
        bare.append(beside() * MILLI)
    for contestant, name in made:
        with suppress(*FAILURES):
            contestant.deployment.delete(name)
    return turns.readings(MILLI) | {INTERPRETER: median_of(bare)}


def rate(clients: Sequence[Any], name: str, seconds: float) -> float:
    """Invokes per second by one thread per client, for so long.

    Raises:
        AnswerError: an invoke failed.
    """
    gate = threading.Barrier(len(clients) + 1)
    counts = [0] * len(clients)
    failures: list[str] = []

    def work(position: int) -> None:
        gate.wait()
        until = time.perf_counter() + seconds
        while time.perf_counter() < until and not failures:
            try:
                invoke(clients[position], name)
            except FAILURES as error:
                failures.append(f"{type(error).__name__}: {error}")
                return
            counts[position] += 1

    threads = [
        threading.Thread(target=work, args=(position,))
        for position in range(len(clients))
    ]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if failures:
        raise AnswerError(failures[0])
    return sum(counts) / took


def shared_client_is_faster(stub: Contestant, seconds: float) -> bool:
    """Whether 8 threads invoke more often on one client than on one client each."""
    shared = [stub.client()] * THREADS
    own = [stub.client() for _ in range(THREADS)]
    rates: dict[str, list[float]] = {"shared": [], "own": []}
    for _ in range(3):
        rates["shared"].append(rate(shared, "any", seconds))
        rates["own"].append(rate(own, "any", seconds))
    return statistics.median(rates["shared"]) >= statistics.median(rates["own"])


def concurrent(
    contestants: Sequence[Contestant],
    source: Source,
    *,
    shared: bool,
    rounds: int,
    seconds: float,
) -> dict[str, Reading]:
    """Invokes per second of one function by 8 threads of this process."""
    turns = Turns(contestants)
    prepared: dict[str, tuple[list[Any], str]] = {}

    def prepare(contestant: Contestant) -> list[float]:
        if shared:
            clients = [contestant.client()] * THREADS
        else:
            clients = [contestant.client() for _ in range(THREADS)]
        name = contestant.deployment.new(source)
        prepared[contestant.name] = (clients, name)
        rate(clients, name, seconds / 2)
        return []

    def one_round(contestant: Contestant) -> list[float]:
        clients, name = prepared[contestant.name]
        return [rate(clients, name, seconds)]

    turns.take(prepare)
    for _ in range(rounds):
        turns.take(one_round)
    return turns.readings()


def idle_memory(contestant: Contestant, source: Source) -> tuple[Reading, Reading]:
    """Megabytes that an environment holds when it has answered and waits.

    The environment is what the invoke of a new function adds to the server's process
    tree, with everything in it. A few functions go first, so that what the server
    starts only once isn't counted, such as a warm runtime that it forks. First the
    resident size, which counts a page that is shared in full, then the proportional
    one, which shares it out.
    """
    if not processes.PROC.joinpath("self", "stat").exists():
        none = Missing("reading a process's memory needs Linux's /proc")
        return none, none
    client = contestant.client()
    try:
        for _ in range(_EARLIER):
            invoke(client, contestant.deployment.new(source))
            time.sleep(IDLE)
        before = contestant.server.tree()
        invoke(client, contestant.deployment.new(source))
        time.sleep(IDLE)
        added = contestant.server.tree() - before
        if not added:
            none = Missing("the function has no process of its own")
            return none, none
        total = functools.reduce(
            processes.Memory.__add__, map(processes.memory_of, added)
        )
    except FAILURES as error:
        none = Missing(f"{type(error).__name__}: {error}")
        return none, none
    note = f"{len(added)} process{'es' if len(added) > 1 else ''}"
    resident = Figure(total.rss, total.rss, total.rss, 1, note)
    if total.pss is None:
        return resident, Missing("the system doesn't let us read it")
    return resident, Figure(total.pss, total.pss, total.pss, 1, note)
