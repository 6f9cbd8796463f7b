"""What an execution environment writes: text lines and telemetry frames.

stdout, stderr and awslambdaric's log frames share one pipe, so that their order
is the order of writing. A frame is 4 bytes type (0xa55a....), 4 bytes length,
8 bytes timestamp in microseconds, all big-endian, then the message; the format is
in awslambdaric's ``FramedTelemetryLogSink``. UTF-8 text can't contain its start.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_MARK = b"\xa5\x5a"
_HEADER = struct.Struct(">4sIQ")
# CloudWatch Logs' limit for one event, in bytes:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
EVENT_LIMIT = 1024 * 1024
# Of one invocation; more than this is dropped, and said so.
OUTPUT_LIMIT = 16 * 1024 * 1024


class LogOutput:
    """Splits the bytes of the pipe into log events."""

    def __init__(self) -> None:
        self._buffer = b""
        self._taken = 0
        self._dropping = False

    def begin(self) -> None:
        """Start an invocation: the limit of output counts from here."""
        self._taken = 0
        self._dropping = False

    def feed(self, data: bytes) -> list[str]:
        """Take what was read from the pipe; give the events that are complete."""
        self._taken += len(data)
        if self._taken > OUTPUT_LIMIT:
            if self._dropping:
                return []
            self._dropping = True
            self._buffer = b""
            return [
                f"[lab] This invocation wrote more than {OUTPUT_LIMIT >> 20} MB of "
                "log output. The rest of it is dropped here.\n"
            ]
        self._buffer += data
        return [_text(event) for event in self._split()]

    def rest(self) -> list[str]:
        """Give what stands without a line's end when an invocation is over."""
        buffer, self._buffer = self._buffer, b""
        if not buffer or buffer.startswith(_MARK):
            return []
        return [_text(buffer)]

    def _split(self) -> Iterator[bytes]:
        while self._buffer:
            if self._buffer.startswith(_MARK):
                if len(self._buffer) < _HEADER.size:
                    return
                _, length, _ = _HEADER.unpack_from(self._buffer)
                end = _HEADER.size + length
                if len(self._buffer) < end:
                    return
                yield self._buffer[_HEADER.size : end]
                self._buffer = self._buffer[end:]
                continue
            frame = self._buffer.find(_MARK)
            text = self._buffer if frame < 0 else self._buffer[:frame]
            *lines, unfinished = text.split(b"\n")
            for line in lines:
                yield from _cut(line + b"\n")
            rest = self._buffer[len(text) :]
            if rest and unfinished:
                # A frame ends the line that a print(end="") began.
                yield unfinished
                unfinished = b""
            *full, unfinished = _cut(unfinished) or [b""]
            yield from full
            self._buffer = unfinished + rest
            if not rest:
                return


def _cut(line: bytes) -> list[bytes]:
    """Cut what is longer than an event may be."""
    return [line[at : at + EVENT_LIMIT] for at in range(0, len(line), EVENT_LIMIT)]


def _text(event: bytes) -> str:
    return event.decode("utf-8", "replace")
