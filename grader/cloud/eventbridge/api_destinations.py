"""API destinations: an event becomes an HTTP request to this machine.

moto calls any host, without the event. Follows "API destinations as targets in Amazon
EventBridge" and "Connections for HTTP endpoint targets" in the user guide. AWS only
calls HTTPS endpoints; this cloud only calls its own machine, also without TLS.
"""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from grader.cloud.eventbridge import errors, json_paths
from grader.cloud.eventbridge.deliveries import Delivery
from grader.cloud.eventbridge.errors import Undelivered
from grader.facts import eventbridge

_HERE = ("127.0.0.1", "localhost")
_HEADERS = {
    "User-Agent": "Amazon/EventBridge/ApiDestinations",
    "Content-Type": "application/json; charset=utf-8",
    "Range": "bytes=0-1048575",
    "Accept-Encoding": "gzip,deflate",
    "Connection": "close",
}
_BODILESS = ("GET", "HEAD", "OPTIONS")
_THROTTLED = 429
_QUOTED = 300


def check_endpoint(endpoint: str) -> None:
    """Refuse an endpoint that isn't on this machine.

    Raises:
        JsonRESTError: ValidationException.
    """
    if urlsplit(endpoint).hostname not in _HERE:
        raise errors.unmodelled(
            f"API destinations on other machines ({endpoint}): it calls 127.0.0.1 only"
        )


def check_connection(
    authorization: str, parameters: Mapping[str, Any], *, whole: bool = True
) -> None:
    """Refuse parameters that don't fit the kind of authorization.

    Raises:
        JsonRESTError: ValidationException.
    """
    if authorization == "OAUTH_CLIENT_CREDENTIALS":
        raise errors.unmodelled("connections that authorize with OAuth")
    wanted = {"BASIC": "BasicAuthParameters", "API_KEY": "ApiKeyAuthParameters"}
    if whole and wanted[authorization] not in parameters:
        raise errors.validation(
            f"Parameter {wanted[authorization]} must be specified for authorization"
            f" type {authorization}."
        )
    if "ConnectivityParameters" in parameters:
        raise errors.unmodelled("private connectivity of connections")


def told(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a connection's parameters without its secrets."""
    secret = ("Password", "ApiKeyValue", "ClientSecret")
    shown = {}
    for name, given in parameters.items():
        if name == "InvocationHttpParameters":
            shown[name] = {kind: _open(ones) for kind, ones in given.items()}
        else:
            shown[name] = {key: one for key, one in given.items() if key not in secret}
    return shown


def _open(given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {key: one for key, one in each.items() if not _hidden(each, key)}
        for each in given
    ]


def _hidden(given: Mapping[str, Any], key: str) -> bool:
    return key == "Value" and bool(given.get("IsValueSecret"))


def call(destination: Any, connection: Any, delivery: Delivery, text: str) -> None:
    """Send the request of a delivery.

    Raises:
        Undelivered: what isn't answered with 2xx; 429 and 5xx are tried again.
    """
    if connection is None:
        raise Undelivered(errors.NO_RESOURCE, "The connection doesn't exist any more.")
    check_endpoint(destination.invocation_endpoint)
    parameters = delivery.target.get("HttpParameters") or {}
    added = connection.auth_parameters.get("InvocationHttpParameters") or {}
    event = delivery.event.body
    url = urlsplit(_with_path(destination.invocation_endpoint, parameters, event))
    # What the connection says counts more than what the target says.
    query = {
        **_dynamic(parameters.get("QueryStringParameters"), event),
        **_pairs(added.get("QueryStringParameters")),
    }
    headers = {
        **_dynamic(parameters.get("HeaderParameters"), event),
        **_pairs(added.get("HeaderParameters")),
        **_authorization(connection),
        **_HEADERS,
    }
    path = url.path or "/"
    searched = "&".join(filter(None, [url.query, urlencode(query)]))
    body = _with_body(text, _pairs(added.get("BodyParameters")))
    _request(
        destination.http_method,
        (url.scheme, url.hostname or "", url.port),
        f"{path}?{searched}" if searched else path,
        headers,
        None if destination.http_method in _BODILESS else body,
    )


def _request(
    method: str,
    server: tuple[str, str, int | None],
    path: str,
    headers: Mapping[str, str],
    body: str | None,
) -> None:
    scheme, host, port = server
    kind = (
        http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    )
    client = kind(host, port, timeout=eventbridge.API_DESTINATION_TIMEOUT.value)
    try:
        sent = None if body is None else body.encode()
        client.request(method, path, sent, dict(headers))
        answer = client.getresponse()
        payload = answer.read(_QUOTED).decode(errors="replace")
    except TimeoutError:
        raise _unable(errors.TIMEOUT, "The request timed out.") from None
    except OSError as error:
        raise _unable(errors.CONNECTION_FAILURE, str(error)) from None
    finally:
        client.close()
    if 200 <= answer.status < 300:
        return
    wait = _seconds(answer.getheader("Retry-After"))
    again = answer.status == _THROTTLED or answer.status >= 500
    raise Undelivered(
        errors.THROTTLING if answer.status == _THROTTLED else errors.SDK_CLIENT_ERROR,
        "Unable to invoke ApiDestination endpoint: API destination returned HTTP status"
        f" {answer.status} with payload: {payload}",
        # A negative Retry-After asks not to come again.
        retriable=again and wait >= 0,
        after=wait,
    )


def _unable(code: str, why: str) -> Undelivered:
    return Undelivered(
        code, f"Unable to invoke ApiDestination endpoint: {why}", retriable=True
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


def _pairs(given: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    return {one["Key"]: one["Value"] for one in given or ()}


def _authorization(connection: Any) -> dict[str, str]:
    parameters = connection.auth_parameters
    if basic := parameters.get("BasicAuthParameters"):
        pair = f"{basic['Username']}:{basic['Password']}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    if key := parameters.get("ApiKeyAuthParameters"):
        return {key["ApiKeyName"]: key["ApiKeyValue"]}
    return {}
