"""Bodies that are read here and stay readable for whoever answers the request."""

from __future__ import annotations

import io
from typing import Any


def body(environ: dict[str, Any]) -> bytes:
    """The whole body of a request."""
    stream = environ["wsgi.input"]
    if isinstance(stream, io.BytesIO):
        return stream.getvalue()
    length = environ.get("CONTENT_LENGTH")
    data: bytes = stream.read(int(length)) if length else b""
    if not length and environ.get("wsgi.input_terminated"):
        data = stream.read()
    environ["wsgi.input"] = io.BytesIO(data)
    return data
