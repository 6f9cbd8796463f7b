"""API destinations: an event becomes an HTTP request to this machine.

moto calls any host, without the event. Follows "API destinations as targets in Amazon
EventBridge" in the user guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from grader.cloud.eventbridge import connections, errors, http_calls, json_paths
from grader.cloud.eventbridge.connections import pairs
from grader.cloud.eventbridge.deliveries import Delivery
from grader.cloud.eventbridge.errors import Undelivered
from grader.cloud.eventbridge.http_calls import Answer

_HEADERS = {
    "User-Agent": "Amazon/EventBridge/ApiDestinations",
    "Content-Type": "application/json; charset=utf-8",
    "Range": "bytes=0-1048575",
    "Accept-Encoding": "gzip,deflate",
    "Connection": "close",
}
_BODILESS = ("GET", "HEAD", "OPTIONS")
_THROTTLED = 429
# A token may have expired; the next request fetches another.
_UNAUTHORIZED = (401, 407)


def call(destination: Any, connection: Any, delivery: Delivery, text: str) -> None:
    """Send the request of a delivery.

    Raises:
        Undelivered: what isn't answered with 2xx; 429 and 5xx are tried again.
    """
    if connection is None:
        raise Undelivered(errors.NO_RESOURCE, "The connection doesn't exist any more.")
    parameters = delivery.target.get("HttpParameters") or {}
    added = connection.auth_parameters.get("InvocationHttpParameters") or {}
    event = delivery.event.body
    url = urlsplit(_with_path(destination.invocation_endpoint, parameters, event))
    # What the connection says counts more than what the target says.
    query = {
        **_dynamic(parameters.get("QueryStringParameters"), event),
        **pairs(added.get("QueryStringParameters")),
    }
    headers = {
        **_dynamic(parameters.get("HeaderParameters"), event),
        **pairs(added.get("HeaderParameters")),
        **connections.authorization(connection),
        **_HEADERS,
    }
    path = url.path or "/"
    searched = "&".join(filter(None, [url.query, urlencode(query)]))
    body = _with_body(text, pairs(added.get("BodyParameters")))
    answer = http_calls.call(
        destination.http_method,
        url._replace(path=path, query=searched),
        headers,
        None if destination.http_method in _BODILESS else body,
    )
    _judge(answer, connection)


def _judge(answer: Answer, connection: Any) -> None:
    if 200 <= answer.status < 300:
        return
    wait = _seconds(answer.retry_after)
    again = answer.status == _THROTTLED or answer.status >= 500
    if answer.status in _UNAUTHORIZED:
        again = connections.forget_token(connection)
    raise Undelivered(
        errors.THROTTLING if answer.status == _THROTTLED else errors.SDK_CLIENT_ERROR,
        "Unable to invoke ApiDestination endpoint: API destination returned HTTP status"
        f" {answer.status} with payload: {answer.text}",
        # A negative Retry-After asks not to come again.
        retriable=again and wait >= 0,
        after=wait,
    )


def _seconds(retry_after: str | None) -> float:
    try:
        return float(retry_after or 0)
    except ValueError:
        return 0.0


def _with_path(endpoint: str, parameters: Mapping[str, Any], event: Any) -> str:
    """Fill the asterisks of an endpoint."""
    for value in parameters.get("PathParameterValues") or []:
        filled = quote(_value(value, event), safe="")
        endpoint = endpoint.replace("*", filled, 1)
    return endpoint


def _with_body(text: str, added: Mapping[str, str]) -> str:
    if not added:
        return text
    body = json.loads(text)
    if not isinstance(body, dict):
        raise Undelivered(
            errors.INVALID_JSON,
            "The connection adds to the body, which therefore has to be a JSON object.",
        )
    return json.dumps({**body, **added}, separators=(",", ":"))


def _dynamic(given: Mapping[str, str] | None, event: Any) -> dict[str, str]:
    return {key: _value(value, event) for key, value in (given or {}).items()}


def _value(value: str, event: Any) -> str:
    """A value as it is, or what a path leads to in the event."""
    if not value.startswith("$."):
        return value
    found = json_paths.find(value, event)
    if found is json_paths.MISSING:
        return ""
    return found if isinstance(found, str) else json.dumps(found)
