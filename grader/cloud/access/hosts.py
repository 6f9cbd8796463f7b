"""The Host of a request: the lab itself, or a bucket of S3's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OWN = ("127.0.0.1", "localhost")


def is_the_labs_own(environ: Mapping[str, Any]) -> bool:
    """Whether a request is to the lab itself, so that its path says all."""
    return str(environ.get("HTTP_HOST", "")).partition(":")[0] in _OWN
