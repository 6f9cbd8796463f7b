"""The limits of payloads, and what Lambda says is wrong with an event.

Lambda passes on the message of its parser, Jackson: these are its words for the
mistakes that people make, at the place that Python's parser found.
"""

from __future__ import annotations

import json

from grader import facts
from grader.cloud.aws_errors import AWSError

# Bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
SYNCHRONOUS_LIMIT = facts.aws_lambda.SYNCHRONOUS_PAYLOAD.value
RESPONSE_LIMIT = SYNCHRONOUS_LIMIT + 100
_VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
# Bytes of the text that the parser repeats.
_SHOWN = 500


def parser_message(payload: bytes, error: ValueError, source: str = "byte[]") -> str:
    """Word a parser's error; ``error`` is what ``json.loads`` raised.

    ``source`` is Java's type of what the service has parsed.
    """
    text = payload.decode("utf-8", "replace")
    position = getattr(error, "pos", 0)
    # Jackson skips blanks before it looks.
    position += len(text[position:]) - len(text[position:].lstrip())
    reason, at = _reason(text, position, error, source)
    return f"{reason}\n at {place(text, at, source)}"


def _reason(
    text: str, position: int, error: ValueError, source: str
) -> tuple[str, int]:
    """Give the reason, and how many characters had been read at it."""
    expected = error.msg if isinstance(error, json.JSONDecodeError) else ""
    start = _container(text, position)
    kind = "Array" if start is not None and text[start] == "[" else "Object"
    if expected.startswith("Unterminated string"):
        if _is_field_name(text, position):
            return "Unexpected end-of-input in field name", len(text)
        closing = "was expecting closing quote for a string value"
        return f"Unexpected end-of-input: {closing}", len(text)
    if position >= len(text):
        before = text.rstrip()[-1:]
        if before == ":" or (before == "," and start is not None):
            return f"Unexpected end-of-input within/between {kind} entries", len(text)
        if start is None:
            return "Unexpected end-of-input", len(text)
        marker = f"expected close marker for {kind} (start marker at"
        return (
            f"Unexpected end-of-input: {marker} {place(text, start, source)})",
            len(text),
        )
    found = text[position]
    unexpected = f"Unexpected character ('{found}' (code {ord(found)}))"
    if expected.startswith("Expecting property name"):
        wanted = "was expecting double-quote to start field name"
    elif expected.startswith("Expecting ':'"):
        wanted = "was expecting a colon to separate field name and value"
    elif expected.startswith("Expecting ','"):
        wanted = f"was expecting comma to separate {kind} entries"
    elif token := _token(text[position:]):
        return (
            f"Unrecognized token '{token}': was expecting {_VALUES}",
            position + len(token),
        )
    elif found in "]}" and start is not None:
        wanted = "expected a value"
    else:
        wanted = f"expected a valid value {_VALUES}"
    return f"{unexpected}: {wanted}", position + 1


def _token(rest: str) -> str:
    length = next(
        (at for at, one in enumerate(rest) if not (one.isalnum() or one in "_$")),
        len(rest),
    )
    return rest[:length]


def _container(text: str, position: int) -> int | None:
    """Find the bracket of the innermost object or array that is open there."""
    brackets: list[int] = []
    quoted = False
    at = 0
    while at < position:
        one = text[at]
        if quoted and one == "\\":
            at += 1
        elif one == '"':
            quoted = not quoted
        elif not quoted and one in "[{":
            brackets.append(at)
        elif not quoted and one in "]}" and brackets:
            brackets.pop()
        at += 1
    return brackets[-1] if brackets else None


def _is_field_name(text: str, position: int) -> bool:
    start = _container(text, position)
    return (
        start is not None
        and text[start] == "{"
        and text[:position].rstrip()[-1:] in ("{", ",")
    )


def place(text: str, at: int, source: str = "byte[]") -> str:
    """Write where the parser stood, with the beginning of the text."""
    data = text.encode()
    shown = data[:_SHOWN].decode("utf-8", "ignore")
    unit = "bytes" if source == "byte[]" else "chars"
    more = f"[truncated {len(data) - _SHOWN} {unit}]" if len(data) > _SHOWN else ""
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return f'[Source: ({source})"{shown}"{more}; line: {line}, column: {column}]'


def check_payload(payload: bytes, limit: int) -> None:
    """Refuse an event that is too large or isn't JSON, in Lambda's words."""
    if len(payload) > limit:
        raise AWSError(
            "RequestEntityTooLargeException",
            f"Request must be smaller than {limit} bytes for the InvokeFunction "
            "operation",
            413,
            Type="User",
        )
    if not payload:
        return
    try:
        _JSON.decode(payload.decode())
    except ValueError as error:
        raise AWSError(
            "InvalidRequestContentException",
            "Could not parse request body into json: Could not parse payload into "
            f"json: {parser_message(payload, error)}",
            400,
            Type="User",
        ) from None


def _refuse_constant(name: str) -> None:
    # Python reads NaN and Infinity; JSON has neither.
    raise ValueError(name)


_JSON = json.JSONDecoder(parse_constant=_refuse_constant)
