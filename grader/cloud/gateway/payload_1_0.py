"""Events in payload format 1.0, of REST APIs and, on request, of HTTP APIs.

Follows "Input format of a Lambda function for proxy integration" and "Create Lambda
proxy integrations for HTTP APIs" in the API Gateway developer guide.
"""

from __future__ import annotations

import base64
from typing import Any

from grader.cloud.gateway.incoming import Incoming, grouped
from grader.cloud.gateway.matches import HttpApiMatch, RestApiMatch

Event = dict[str, Any]


def http_api_event_1_0(incoming: Incoming, match: HttpApiMatch) -> Event:
    """Build an HTTP API's event in payload format 1.0.

    Beside a REST API's it has a version, its path carries the stage, and its path
    parameters are decoded; the path is not, unlike in format 2.0.
    """
    path = match.with_stage(incoming.path)
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
        "body": incoming.event_body if incoming.body else None,
        "isBase64Encoded": incoming.arrives_encoded,
    }


def rest_api_event(incoming: Incoming, match: RestApiMatch, *, binary: bool) -> Event:
    """Build a REST API's event for a Lambda proxy integration.

    ``binary`` says that the content type is one of the API's binary media types. The
    path and its parameters stay encoded; only the request context's path has the stage.
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
        "multiValueHeaders": dict(grouped(headers)),
        "queryStringParameters": dict(parameters) or None,
        "multiValueQueryStringParameters": dict(grouped(parameters)) or None,
    }


def _rest_body(body: bytes, *, binary: bool) -> str | None:
    if not body:
        return None
    if binary:
        return base64.b64encode(body).decode()
    # A REST API reads any other body as UTF-8 text, whatever it is.
    return body.decode(errors="replace")
