"""Answers as streams of events: the encoding, and what InvokeWithResponseStream sends.

The encoding is Amazon's event stream:
https://smithy.io/2.0/aws/amazon-eventstream.html
https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from zlib import crc32

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7


def message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Encode one message: lengths and their checksum, headers, payload, checksum."""
    encoded = b"".join(
        _header(name.encode(), value.encode()) for name, value in headers.items()
    )
    # Both lengths and the three checksums' 12 bytes count.
    length = 16 + len(encoded) + len(payload)
    prelude = struct.pack(">II", length, len(encoded))
    head = prelude + struct.pack(">I", crc32(prelude)) + encoded + payload
    return head + struct.pack(">I", crc32(head))


def _header(name: bytes, value: bytes) -> bytes:
    return (
        struct.pack(">B", len(name))
        + name
        + struct.pack(">BH", _STRING, len(value))
        + value
    )


def _event(kind: str, content_type: str, payload: bytes) -> bytes:
    headers = {
        ":event-type": kind,
        ":content-type": content_type,
        ":message-type": "event",
    }
    return message(headers, payload)


def invocation_events(
    payload: bytes, function_error: str | None, log_result: str | None
) -> bytes:
    """Give the events of an answer that the function made as a whole.

    ``log_result`` is in base64. A function's error is told by the last event.
    """
    complete = {}
    events = b""
    if function_error is None:
        events = _event("PayloadChunk", "application/octet-stream", payload)
    else:
        complete["ErrorCode"] = function_error
        complete["ErrorDetails"] = payload.decode("utf-8", "replace")
    if log_result is not None:
        complete["LogResult"] = log_result
    return events + _event(
        "InvokeComplete", "application/json", json.dumps(complete).encode()
    )
