"""Connections: how requests to an API destination are authorized.

moto keeps connections and tells their secrets. Follows "Connections for HTTP endpoint
targets" in the EventBridge user guide. What AWS sends to an OAuth server isn't
documented: here it is a form with the client's id and secret.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from grader.cloud.eventbridge import errors, http_calls
from grader.cloud.eventbridge.errors import Undelivered

_WANTED = {
    "BASIC": "BasicAuthParameters",
    "API_KEY": "ApiKeyAuthParameters",
    "OAUTH_CLIENT_CREDENTIALS": "OAuthParameters",
}
_SECRET = ("Password", "ApiKeyValue", "ClientSecret")
_LISTS = ("HeaderParameters", "QueryStringParameters", "BodyParameters")


def check(kind: str, parameters: Mapping[str, Any], *, whole: bool = True) -> None:
    """Refuse parameters that don't fit the kind of authorization.

    Raises:
        JsonRESTError: ValidationException.
    """
    if whole and _WANTED[kind] not in parameters:
        raise errors.validation(
            f"Parameter {_WANTED[kind]} must be specified for authorization type"
            f" {kind}."
        )
    if "ConnectivityParameters" in parameters:
        raise errors.unmodelled("private connectivity of connections")
    if (oauth := parameters.get("OAuthParameters")) is not None:
        endpoint = oauth.get("AuthorizationEndpoint")
        if endpoint:
            http_calls.check("AuthorizationEndpoint", endpoint)


def told(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a connection's parameters without its secrets."""
    shown: dict[str, Any] = {}
    for name, given in parameters.items():
        if name in _LISTS:
            shown[name] = _open(given)
        elif isinstance(given, Mapping):
            shown[name] = told(given)
        elif name not in _SECRET:
            shown[name] = given
    return shown


def _open(given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            key: one
            for key, one in each.items()
            if key != "Value" or not each.get("IsValueSecret")
        }
        for each in given
    ]


def pairs(given: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Read a list of keys and values."""
    return {one["Key"]: one["Value"] for one in given or ()}


def authorization(connection: Any) -> dict[str, str]:
    """The header by which a request is authorized.

    Raises:
        Undelivered: where an OAuth server gives no token.
    """
    parameters = connection.auth_parameters
    if connection.state == "DEAUTHORIZED":
        raise Undelivered(
            errors.SDK_CLIENT_ERROR,
            f"The connection {connection.name} is not authorized: it is DEAUTHORIZED.",
        )
    if basic := parameters.get("BasicAuthParameters"):
        pair = f"{basic['Username']}:{basic['Password']}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    if key := parameters.get("ApiKeyAuthParameters"):
        return {key["ApiKeyName"]: key["ApiKeyValue"]}
    if oauth := parameters.get("OAuthParameters"):
        if getattr(connection, "token", None) is None:
            connection.token = _token(oauth)
            connection.state = "AUTHORIZED"
        return {"Authorization": f"Bearer {connection.token}"}
    return {}


def forget_token(connection: Any) -> bool:
    """Fetch another token with the next request; False if there was none."""
    had = getattr(connection, "token", None) is not None
    connection.token = None
    return had


def _token(oauth: Mapping[str, Any]) -> str:
    """Exchange a client's id and secret for a token."""
    client, more = oauth["ClientParameters"], oauth.get("OAuthHttpParameters") or {}
    url = urlsplit(oauth["AuthorizationEndpoint"])
    query = urlencode(pairs(more.get("QueryStringParameters")))
    form = {
        "client_id": client["ClientID"],
        "client_secret": client["ClientSecret"],
        **pairs(more.get("BodyParameters")),
    }
    answer = http_calls.call(
        oauth["HttpMethod"],
        url._replace(query="&".join(filter(None, [url.query, query]))),
        {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            **pairs(more.get("HeaderParameters")),
        },
        urlencode(form),
    )
    try:
        return str(json.loads(answer.text)["access_token"])
    except (ValueError, KeyError, TypeError):
        raise Undelivered(
            errors.SDK_CLIENT_ERROR,
            "Unable to invoke ApiDestination endpoint: the authorization endpoint"
            f" answered {answer.status} without an access_token.",
            retriable=answer.status >= 500,
        ) from None
