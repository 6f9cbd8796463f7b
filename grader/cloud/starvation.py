"""Whether processes could run, and how long they had no processor.

On a machine with too much to do a function loses time that isn't its own: its timeout
is about what it does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from grader.cloud.process_memory import descendants


def starved(pid: int) -> float:
    """Seconds that a process and those below it waited for a processor, so far.

    0 where Linux doesn't tell. https://docs.kernel.org/scheduler/sched-stats.html
    """
    return sum(map(_waited, (pid, *descendants(pid))))


def runs(pid: int) -> bool:
    """Whether a thread of a process, or below it, runs or would if it had a processor.

    False where Linux doesn't tell. https://man7.org/linux/man-pages/man5/proc.5.html
    """
    return any(
        state == "R" for each in (pid, *descendants(pid)) for state in _states(each)
    )


def _states(pid: int) -> Iterator[str]:
    for task in _threads(pid):
        with contextlib.suppress(OSError):
            # The name before it may have anything in it, brackets as well.
            _, _, rest = (task / "stat").read_text(errors="replace").rpartition(") ")
            yield rest[:1]


def _waited(pid: int) -> float:
    """What its thread waited that waited most: they do so at the same time."""
    return max(map(_thread_waited, _threads(pid)), default=0.0)


def _thread_waited(task: Path) -> float:
    try:
        _, nanoseconds, _ = (task / "schedstat").read_text().split()
    except (OSError, ValueError):
        return 0.0
    return int(nanoseconds) / 1e9


def _threads(pid: int) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from Path(f"/proc/{pid}/task").iterdir()
