"""The events that HTTP requests become: payload formats 1.0 and 2.0.

Follows "Create Lambda proxy integrations for HTTP APIs" and "Input format of a
Lambda function for proxy integration" in the API Gateway developer guide, and
"Request and response payloads" of function URLs in the Lambda developer guide.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.gateway.incoming import Incoming, is_text

Event = dict[str, Any]


@dataclass(frozen=True)
class HttpApiMatch:
    """The route of an HTTP API that a request matched."""

    account: str
    region: str
    api_id: str
    stage: str
    route_key: str
    path_parameters: Mapping[str, str]
    stage_variables: Mapping[str, str]
    authorizer: Mapping[str, Any] | None = None

    @property
    def domain_name(self) -> str:
        return f"{self.api_id}.execute-api.{self.region}.amazonaws.com"


@dataclass(frozen=True)
class RestApiMatch:
    """The deployed method of a REST API that a request matched."""

    account: str
    region: str
    api_id: str
    stage: str
    deployment_id: str
    resource_id: str
    resource_path: str
    operation_name: str | None
    path_parameters: Mapping[str, str]
    stage_variables: Mapping[str, str]
    api_key: tuple[str, str] | None = None  # value, id
    authorizer: Mapping[str, Any] | None = None

    @property
    def domain_name(self) -> str:
        return f"{self.api_id}.execute-api.{self.region}.amazonaws.com"


def http_api_event(incoming: Incoming, match: HttpApiMatch) -> Event:
    """Build an HTTP API's event in payload format 2.0.

    HTTP APIs hand the path on decoded, with the stage in it unless that is $default.
    """
    path = _with_stage(incoming.decoded_path, match.stage)
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
            name: ",".join(values) for name, values in _grouped(incoming.parameters)
        }
    event["requestContext"] = context
    if stage_variables:
        event["stageVariables"] = dict(stage_variables)
    if path_parameters:
        event["pathParameters"] = dict(path_parameters)
    if incoming.body:
        event["body"] = _body(incoming)
    event["isBase64Encoded"] = _arrives_encoded(incoming)
    return event


def http_api_event_1_0(incoming: Incoming, match: HttpApiMatch) -> Event:
    """Build an HTTP API's event in payload format 1.0.

    Beside a REST API's it has a version, and its path carries the stage.
    """
    path = _with_stage(incoming.decoded_path, match.stage)
    route = match.route_key.partition(" ")[2] or match.route_key
    headers = incoming.at_edge(match.domain_name)
    if incoming.header("content-length") is None:
        headers.append(("Content-Length", str(len(incoming.body))))
    context: Event = {
        "accountId": match.account,
        "apiId": match.api_id,
    }
    if match.authorizer is not None:
        context["authorizer"] = dict(match.authorizer)
    context |= {
        "domainName": match.domain_name,
        "domainPrefix": match.api_id,
        "extendedRequestId": incoming.extended_request_id,
        "httpMethod": incoming.method,
        "identity": {
            "accessKey": None,
            "accountId": None,
            "caller": None,
            "cognitoAmr": None,
            "cognitoAuthenticationProvider": None,
            "cognitoAuthenticationType": None,
            "cognitoIdentityId": None,
            "cognitoIdentityPoolId": None,
            "principalOrgId": None,
            "sourceIp": incoming.source_ip,
            "user": None,
            "userAgent": incoming.user_agent,
            "userArn": None,
        },
        "path": path,
        "protocol": incoming.protocol,
        "requestId": incoming.extended_request_id,
        "requestTime": incoming.time,
        "requestTimeEpoch": incoming.time_epoch,
        "resourceId": match.route_key,
        "resourcePath": route,
        "stage": match.stage,
    }
    return {
        "version": "1.0",
        "resource": route,
        "path": path,
        "httpMethod": incoming.method,
        **_payload_1_parameters(incoming, headers),
        "requestContext": context,
        "pathParameters": dict(match.path_parameters) or None,
        "stageVariables": dict(match.stage_variables) or None,
        "body": _body(incoming) if incoming.body else None,
        "isBase64Encoded": _arrives_encoded(incoming),
    }


def rest_api_event(incoming: Incoming, match: RestApiMatch, *, binary: bool) -> Event:
    """Build a REST API's event for a Lambda proxy integration.

    ``binary`` says that the content type is one of the API's binary media types. The
    path stays encoded, without the stage; the request context's path has the stage.
    """
    headers = [
        (name, value)
        for name, value in incoming.at_edge(match.domain_name)
        if name.lower() != "content-length"
    ]
    return {
        "resource": match.resource_path,
        "path": incoming.path,
        "httpMethod": incoming.method,
        **_payload_1_parameters(incoming, headers),
        "pathParameters": dict(match.path_parameters) or None,
        "stageVariables": dict(match.stage_variables) or None,
        "requestContext": rest_api_context(incoming, match),
        "body": _rest_body(incoming.body, binary=binary),
        "isBase64Encoded": binary and bool(incoming.body),
    }


def rest_api_context(incoming: Incoming, match: RestApiMatch) -> Event:
    """Build ``requestContext``, which mapping templates call ``$context``."""
    identity: Event = {
        "cognitoIdentityPoolId": None,
        "accountId": None,
        "cognitoIdentityId": None,
        "caller": None,
        "sourceIp": incoming.source_ip,
        "principalOrgId": None,
        "accessKey": None,
        "cognitoAuthenticationType": None,
        "cognitoAuthenticationProvider": None,
        "userArn": None,
        "userAgent": incoming.user_agent or None,
        "user": None,
    }
    if match.api_key is not None:
        identity["apiKey"], identity["apiKeyId"] = match.api_key
    context: Event = {"resourceId": match.resource_id}
    if match.authorizer is not None:
        context["authorizer"] = dict(match.authorizer)
    context["resourcePath"] = match.resource_path
    if match.operation_name:
        context["operationName"] = match.operation_name
    return context | {
        "httpMethod": incoming.method,
        "extendedRequestId": incoming.extended_request_id,
        "requestTime": incoming.time,
        "path": f"/{match.stage}{incoming.path}",
        "accountId": match.account,
        "protocol": incoming.protocol,
        "stage": match.stage,
        "domainPrefix": match.api_id,
        "requestTimeEpoch": incoming.time_epoch,
        "requestId": incoming.request_id,
        "identity": identity,
        "domainName": match.domain_name,
        "deploymentId": match.deployment_id,
        "apiId": match.api_id,
    }


def _payload_1_parameters(
    incoming: Incoming, headers: list[tuple[str, str]]
) -> dict[str, Any]:
    # The single-valued maps hold the last of repeated values.
    parameters = incoming.parameters
    headers = sorted(headers, key=lambda pair: pair[0])
    return {
        "headers": dict(headers),
        "multiValueHeaders": dict(_grouped(headers)),
        "queryStringParameters": dict(parameters) or None,
        "multiValueQueryStringParameters": dict(_grouped(parameters)) or None,
    }


def _http(incoming: Incoming, path: str) -> dict[str, str]:
    return {
        "method": incoming.method,
        "path": path,
        "protocol": incoming.protocol,
        "sourceIp": incoming.source_ip,
        "userAgent": incoming.user_agent,
    }


def _with_stage(path: str, stage: str) -> str:
    return path if stage == "$default" else f"/{stage}{path}"


def _grouped(pairs: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return list(groups.items())


def _arrives_encoded(incoming: Incoming) -> bool:
    if not incoming.body:
        return False
    if not is_text(incoming.header("content-type")):
        return True
    try:
        incoming.body.decode()
    except UnicodeDecodeError:
        return True
    return False


def _body(incoming: Incoming) -> str:
    if _arrives_encoded(incoming):
        return base64.b64encode(incoming.body).decode()
    return incoming.body.decode()


def _rest_body(body: bytes, *, binary: bool) -> str | None:
    if not body:
        return None
    if binary:
        return base64.b64encode(body).decode()
    # A REST API reads any other body as UTF-8 text, whatever it is.
    return body.decode(errors="replace")
