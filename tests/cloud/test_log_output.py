"""Splitting an environment's output into log events."""

from __future__ import annotations

import struct

from grader.cloud.log_output import EVENT_LIMIT, OUTPUT_LIMIT, LogOutput


def frame(text: str) -> bytes:
    message = text.encode()
    return struct.pack(">4sIQ", b"\xa5\x5a\x00\x03", len(message), 1) + message


def test_lines_are_events_with_their_line_end() -> None:
    output = LogOutput()
    assert output.feed(b"one\ntwo\nthr") == ["one\n", "two\n"]
    assert output.feed(b"ee\n") == ["three\n"]


def test_a_frame_is_one_event_whatever_it_holds() -> None:
    output = LogOutput()
    assert output.feed(frame("a\nb\n") + b"line\n" + frame("c")) == [
        "a\nb\n",
        "line\n",
        "c",
    ]


def test_pieces_of_a_frame_are_put_together() -> None:
    output = LogOutput()
    data = b"x\n" + frame("é" * 50) + b"y"
    events = [event for byte in data for event in output.feed(bytes([byte]))]
    assert events == ["x\n", "é" * 50]
    assert output.rest() == ["y"]


def test_a_frame_ends_an_unfinished_line() -> None:
    assert LogOutput().feed(b"half" + frame("whole")) == ["half", "whole"]


def test_what_is_not_utf8_is_replaced() -> None:
    assert LogOutput().feed(b"a\xffb\n") == ["a\ufffdb\n"]


def test_a_long_line_is_cut_at_the_limit_of_an_event() -> None:
    output = LogOutput()
    events = output.feed(b"x" * (EVENT_LIMIT + 5) + b"\n") + output.rest()
    assert "".join(events) == "x" * (EVENT_LIMIT + 5) + "\n"
    assert max(map(len, events)) <= EVENT_LIMIT


def test_beyond_the_limit_output_is_dropped_and_said_so_once() -> None:
    output = LogOutput()
    output.begin()
    for _ in range(OUTPUT_LIMIT // EVENT_LIMIT):
        output.feed(b"x" * (EVENT_LIMIT - 1) + b"\n")
    (said,) = output.feed(b"more\n")
    assert said.startswith("[lab] This invocation wrote more than 16 MB")
    assert output.feed(b"even more\n") == []
    output.begin()
    assert output.feed(b"next invocation\n") == ["next invocation\n"]
