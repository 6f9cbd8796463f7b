"""Integrations of REST APIs: Lambda (proxy or mapped), mock, HTTP proxy.

Follows "Integrations for REST APIs" in the API Gateway developer guide.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from grader.cloud.execution import Invocation
from grader.cloud.gateway import http_integrations, mapping_templates
from grader.cloud.gateway.gateway_responses import (
    CONFIGURATION_ERROR,
    UNSUPPORTED_MEDIA_TYPE,
    GatewayError,
)
from grader.cloud.gateway.incoming import Incoming
from grader.cloud.gateway.lambda_integrations import (
    Caller,
    NotAllowed,
    call,
    function_target,
)
from grader.cloud.gateway.mapping_templates import Sources
from grader.cloud.gateway.matches import RestApiMatch
from grader.cloud.gateway.payload_1_0 import rest_api_event
from grader.cloud.gateway.proxy_answers import (
    Answer,
    FunctionFailed,
    answer_1_0,
    decoded,
)
from grader.cloud.gateway.rest_deployments import Snapshot
from grader.cloud.gateway.unsupported import NotModelled
from grader.cloud.invocation import Invoker
from grader.facts import api_gateway

_MAX_TIMEOUT_MILLIS = api_gateway.REST_TIMEOUT.value
# Backends can't set these; see "Important notes" for REST APIs.
_REMAPPED = frozenset(
    (
        "authorization",
        "connection",
        "content-length",
        "content-md5",
        "date",
        "host",
        "server",
        "user-agent",
        "www-authenticate",
    )
)


@dataclass(frozen=True)
class MethodCall:
    """One request to one deployed method; ``method`` is moto's."""

    snapshot: Snapshot
    method: Any
    match: RestApiMatch
    incoming: Incoming
    sources: Sources
    invoker: Invoker

    @property
    def integration(self) -> Any:
        return self.method.method_integration

    @property
    def timeout(self) -> float:
        return float(self.integration.timeout_in_millis or _MAX_TIMEOUT_MILLIS) / 1000


def integrate(one: MethodCall) -> Response:
    """Answer a request through its method's integration.

    Raises: GatewayError; NotModelled; and what calling a function or server does.
    """
    kind = one.integration.integration_type
    if kind == "AWS_PROXY":
        return _lambda_proxy(one)
    if one.integration.content_handling == "CONVERT_TO_BINARY":
        raise NotModelled("CONVERT_TO_BINARY of REST APIs")
    if kind == "MOCK":
        return _mock(one)
    if kind == "HTTP_PROXY":
        return _http_proxy(one)
    if kind == "AWS" and ":lambda:path/" in (one.integration.uri or ""):
        return _lambda(one)
    raise NotModelled(f"{kind} integrations of REST APIs to {one.integration.uri}")


def _lambda_proxy(one: MethodCall) -> Response:
    binary = one.snapshot.is_binary(one.incoming.header("content-type"))
    event = rest_api_event(one.incoming, one.match, binary=binary)
    outcome = _invoke(one, json.dumps(event).encode())
    if outcome.function_error:
        raise FunctionFailed(outcome.function_error)
    answer = answer_1_0(outcome.payload, strict=True)
    if answer.encoded and one.snapshot.is_binary(one.incoming.header("accept")):
        answer = decoded(answer)
    headers = tuple(
        (f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name, value)
        for name, value in answer.headers
    )
    answer = Answer(answer.status, headers, answer.body)
    response = answer.response(content_type="application/json")
    response.headers.setdefault("X-Amzn-Trace-Id", one.incoming.answered_trace)
    return response


def _invoke(one: MethodCall, payload: bytes) -> Invocation:
    target = function_target(one.integration.uri, one.match.stage_variables)
    if target is None:
        raise NotAllowed(f"no function's ARN: {one.integration.uri}")
    if one.integration.http_method != "POST":
        raise NotAllowed(
            f"the integration calls Lambda by {one.integration.http_method}; its Invoke"
            " is a POST, whatever the client's method is"
        )
    match = one.match
    caller = Caller(
        f"arn:aws:execute-api:{match.region}:{match.account}:{match.api_id}"
        f"/{match.stage}/{one.incoming.method}{match.resource_path}",
        match.account,
    )
    return call(
        one.invoker,
        target,
        payload,
        caller=None if one.integration.credentials else caller,
        timeout=one.timeout,
        trace_header=one.incoming.trace_header,
    )


def _lambda(one: MethodCall) -> Response:
    if one.integration.request_parameters:
        raise NotModelled("request parameters of Lambda integrations")
    request = _request(one)
    outcome = _invoke(one, (request or "{}").encode())
    payload = outcome.payload.decode()
    if not outcome.function_error:
        return _mapped(one, selector="", payload=payload)
    error = json.loads(payload)
    return _mapped(one, selector=error.get("errorMessage") or "", payload=payload)


def _mock(one: MethodCall) -> Response:
    try:
        status = json.loads(_request(one))["statusCode"]
    except (ValueError, KeyError, TypeError) as error:
        raise GatewayError(CONFIGURATION_ERROR) from error
    return _mapped(one, selector=str(status), payload="")


def _request(one: MethodCall) -> str:
    templates = one.integration.request_templates or {}
    content_type = (
        one.incoming.header("content-type") or "application/json"
    ).partition(";")[0]
    template = templates.get(content_type)
    if template is not None:
        return mapping_templates.render(template, one.sources)
    behaviour = one.integration.passthrough_behaviour or "WHEN_NO_MATCH"
    if behaviour == "NEVER" or (behaviour == "WHEN_NO_TEMPLATES" and templates):
        raise GatewayError(UNSUPPORTED_MEDIA_TYPE)
    return one.sources.body


def _mapped(one: MethodCall, *, selector: str, payload: str) -> Response:
    known = list((one.integration.integration_responses or {}).values())
    default = [answer for answer in known if not answer.selection_pattern]
    chosen = [
        answer
        for answer in known
        if answer.selection_pattern
        and selector
        and re.fullmatch(answer.selection_pattern, selector, re.DOTALL)
    ] or default
    if not chosen or str(chosen[0].status_code) not in one.method.method_responses:
        raise GatewayError(CONFIGURATION_ERROR)
    templates = chosen[0].response_templates or {}
    content_type, body = "application/json", payload
    if templates:
        content_type, template = next(iter(templates.items()))
        if template:
            sources = mapping_templates.with_body(one.sources, payload)
            body = mapping_templates.render(template, sources)
    response = Response(
        body, status=int(chosen[0].status_code), content_type=content_type
    )
    for name, value in (chosen[0].response_parameters or {}).items():
        header = name.removeprefix("method.response.header.")
        response.headers[header] = mapping_templates.parameter(value, one.sources)
    return response


def _http_proxy(one: MethodCall) -> Response:
    variables = {}
    for name, value in (one.integration.request_parameters or {}).items():
        variable = name.removeprefix("integration.request.path.")
        if variable == name:
            raise NotModelled(f"{name} of HTTP proxy integrations")
        variables[variable] = mapping_templates.parameter(value, one.sources)
    return http_integrations.forward(
        one.incoming,
        uri=one.integration.uri,
        method=one.integration.http_method or "ANY",
        variables=variables,
        timeout=one.timeout,
    )
