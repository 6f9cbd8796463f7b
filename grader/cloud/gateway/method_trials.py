"""TestInvokeMethod: one method called as it is now, deployed or not, with a log.

https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from grader.cloud.gateway import gateway_responses
from grader.cloud.gateway.addresses import Address, Kind
from grader.cloud.gateway.gateway_responses import GatewayError
from grader.cloud.gateway.incoming import Incoming, receive
from grader.cloud.gateway.matches import RestApiMatch
from grader.cloud.gateway.request_validation import validate
from grader.cloud.gateway.rest_apis import RestApi, integrated, sources_of
from grader.cloud.gateway.rest_deployments import Snapshot, snapshot
from grader.cloud.gateway.rest_integrations import MethodCall
from grader.cloud.gateway.routes import Route, best_match
from grader.cloud.invocation import Invoker

_STAGE = "test-invoke-stage"


def invoke(
    rest: RestApi,
    resource_id: str,
    verb: str,
    members: Mapping[str, Any],
    invoker: Invoker,
) -> dict[str, Any]:
    """Call a method and return TestInvokeMethod's answer; ``latency`` is in ms.

    Raises: NotModelled.
    """
    now = snapshot(rest.api)
    resource = next(one for one in now.resources if one.id == resource_id)
    incoming = _incoming(resource.path, verb, members)
    found = best_match([Route(resource.path, resource)], incoming.path)
    match = RestApiMatch(
        account=rest.account,
        region=rest.region,
        api_id=rest.api.id,
        stage=_STAGE,
        deployment_id="",
        resource_id=resource_id,
        resource_path=resource.path,
        operation_name=resource.methods[verb].operation_name,
        path_parameters={
            name: unquote(value)
            for name, value in (found.variables if found else {}).items()
        },
        stage_variables=members.get("stageVariables") or {},
    )
    began = time.perf_counter()
    response = _respond(now, resource.methods[verb], match, incoming, invoker)
    latency = int((time.perf_counter() - began) * 1000)
    names = dict.fromkeys(response.headers.keys())
    return {
        "status": response.status_code,
        "body": response.get_data(as_text=True),
        "headers": {name: response.headers[name] for name in names},
        "multiValueHeaders": {name: response.headers.getlist(name) for name in names},
        "log": _log(incoming, match, response),
        "latency": latency,
    }


def _incoming(path: str, verb: str, members: Mapping[str, Any]) -> Incoming:
    target, _, query = (members.get("pathWithQueryString") or path).partition("?")
    builder = EnvironBuilder(
        method=verb,
        query_string=query,
        headers=dict(members.get("headers") or {}),
        data=members.get("body") or "",
    )
    return receive(builder.get_request(), Address(Kind.API, "", target))


def _respond(
    now: Snapshot,
    method: Any,
    match: RestApiMatch,
    incoming: Incoming,
    invoker: Invoker,
) -> Response:
    sources = sources_of(incoming, match)
    try:
        validate(now, method, incoming)
        return integrated(MethodCall(now, method, match, incoming, sources, invoker))
    except GatewayError as error:
        return gateway_responses.draw(error, now.gateway_responses, sources)


def _log(incoming: Incoming, match: RestApiMatch, response: Response) -> str:
    moment = datetime.fromtimestamp(incoming.arrived, UTC)
    stamp = f"{moment:%a %b %d %H:%M:%S UTC %Y}"
    path = dict(match.path_parameters)
    body = response.get_data(as_text=True)
    lines = (
        f"Starting execution for request: {incoming.request_id}",
        f"HTTP Method: {incoming.method}, Resource Path: {incoming.path}",
        f"Method request path: {path}",
        f"Method request query string: {dict(incoming.parameters)}",
        f"Method request headers: {dict(incoming.headers)}",
        f"Method request body before transformations: {incoming.body.decode()}",
        f"Method response body after transformations: {body}",
        f"Method response headers: {dict(response.headers)}",
        "Successfully completed execution",
        f"Method completed with status: {response.status_code}",
    )
    logged = "".join(f"{stamp} : {line}\n" for line in lines)
    return f"Execution log for request {incoming.request_id}\n{logged}"
