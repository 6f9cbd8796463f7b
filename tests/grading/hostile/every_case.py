"""All cases, class by class."""

from __future__ import annotations

from tests.grading.hostile import (
    bombs,
    broken_files,
    damaged_cells,
    deaths,
    forged_kernels,
    forged_protocol,
    forged_values,
    honest,
    other_editors,
    pages,
    shadows,
    spying,
)
from tests.grading.hostile.cases import Case

CASES: tuple[Case, ...] = (
    *forged_values.CASES,
    *forged_kernels.CASES,
    *forged_protocol.CASES,
    *spying.CASES,
    *bombs.CASES,
    *deaths.CASES,
    *broken_files.CASES,
    *damaged_cells.CASES,
    *other_editors.CASES,
    *shadows.CASES,
    *pages.CASES,
    *honest.CASES,
)
