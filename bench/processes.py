"""Processes as Linux shows them: the tree below one, and what each holds in memory.

See proc(5): `/proc/<pid>/stat` and `/proc/<pid>/smaps_rollup`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A process; `started` (clock ticks after boot) tells a reused id apart."""

    pid: int
    parent: int
    started: int


@dataclass(frozen=True)
class Memory:
    """Megabytes of 2²⁰ bytes; `pss` counts a page that n processes share as 1/n."""

    rss: float
    pss: float | None

    def __add__(self, other: Memory) -> Memory:
        pss = None
        if self.pss is not None and other.pss is not None:
            pss = self.pss + other.pss
        return Memory(self.rss + other.rss, pss)


def parse_stat(text: str) -> Process:
    """One `/proc/<pid>/stat`; the command in it may hold spaces and brackets."""
    pid, rest = text.split(" (", 1)
    fields = rest.rsplit(")", 1)[1].split()
    return Process(int(pid), parent=int(fields[1]), started=int(fields[19]))


def parse_rollup(text: str) -> Memory:
    """The sums in `/proc/<pid>/smaps_rollup`, which are in kB of 1,024 bytes."""
    kilobytes = {
        name: int(rest.split()[0])
        for name, colon, rest in (line.partition(":") for line in text.splitlines())
        if colon and name in ("Rss", "Pss")
    }
    return Memory(kilobytes["Rss"] / 1024, kilobytes["Pss"] / 1024)


def snapshot() -> dict[int, Process]:
    """Every process that is there now."""
    found = {}
    for entry in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):
            process = parse_stat(entry.read_text(errors="replace"))
            found[process.pid] = process
    return found


def below(pid: int, processes: Mapping[int, Process]) -> set[Process]:
    """The descendants of a process, itself not included."""
    children: dict[int, list[Process]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process)
    found: set[Process] = set()
    waiting = [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            if child not in found:
                found.add(child)
                waiting.append(child.pid)
    return found


def most_memory(pid: int) -> float:
    """The most resident memory of a process so far, in MB; 0 once it has ended."""
    with suppress(OSError):
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def memory_of(process: Process) -> Memory:
    """What a process holds; `pss` is None where the system doesn't let us see it.

    Raises:
        OSError: the process has ended.
    """
    folder = PROC / str(process.pid)
    try:
        return parse_rollup((folder / "smaps_rollup").read_text())
    except PermissionError:
        pages = int((folder / "statm").read_text().split()[1])
        return Memory(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, None)


def command_of(process: Process) -> str:
    """The command line of a process, shortened; empty when it has ended."""
    try:
        raw = (PROC / str(process.pid) / "cmdline").read_bytes()
    except OSError:
        return ""
    return raw.replace(b"\0", b" ").decode(errors="replace").strip()[:120]


def still_there(processes: Iterable[Process]) -> list[Process]:
    """Those of the processes that have not ended (a zombie counts as ended)."""
    now = snapshot()
    return [
        process
        for process in processes
        if (seen := now.get(process.pid))
        and seen.started == process.started
        and command_of(seen)
    ]


def end(processes: Iterable[Process]) -> list[str]:
    """Kills those of the processes that are still there; their command lines."""
    ended = []
    for process in still_there(processes):
        ended.append(command_of(process))
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    return ended
