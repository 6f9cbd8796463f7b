"""What is read from other programs' output and requests."""

from bench.first_answer import parse
from bench.machine import parse_model
from bench.servers import printed_endpoint
from bench.stub import request_length


def test_endpoint_among_other_lines():
    """A server may say more than its endpoint."""
    text = "starting\nAWS_ENDPOINT_URL=http://127.0.0.1:4321\nready\n"
    assert printed_endpoint(text) == "http://127.0.0.1:4321"


def test_no_endpoint_yet():
    """A server that hasn't said where it is has no endpoint."""
    assert printed_endpoint("starting\n") is None


def test_first_answer_among_other_lines():
    """What the lab prints around it doesn't matter."""
    text = 'The lab is ready\nFIRST_ANSWER {"first_answer": 0.5}\nbye\n'
    assert parse(text) == {"first_answer": 0.5}


def test_processor_name():
    """Blanks in the name are evened out."""
    assert parse_model("vendor_id\t: X\nmodel name\t: Fast  CPU 9\n") == "Fast CPU 9"


def test_request_with_a_body():
    """A request ends after its body."""
    request = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
    assert request_length(request + b"POST") == len(request)


def test_request_without_all_headers():
    """Without the empty line the length isn't known."""
    assert request_length(b"POST / HTTP/1.1\r\nContent-Le") is None
