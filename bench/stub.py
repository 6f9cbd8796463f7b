"""A server that answers every request at once as Lambda answers an Invoke.

It does nothing else, so the time that boto3 takes against it is boto3's own: no
local cloud can be faster. Run as a process: `python -m bench.stub`.
Answer's shape: docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import asyncio
import signal

BODY = b'{"ok": true}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\n"
    b"Content-Type: application/json\r\n"
    b"X-Amz-Executed-Version: $LATEST\r\n"
    b"x-amzn-RequestId: 3b1f5a0e-5b5e-4c51-8a5e-0d8a6a1c8f11\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)


def request_length(received: bytes) -> int | None:
    """How many bytes the first request in `received` has; None: not all headers yet."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    length = end + 4
    for line in received[:end].split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length += int(value)
    return length


class InstantAnswer(asyncio.Protocol):
    """One connection, kept alive."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (length := request_length(self._received)) is not None:
            if len(self._received) < length:
                return
            self._received = self._received[length:]
            self._transport.write(ANSWER)


async def serve() -> None:
    """Serves on a free port, prints it, and ends on SIGTERM."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(InstantAnswer, "127.0.0.1", 0)
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    port = server.sockets[0].getsockname()[1]
    print(f"AWS_ENDPOINT_URL=http://127.0.0.1:{port}", flush=True)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
