"""What a function returned, read as an HTTP response.

Follows "Output format of a Lambda function for proxy integration", "Lambda function
response for format 1.0" and "… 2.0" in the API Gateway developer guide.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response


class MalformedAnswer(Exception):
    """The function's answer isn't of the form that its caller expects."""


class FunctionFailed(MalformedAnswer):
    """The function raised or was ended: its answer is an error."""


@dataclass(frozen=True)
class Answer:
    """An HTTP response; ``encoded`` says that ``body`` still is base64 text."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    encoded: bool = False

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[-1] if found else None

    def response(self, *, content_type: str) -> Response:
        """Make the response, with this content type if the function set none."""
        response = Response(self.body, status=self.status)
        response.headers.remove("Content-Type")
        for name, value in self.headers:
            if name.lower() not in ("content-length", "transfer-encoding"):
                response.headers.add(name, value)
        response.headers.setdefault("Content-Type", content_type)
        return response


def answer_2_0(payload: bytes, *, texts_unquoted: bool) -> Answer:
    """Read an answer in payload format 2.0.

    Anything that isn't an object with a ``statusCode`` is the body of a 200, as it is;
    ``texts_unquoted`` takes the quotes off a JSON string, as HTTP APIs do.
    Raises: MalformedAnswer.
    """
    try:
        answer = json.loads(payload)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "statusCode" not in answer:
        if texts_unquoted and isinstance(answer, str):
            payload = answer.encode()
        return Answer(200, (("Content-Type", "application/json"),), payload)
    headers = _headers(answer.get("headers"))
    cookies = answer.get("cookies") or []
    if not isinstance(cookies, list):
        raise MalformedAnswer("cookies is not a list")
    headers += [("Set-Cookie", str(cookie)) for cookie in cookies]
    return decoded(_answer(answer, headers))


_MEMBERS_1_0 = frozenset(
    ("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded")
)


def answer_1_0(payload: bytes, *, strict: bool = False) -> Answer:
    """Read an answer in payload format 1.0; its body is still encoded if it says so.

    ``strict`` refuses members that the format doesn't have, as REST APIs do.
    Raises: MalformedAnswer.
    """
    try:
        answer = json.loads(payload)
    except ValueError as error:
        raise MalformedAnswer("the answer is not JSON") from error
    if not isinstance(answer, dict) or "statusCode" not in answer:
        raise MalformedAnswer("the answer has no statusCode")
    unknown = set(answer) - _MEMBERS_1_0
    if strict and unknown:
        raise MalformedAnswer(f"the answer has other members: {sorted(unknown)}")
    several = answer.get("multiValueHeaders") or {}
    if not isinstance(several, dict):
        raise MalformedAnswer("multiValueHeaders is not an object")
    headers = []
    for name, values in several.items():
        if not isinstance(values, list):
            raise MalformedAnswer(f"multiValueHeaders.{name} is not a list")
        headers += [(name, _header_value(name, value)) for value in values]
    known = {(name.lower(), value) for name, value in headers}
    headers += [
        (name, value)
        for name, value in _headers(answer.get("headers"))
        if (name.lower(), value) not in known
    ]
    return _answer(answer, headers)


_JSON_NAMES = {
    dict: "an object",
    list: "a list",
    int: "a number",
    float: "a number",
    bool: "true or false",
}


def _answer(answer: Mapping[str, Any], headers: list[tuple[str, str]]) -> Answer:
    body = answer.get("body")
    if body is not None and not isinstance(body, str):
        raise MalformedAnswer(
            f"body is not a string but {_JSON_NAMES[type(body)]} (json.dumps makes one)"
        )
    encoded = answer.get("isBase64Encoded")
    if encoded is not None and not isinstance(encoded, bool):
        raise MalformedAnswer("isBase64Encoded is not a boolean")
    return Answer(
        _status(answer["statusCode"]),
        tuple(headers),
        (body or "").encode(),
        encoded=bool(encoded),
    )


def decoded(answer: Answer) -> Answer:
    """Turn an encoded body into its bytes. Raises: MalformedAnswer."""
    if not answer.encoded:
        return answer
    try:
        body = base64.b64decode(answer.body, validate=True)
    except binascii.Error as error:
        raise MalformedAnswer("body is not base64") from error
    return Answer(answer.status, answer.headers, body)


def _status(value: Any) -> int:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 100 <= value < 600:
        raise MalformedAnswer(f"statusCode {value!r} is not an HTTP status")
    return value


def _headers(headers: Any) -> list[tuple[str, str]]:
    if headers is None:
        return []
    if not isinstance(headers, dict):
        raise MalformedAnswer("headers is not an object")
    return [(name, _header_value(name, value)) for name, value in headers.items()]


def _header_value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        raise MalformedAnswer(f"header {name} is not a string")
    text = "" if value is None else str(value)
    if "\r" in text or "\n" in text:
        raise MalformedAnswer(f"header {name} holds a line break")
    return text
