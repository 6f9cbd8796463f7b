"""Bodies that are read here and stay readable for whoever answers the request."""

from __future__ import annotations

import contextlib
import gzip
import io
import zlib
from typing import Any


def unpack(environ: dict[str, Any]) -> None:
    """Unpack a body that an SDK compressed, for everybody who reads it."""
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
        # What isn't gzip the service will say.
        with contextlib.suppress(OSError, EOFError, zlib.error):
            data = gzip.decompress(body(environ))
            environ["wsgi.input"] = io.BytesIO(data)
            environ["CONTENT_LENGTH"] = str(len(data))
            del environ["HTTP_CONTENT_ENCODING"]


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
