"""What one submission's kernel may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """All of them hold in the grader, whatever the kernel does."""

    cell_seconds: float = 60.0
    """One cell's; then it's interrupted."""
    grace: float = 2.0
    """Seconds that an interrupted cell may take to end; then the kernel is killed."""
    total_seconds: float = 600.0
    """Of all cells, and of what has to be run again."""
    cell_output: int = 1_000_000
    """Bytes of one cell's outputs that are kept; what was cut says so."""
    total_output: int = 8_000_000
    """Bytes of a submission's outputs that are kept."""
    flood: int = 64_000_000
    """Bytes that one cell may send before it's stopped."""
    replacements: int = 3
    """Kernels after the first; then no more cells run."""
