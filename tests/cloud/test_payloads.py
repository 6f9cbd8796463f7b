"""What Lambda's parser says of events that aren't JSON."""

from __future__ import annotations

import json

import pytest

from grader.cloud.payloads import parser_message

VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


@pytest.mark.parametrize(
    ("text", "reason", "column"),
    [
        ("hello", f"Unrecognized token 'hello': was expecting {VALUES}", 6),
        ("not json", f"Unrecognized token 'not': was expecting {VALUES}", 4),
        (
            "{'a':1}",
            "Unexpected character (''' (code 39)): was expecting double-quote to start"
            " field name",
            3,
        ),
        (
            '{"a" 1}',
            "Unexpected character ('1' (code 49)): was expecting a colon to separate"
            " field name and value",
            7,
        ),
        (
            '{"a":1 "b":2}',
            "Unexpected character ('\"' (code 34)): was expecting comma to separate"
            " Object entries",
            9,
        ),
        (
            "[1 2]",
            "Unexpected character ('2' (code 50)): was expecting comma to separate"
            " Array entries",
            5,
        ),
        ('{"a":}', "Unexpected character ('}' (code 125)): expected a value", 7),
        (
            "<a>",
            f"Unexpected character ('<' (code 60)): expected a valid value {VALUES}",
            2,
        ),
        (
            '{"a":"b',
            "Unexpected end-of-input: was expecting closing quote for a string value",
            8,
        ),
        ('{"a', "Unexpected end-of-input in field name", 4),
        ('{"a":', "Unexpected end-of-input within/between Object entries", 6),
        (
            '{"a":1',
            "Unexpected end-of-input: expected close marker for Object (start marker"
            ' at [Source: (byte[])"{"a":1"; line: 1, column: 1])',
            7,
        ),
    ],
)
def test_a_mistake_is_worded_as_jackson_does(
    text: str, reason: str, column: int
) -> None:
    """The source's place counts from 1, one beyond the character that was read."""
    with pytest.raises(json.JSONDecodeError) as error:
        json.loads(text)
    assert parser_message(text.encode(), error.value) == (
        f'{reason}\n at [Source: (byte[])"{text}"; line: 1, column: {column}]'
    )


def test_a_long_text_is_cut_in_the_message() -> None:
    """The parser repeats 500 bytes."""
    text = "x" * 600
    with pytest.raises(json.JSONDecodeError) as error:
        json.loads(text)
    assert '"[truncated 100 bytes]; line: 1' in parser_message(
        text.encode(), error.value
    )
