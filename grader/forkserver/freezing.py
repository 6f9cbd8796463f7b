"""Making a warm process cheap to fork, once all is there that its children need.

What a fork and its end cost is the copying and dropping of a table with an entry for
each page of memory. A huge page has one entry instead of 512, until a child writes to
it: with 130 MB in a warm process a fork takes a third of the time.

https://docs.kernel.org/admin-guide/mm/transhuge.html
"""

from __future__ import annotations

import ctypes
import gc
import re
from collections.abc import Iterator
from pathlib import Path

HUGE = 2 * 1024 * 1024
"""Bytes of a huge page; on machines with other sizes nothing comes of it."""
_MADV_COLLAPSE = 25
_AREA = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw.p .*$", re.MULTILINE)
_USED = re.compile(r"^Anonymous: +(\d+) kB$", re.MULTILINE)
_C = ctypes.CDLL(None, use_errno=True)


def freeze() -> None:
    """Let what is here now be every child's; the process must have one thread."""
    # Collecting it would copy its pages.
    gc.collect()
    gc.freeze()
    for start, end in _areas():
        # Linux before 6.1, or no huge page to be had: forks are slower, no more.
        _C.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_COLLAPSE)


def _areas() -> Iterator[tuple[int, int]]:
    """The addresses of huge pages that are used for the most part."""
    try:
        text = Path("/proc/self/smaps").read_text()
    except OSError:
        return
    for area in _AREA.finditer(text):
        first, last = int(area[1], 16), int(area[2], 16)
        start, end = -(-first // HUGE) * HUGE, last // HUGE * HUGE
        used = _USED.search(text, area.end())
        # What was never written to would take memory from now on.
        if start < end and used and int(used[1]) * 1024 * 4 >= (last - first) * 3:
            yield start, end
