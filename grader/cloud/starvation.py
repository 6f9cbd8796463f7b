"""How long processes could have run, and had no processor.

On a machine with too much to do a function loses time that isn't its own: its timeout
is about what it does.
"""

from __future__ import annotations

from pathlib import Path

from grader.cloud.process_memory import descendants


def starved(pid: int) -> float:
    """Seconds that a process and those below it waited for a processor, so far.

    0 where Linux doesn't tell. https://docs.kernel.org/scheduler/sched-stats.html
    """
    return sum(map(_waited, (pid, *descendants(pid))))


def _waited(pid: int) -> float:
    try:
        _, nanoseconds, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    except (OSError, ValueError):
        return 0.0
    return int(nanoseconds) / 1e9
