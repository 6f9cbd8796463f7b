"""The examiner's calls of AWS, answered in the lab's process: no socket between."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from grader.lab import sessions

Ask = Callable[
    [str, str, Mapping[str, str], bytes], tuple[int, list[tuple[str, str]], bytes]
]
"""What is answered to a method, a URL, headers and a body: status, headers, body."""

# By the names that botocore gives their events. Of the others some run functions, as
# invocations do: those go over the port, where botocore's patience ends.
_AT_ONCE = (
    *("apigatewayv2", "cloudwatch-logs", "dynamodb", "eventbridge", "iam", "lambda"),
    *("s3", "sqs", "sts"),
)
_RUN_CODE = ("Invoke", "InvokeAsync", "InvokeWithResponseStream")
# botocore puts its own together, twice for each request, of a dozen parts.
_AGENT = "Boto3 examiner"
_NAMED, _UNPROVEN = "named", "0" * 64


class InnerCalls:
    """Answers what the clients of a cloud's shared session send."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def install(self, endpoint_url: str) -> None:
        """Answer from now on: whoever makes a client afterwards has it."""
        from botocore.config import Config

        session = sessions.of_all(endpoint_url)
        known = session._session.get_default_client_config()
        session._session.set_default_client_config(
            known.merge(Config(user_agent=_AGENT))
        )
        events = session.events
        for service in _AT_ONCE:
            events.register(f"before-send.{service}", self.answer)
        _teach()
        events.register_first("choose-signer", _signer)

    def answer(self, request: Any, event_name: str, **_: Any) -> Any:
        """Answer a request as botocore's own sender does, or None: it is to be sent."""
        from botocore.awsrequest import AWSResponse
        from urllib3 import HTTPHeaderDict, HTTPResponse

        body = _whole(request.body)
        if body is None or event_name.rpartition(".")[2] in _RUN_CODE:
            return None
        headers = {name: _text(value) for name, value in request.headers.items()}
        status, answered, content = self._ask(
            request.method, request.url, headers, body
        )
        raw = HTTPResponse(
            io.BytesIO(content),
            HTTPHeaderDict(answered),
            status,
            preload_content=False,
            decode_content=False,
            enforce_content_length=False,
            request_method=request.method,
        )
        return AWSResponse(request.url, status, raw.headers, raw)


def _signer(signature_version: str, **_: Any) -> str | None:
    """What signs headers; a URL, or what isn't signed, is as ever."""
    return _NAMED if signature_version in ("v4", "s3v4") else None


def _teach() -> None:
    """Let botocore say in a request's header who asks, and prove nothing.

    The lab reads a header's credentials and checks no signature, which takes a tenth of
    a call.
    """
    from botocore import auth

    class Named(auth.SigV4Auth):  # type: ignore[misc]
        def canonical_request(self, request: Any) -> str:
            return ""

        def string_to_sign(self, request: Any, canonical_request: str) -> str:
            return ""

        def signature(self, string_to_sign: str, request: Any) -> str:
            return _UNPROVEN

        def headers_to_sign(self, request: Any) -> Mapping[str, str]:
            return {}

        def signed_headers(self, headers_to_sign: Mapping[str, str]) -> str:
            return "host"

    auth.AUTH_TYPE_MAPS[_NAMED] = Named


def _whole(body: Any) -> bytes | None:
    """A body that is there as a whole; what is read on the way is sent on the way."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if type(body) is io.BytesIO:
        # What botocore makes of an object's bytes.
        return body.read()
    return bytes(body) if isinstance(body, bytes | bytearray) else None


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
