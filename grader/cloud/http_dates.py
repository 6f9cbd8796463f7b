"""The Date header, worded once per second."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache


def http_date() -> str:
    """Lab time in HTTP's words."""
    return _worded(int(time.time()))


@lru_cache(maxsize=1)
def _worded(second: int) -> str:
    return formatdate(second, usegmt=True)
