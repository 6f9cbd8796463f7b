"""The lab's port, spoken to byte by byte."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from grader.cloud.cloud import Cloud


@pytest.fixture
def connection(shared_cloud: Cloud) -> Iterator[socket.socket]:
    port = int(shared_cloud.endpoint_url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        yield connection


def exchange(connection: socket.socket, *pieces: bytes) -> tuple[bytes, bytes]:
    """Send the pieces of one request; read one answer with a length."""
    for piece in pieces:
        connection.sendall(piece)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    length = int(fields[b"content-length"])
    while len(body) < length:
        body += connection.recv(65536)
    return head, body


SIGNED = (
    b"Authorization: AWS4-HMAC-SHA256 Credential=test/20261125/us-east-1/s3/"
    b"aws4_request, SignedHeaders=host, Signature=0\r\n\r\n"
)
HEALTH = b"GET /_lab-nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_a_connection_is_kept_for_the_next_request(connection: socket.socket) -> None:
    for _ in range(3):
        head, _ = exchange(connection, HEALTH)
        assert head.startswith(b"HTTP/1.1 ")


def test_a_request_may_come_in_pieces(connection: socket.socket) -> None:
    pieces = [HEALTH[at : at + 7] for at in range(0, len(HEALTH), 7)]
    head, _ = exchange(connection, *pieces)
    assert head.startswith(b"HTTP/1.1 ")


def test_requests_may_follow_without_waiting(connection: socket.socket) -> None:
    connection.sendall(HEALTH + HEALTH)
    answers = b""
    while answers.count(b"HTTP/1.1 ") < 2:
        received = connection.recv(65536)
        assert received
        answers += received


def test_a_body_may_wait_to_be_asked_for(connection: socket.socket) -> None:
    """boto3 uploads so: Expect: 100-continue."""
    connection.sendall(
        b"PUT /waiting-bucket HTTP/1.1\r\nHost: localhost\r\n"
        b"Expect: 100-continue\r\nContent-Length: 0\r\n\r\n"
    )
    assert connection.recv(65536).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")


def test_a_body_may_come_in_chunks(connection: socket.socket) -> None:
    exchange(
        connection,
        b"PUT /chunked-bucket HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
        + SIGNED,
    )
    head, _ = exchange(
        connection,
        b"PUT /chunked-bucket/key HTTP/1.1\r\nHost: localhost\r\n"
        b"Transfer-Encoding: chunked\r\n" + SIGNED,
        b"5\r\nhello\r\n",
        b"6\r\n world\r\n0\r\n\r\n",
    )
    assert head.startswith(b"HTTP/1.1 200")


def test_what_is_not_http_is_refused(connection: socket.socket) -> None:
    head, _ = exchange(connection, b"hello there\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")


def test_other_origins_are_not_invited(connection: socket.socket) -> None:
    """moto's own server lets every origin read everything."""
    head, _ = exchange(
        connection,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n",
    )
    assert b"access-control-allow-origin" not in head.lower()


def test_a_server_takes_listeners_that_it_is_given() -> None:
    """A request is answered at each of them; the first says the port."""
    first = socket.create_server(("127.0.0.1", 0))
    second = socket.create_server(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in (first, second)]
    cloud = Cloud(listeners=[first, second])
    cloud.start()
    try:
        assert cloud.endpoint_url == f"http://127.0.0.1:{ports[0]}"
        for port in (*ports, *ports):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
                head, _ = exchange(line, HEALTH)
                assert head.startswith(b"HTTP/1.1 ")
    finally:
        cloud.close()
    assert first.fileno() == second.fileno() == -1
