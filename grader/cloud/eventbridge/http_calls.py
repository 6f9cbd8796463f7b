"""HTTP requests to this machine, the only one that the local cloud calls.

AWS only calls HTTPS endpoints; here those on this machine needn't have TLS.
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from grader.cloud.eventbridge import errors
from grader.cloud.eventbridge.errors import Undelivered
from grader.facts import eventbridge

_HERE = ("127.0.0.1", "localhost")
_READ = 65_536


class Answer(NamedTuple):
    """What a server answered, as far as it matters."""

    status: int
    text: str
    retry_after: str | None


def check(parameter: str, endpoint: str) -> None:
    """Refuse an endpoint that neither has TLS nor is on this machine.

    Raises:
        JsonRESTError: ValidationException.
    """
    url = urlsplit(endpoint)
    if url.scheme != "https" and url.hostname not in _HERE:
        raise errors.not_valid(parameter, "The endpoint must use HTTPS.")


def call(
    method: str, url: SplitResult, headers: Mapping[str, str], body: str | None
) -> Answer:
    """Send a request and read the answer, within the time that EventBridge has.

    Raises:
        Undelivered: for another machine, a time-out, a failing connection.
    """
    if url.hostname not in _HERE:
        raise Undelivered(
            errors.SDK_CLIENT_ERROR,
            f"The local cloud calls 127.0.0.1 only, and not {url.hostname}; real AWS"
            " calls it.",
        )
    secure = url.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    client = kind(
        url.hostname, url.port, timeout=eventbridge.API_DESTINATION_TIMEOUT.value
    )
    try:
        sent = None if body is None else body.encode()
        path = url._replace(scheme="", netloc="", fragment="").geturl() or "/"
        client.request(method, path, sent, dict(headers))
        answer = client.getresponse()
        text = answer.read(_READ).decode(errors="replace")
    except TimeoutError:
        raise _unable(errors.TIMEOUT, "The request timed out.") from None
    except (OSError, http.client.HTTPException) as error:
        raise _unable(errors.CONNECTION_FAILURE, str(error)) from None
    finally:
        client.close()
    return Answer(answer.status, text, answer.getheader("Retry-After"))


def _unable(code: str, why: str) -> Undelivered:
    return Undelivered(
        code, f"Unable to invoke ApiDestination endpoint: {why}", retriable=True
    )
