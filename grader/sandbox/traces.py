"""What a process shows of how it was started, in `/proc/<pid>`.

A forked process shows its ancestor's command line and environment, whatever it does
to its own variables: they are read from where the kernel put them at the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.sandbox import system_calls

_AFTER_NAME = 3
"""The number of the first field after the name, in proc_pid_stat(5)."""
_ARG_START, _ARG_END, _ENV_START, _ENV_END = 48, 49, 50, 51


@dataclass(frozen=True)
class Traces:
    """Addresses in this process's memory, each from and to."""

    arguments: tuple[int, int]
    environment: tuple[int, int]

    def erase(self) -> None:
        """Fill both with zeros: C's own pointers into them have to be gone."""
        system_calls.erase(*self.arguments)
        system_calls.erase(*self.environment)


def own() -> Traces:
    """This process's."""
    stat = Path("/proc/self/stat").read_text()
    # The name in brackets may hold anything.
    fields = [int(each) for each in stat.rpartition(")")[2].split()[1:]]

    def field(number: int) -> int:
        return fields[number - _AFTER_NAME - 1]

    return Traces(
        (field(_ARG_START), field(_ARG_END)), (field(_ENV_START), field(_ENV_END))
    )
