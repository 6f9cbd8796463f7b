"""Events in payload format 2.0, of HTTP APIs and function URLs.

Follows "Create Lambda proxy integrations for HTTP APIs" in the API Gateway developer
guide, and "Request and response payloads" of function URLs in Lambda's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.gateway.incoming import Incoming, grouped
from grader.cloud.gateway.matches import HttpApiMatch

Event = dict[str, Any]


def http_api_event(incoming: Incoming, match: HttpApiMatch) -> Event:
    """Build an HTTP API's event in payload format 2.0.

    HTTP APIs hand the path on decoded, with the stage in it unless that is $default.
    """
    path = match.with_stage(incoming.decoded_path)
    context: Event = {
        "accountId": match.account,
        "apiId": match.api_id,
    }
    if match.authorizer is not None:
        context["authorizer"] = dict(match.authorizer)
    context |= {
        "domainName": match.domain_name,
        "domainPrefix": match.api_id,
        "http": _http(incoming, path),
        "requestId": incoming.extended_request_id,
        "routeKey": match.route_key,
        "stage": match.stage,
        "time": incoming.time,
        "timeEpoch": incoming.time_epoch,
    }
    headers = incoming.at_edge(match.domain_name)
    if incoming.header("content-length") is None:
        headers.append(("content-length", str(len(incoming.body))))
    return _payload_2(
        incoming,
        route_key=match.route_key,
        path=path,
        headers=headers,
        context=context,
        stage_variables=match.stage_variables,
        path_parameters=match.path_parameters,
    )


def function_url_event(
    incoming: Incoming,
    *,
    url_id: str,
    region: str,
    account: str,
    authorizer: Mapping[str, Any] | None,
) -> Event:
    """Build a function URL's event: payload 2.0, its path still encoded.

    ``account`` is "anonymous" where nobody signed.
    """
    domain_name = f"{url_id}.lambda-url.{region}.on.aws"
    context: Event = {"accountId": account, "apiId": url_id}
    if authorizer is not None:
        context["authorizer"] = dict(authorizer)
    context |= {
        "domainName": domain_name,
        "domainPrefix": url_id,
        "http": _http(incoming, incoming.path),
        "requestId": incoming.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": incoming.time,
        "timeEpoch": incoming.time_epoch,
    }
    return _payload_2(
        incoming,
        route_key="$default",
        path=incoming.path,
        headers=incoming.at_edge(domain_name),
        context=context,
        stage_variables={},
        path_parameters={},
    )


def _payload_2(
    incoming: Incoming,
    *,
    route_key: str,
    path: str,
    headers: list[tuple[str, str]],
    context: Event,
    stage_variables: Mapping[str, str],
    path_parameters: Mapping[str, str],
) -> Event:
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key != "cookie":
            joined[key] = f"{joined[key]},{value}" if key in joined else value
    event: Event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": incoming.query,
    }
    cookies = incoming.header("cookie")
    if cookies:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    event["headers"] = dict(sorted(joined.items()))
    if incoming.parameters:
        event["queryStringParameters"] = {
            name: ",".join(values) for name, values in grouped(incoming.parameters)
        }
    event["requestContext"] = context
    if stage_variables:
        event["stageVariables"] = dict(stage_variables)
    if path_parameters:
        event["pathParameters"] = dict(path_parameters)
    if incoming.body:
        event["body"] = incoming.event_body
    event["isBase64Encoded"] = incoming.arrives_encoded
    return event


def _http(incoming: Incoming, path: str) -> dict[str, str]:
    return {
        "method": incoming.method,
        "path": path,
        "protocol": incoming.protocol,
        "sourceIp": incoming.source_ip,
        "userAgent": incoming.user_agent,
    }
