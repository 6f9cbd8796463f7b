"""In a fork: pools of threads, whose threads have stayed behind.

A pool that has no idle thread starts one; one that takes its lost threads for idle ones
waits for them for ever.
"""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def begin_anew() -> None:
    """Have every pool start threads of its own."""
    for pool in gc.get_objects():
        # Nothing of a learner's is asked what it is.
        if type(pool) is ThreadPoolExecutor:
            threads: Any = pool._threads
            threads.clear()
            pool._idle_semaphore = threading.Semaphore(0)
