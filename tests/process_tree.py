"""The processes that a process started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def below(pid: int | None = None) -> Iterator[int]:
    """Everything below a process (this one), its own threads' children included."""
    for listed in Path(f"/proc/{pid or os.getpid()}/task").glob("*/children"):
        for child in listed.read_text().split():
            yield int(child)
            yield from below(int(child))
