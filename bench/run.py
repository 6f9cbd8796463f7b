"""One run: the contestants started, each row measured, everything ended again."""

from __future__ import annotations

import functools
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bench import (
    authorisations,
    grading,
    invocations,
    queues,
    rows,
    starts,
    streams,
    table,
    uploads,
)
from bench.contestants import (
    Contestant,
    Folders,
    start_ministack,
    start_offline,
    start_ours,
    start_stub,
    try_start,
)
from bench.figures import Missing, Reading
from bench.functions import NODE, PRINTING, SILENT
from bench.rows import Row

ROWS = (
    "warm",
    "cold",
    "threads",
    "uploads",
    "queues",
    "streams",
    "memory",
    "access",
    "start",
    "grading",
)

# Who polls queues.
_POLLING = (rows.OURS, rows.MINISTACK)


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    warm: int
    cold: int
    rounds: int
    seconds: float
    starts: int
    messages: int
    lessons: int
    toys: int

    @property
    def functions(self) -> int:
        """How many functions of one kind a run uses at most."""
        return self.cold + 8


FULL = Extent(
    warm=500,
    cold=20,
    rounds=3,
    seconds=2.0,
    starts=7,
    messages=1000,
    lessons=4,
    toys=1000,
)
QUICK = Extent(
    warm=60, cold=5, rounds=1, seconds=1.0, starts=2, messages=200, lessons=1, toys=20
)


def say(text: str) -> None:
    """Progress, apart from the table, which is what goes to stdout."""
    print(text, file=sys.stderr, flush=True)


class Run:
    """The contestants of a run, from their start to their end."""

    def __init__(self, folders: Folders, extent: Extent, *, peers: bool) -> None:
        self._folders = folders
        self._extent = extent
        self._peers = peers
        self._in: dict[str, Contestant] = {}
        self._out: dict[str, Reading] = {}

    def start(self) -> None:
        """Installs and starts who takes part."""
        functions = self._extent.functions
        starters = {rows.OURS: start_ours, rows.STUB: start_stub}
        if self._peers:
            starters[rows.MINISTACK] = start_ministack
            starters[rows.OFFLINE] = functools.partial(
                start_offline, functions=functions
            )
        for name, starter in starters.items():
            say(f"starting {name} …")
            started = try_start(functools.partial(starter, self._folders))
            if isinstance(started, Missing):
                say(f"  it does not take part: {started.reason}")
                self._out[name] = started
            else:
                self._in[name] = started

    def stop(self) -> None:
        """Ends every server, and says what one left behind."""
        for contestant in self._in.values():
            if left := contestant.server.stop():
                more = f" and {len(left) - 1} more" if len(left) > 1 else ""
                say(f"{contestant.name} left running: {left[0]}{more}")
            if files := list(self._folders.own_temporary(contestant.name).iterdir()):
                say(f"{contestant.name} left {len(files)} temporary files or folders")
        self._in.clear()

    def measure(self, wanted: Collection[str]) -> Iterator[Row]:
        """The wanted rows, one after the other."""
        measures = {
            "warm": self._warm,
            "cold": self._cold,
            "threads": self._threads,
            "uploads": self._uploads,
            "queues": self._queues,
            "streams": self._streams,
            "memory": self._memory,
            "access": self._access,
            "start": self._start,
            "grading": self._grading,
        }
        for name in ROWS:
            if name in wanted:
                for row in measures[name]():
                    say(table.progress(row))
                    yield row

    def _some(self, *names: str) -> list[Contestant]:
        return [self._in[name] for name in names if name in self._in]

    def _all(self) -> list[Contestant]:
        return self._some(rows.OURS, rows.STUB, rows.MINISTACK, rows.OFFLINE)

    def _clouds(self) -> list[Contestant]:
        return self._some(rows.OURS, rows.MINISTACK, rows.OFFLINE)

    def _with_absent(
        self, readings: dict[str, Reading], *, stub: bool = False
    ) -> dict[str, Reading]:
        absent = {k: v for k, v in self._out.items() if stub or k != rows.STUB}
        return readings | absent

    def _warm(self) -> Iterator[Row]:
        count = self._extent.warm
        for source, words in ((SILENT, "silent handler"), (PRINTING, "prints a line")):
            readings = invocations.warm(self._all(), source, count)
            yield Row(
                f"warm invoke, {words}, median of {count}",
                "ms",
                self._with_absent(readings, stub=True),
                rows.near_the_stub(2) if source is SILENT else None,
            )

    def _cold(self) -> Iterator[Row]:
        count = self._extent.cold
        for source, words in ((SILENT, "Python, no imports"), (NODE, "Node")):
            readings = invocations.cold(
                self._clouds(),
                source,
                count,
                beside=functools.partial(starts.bare_interpreter, source.language),
            )
            yield Row(
                f"cold invoke, {words}, median of {count}",
                "ms",
                self._with_absent(readings),
                rows.at_most(60, "ms"),
            )

    def _threads(self) -> Iterator[Row]:
        shared = False
        if stub := self._in.get(rows.STUB):
            shared = invocations.shared_client_is_faster(stub, self._extent.seconds)
        clients = "on one client" if shared else "a client each"
        kinds = ((SILENT, "Python"), (PRINTING, "Python, prints"), (NODE, "Node"))
        for source, words in kinds:
            readings = invocations.concurrent(
                self._all(),
                source,
                shared=shared,
                rounds=self._extent.rounds,
                seconds=self._extent.seconds,
            )
            yield Row(
                f"8 threads ({clients}), one function, {words}",
                "/s",
                self._with_absent(readings, stub=True),
                rows.at_least(800, "/s") if source is SILENT else None,
                higher=True,
            )

    def _uploads(self) -> Iterator[Row]:
        servers = self._some(rows.OURS, rows.MINISTACK)
        count = self._extent.messages // 10
        yield Row(
            f"S3 upload → function finished, warm, median of {count}",
            "ms",
            self._polling(uploads.latency(servers, count)),
            rows.at_most(15, "ms"),
        )
        if ours := self._in.get(rows.OURS):
            many = 3 * count
            yield Row(
                f"of {many} uploads, twice, shuffled, throttled: not done just once",
                "uploads",
                {rows.OURS: uploads.reliability(ours, many)},
                rows.at_most(0, "uploads"),
            )

    def _queues(self) -> Iterator[Row]:
        servers = self._some(rows.OURS, rows.MINISTACK)
        count = self._extent.messages // 10
        yield Row(
            f"SQS → function, warm, median of {count}",
            "ms",
            self._polling(queues.latency(servers, count)),
            rows.at_most(20, "ms"),
        )
        size, rounds = self._extent.messages, self._extent.rounds
        yield Row(
            f"{size} queued messages drained in batches of 10, median of {rounds}",
            "s",
            self._polling(queues.drain(servers, size, rounds)),
            rows.at_most(3, "s"),
        )
        yield Row(
            f"{queues.MAPPINGS} event source mappings with nothing to do",
            "% of a processor",
            self._polling(queues.idle(servers, 5 * self._extent.seconds)),
            rows.at_most(0.5, "%"),
        )
        if ours := self._in.get(rows.OURS):
            many = 10 * size
            yield Row(
                f"of {many} messages, failing, killed and late: lost, stuck or doubled",
                "messages",
                {rows.OURS: queues.reliability(ours, many)},
                rows.at_most(0, "messages"),
            )

            yield Row(
                "30 days of the clock, with 672 retries by the hour",
                "s",
                {rows.OURS: queues.advancing(ours, 30)},
                rows.at_most(2, "s"),
            )

    def _streams(self) -> Iterator[Row]:
        if ours := self._in.get(rows.OURS):
            many = self._extent.messages
            yield Row(
                f"of {many} stream records, failing, killed and late: keys with a loss"
                " or out of order",
                "keys",
                {rows.OURS: streams.reliability(ours, many)},
                rows.at_most(0, "keys"),
            )

    def _polling(self, readings: dict[str, Reading]) -> dict[str, Reading]:
        absent = {name: why for name, why in self._out.items() if name in _POLLING}
        return readings | absent

    def _memory(self) -> Iterator[Row]:
        for source, words in ((SILENT, "Python"), (NODE, "Node")):
            sizes = {
                contestant.name: invocations.idle_memory(contestant, source)
                for contestant in self._clouds()
            }
            for position, size in enumerate(("resident", "proportional")):
                readings = {name: both[position] for name, both in sizes.items()}
                yield Row(
                    f"memory of an idle environment, {words}, {size}",
                    "MB",
                    self._with_absent(readings),
                    rows.at_most(16, "MB") if source is SILENT else None,
                )

    def _access(self) -> Iterator[Row]:
        count = self._extent.warm
        readings = {rows.OURS: authorisations.authorising(count)}
        yield Row(
            f"authorising a call with {authorisations.POLICIES} policies,"
            f" median of {count}",
            "ms",
            readings,
            rows.at_most(0.3, "ms"),
        )

    def _start(self) -> Iterator[Row]:
        count = self._extent.starts
        readings = starts.first_answers(self._folders, count, peers=self._peers)
        yield Row(
            f"`lab.start()`, or a peer's start, to the first answer, median of {count}",
            "s",
            readings,
            rows.at_most(0.8, "s"),
        )

    def _grading(self) -> Iterator[Row]:
        folder = self._folders.own_temporary(rows.NBGRADER)
        count = min(10, self._extent.toys)
        yield Row(
            f"grading a toy submission, one after the other, median of {count}",
            "s",
            grading.toy(folder, count),
            rows.at_most(0.25, "s"),
        )
        yield Row(
            "grading a submission of phase 2",
            "s",
            grading.lesson(folder, self._extent.lessons),
            rows.faster(8, rows.NBGRADER),
        )
        many = self._extent.toys
        taken, memory = grading.many(folder, many)
        yield Row(
            f"grading {many} toy submissions on {grading.PROCESSORS} processors",
            "s",
            {rows.OURS: taken},
            rows.at_most(0.18 * many, "s"),
        )
        yield Row(
            "memory of the process that hands them out, at most",
            "MB",
            {rows.OURS: memory},
            rows.at_most(300, "MB"),
        )
        yield Row(
            "`grader --help`, or `import nbgrader`, median of 5",
            "s",
            grading.commands(5),
            rows.at_most(0.25, "s"),
        )
