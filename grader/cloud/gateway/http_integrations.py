"""HTTP proxy integrations: the request goes on to another server."""

from __future__ import annotations

import re
from collections.abc import Mapping

import urllib3
from werkzeug.wrappers import Response

from grader.cloud.gateway.incoming import Incoming
from grader.cloud.gateway.lambda_integrations import TimedOut
from grader.cloud.gateway.proxy_answers import Answer, MalformedAnswer

_CONNECTION_HEADERS = frozenset(
    ("connection", "content-length", "host", "keep-alive", "transfer-encoding")
)


def forward(
    incoming: Incoming,
    *,
    uri: str,
    method: str,
    variables: Mapping[str, str],
    timeout: float,
) -> Response:
    """Send the request to ``uri``, path variables filled in, and pass the answer on.

    Raises: TimedOut; MalformedAnswer where the server can't be reached.
    """
    filled = re.sub(
        r"\{(\w+)\+?\}", lambda found: variables.get(found[1], found[0]), uri
    )
    url = f"{filled}?{incoming.query}" if incoming.query else filled
    with urllib3.PoolManager(retries=False) as pool:
        try:
            answer = pool.request(
                incoming.method if method == "ANY" else method,
                url,
                body=incoming.body or None,
                headers=urllib3.HTTPHeaderDict(
                    (name, value)
                    for name, value in incoming.headers
                    if name.lower() not in _CONNECTION_HEADERS
                ),
                timeout=timeout,
                redirect=False,
                decode_content=False,
            )
        except urllib3.exceptions.NewConnectionError as error:
            raise MalformedAnswer(str(error)) from error
        except urllib3.exceptions.TimeoutError as error:
            raise TimedOut from error
        except urllib3.exceptions.HTTPError as error:
            raise MalformedAnswer(str(error)) from error
        headers = tuple(
            (name, value)
            for name, value in answer.headers.items()
            if name.lower() not in _CONNECTION_HEADERS
        )
        return Answer(answer.status, headers, answer.data).response(
            content_type="application/octet-stream"
        )
