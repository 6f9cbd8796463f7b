"""HTTP APIs (apigatewayv2) answering requests.

Follows "Create routes for HTTP APIs" and "Create Lambda proxy integrations for HTTP
APIs" in the API Gateway developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.wrappers import Response

from grader.cloud.aws_errors import AWSError
from grader.cloud.gateway import http_integrations
from grader.cloud.gateway.charges import Uncharged
from grader.cloud.gateway.cors import Cors, is_preflight
from grader.cloud.gateway.http_deployments import Deployed, deployed
from grader.cloud.gateway.incoming import Incoming
from grader.cloud.gateway.lambda_integrations import (
    Caller,
    FunctionTarget,
    NotAllowed,
    TimedOut,
    call,
    function_target,
)
from grader.cloud.gateway.matches import HttpApiMatch
from grader.cloud.gateway.passages import Measure
from grader.cloud.gateway.payload_1_0 import http_api_event_1_0
from grader.cloud.gateway.payload_2_0 import http_api_event
from grader.cloud.gateway.proxy_answers import (
    Answer,
    FunctionFailed,
    MalformedAnswer,
    answer_1_0,
    answer_2_0,
    decoded,
)
from grader.cloud.gateway.refusals import Endpoint, Note, note_refusal
from grader.cloud.gateway.routes import Match, Route, best_match
from grader.cloud.gateway.throttles import Throttle
from grader.cloud.gateway.unsupported import NotModelled
from grader.cloud.invocation import Invoker
from grader.cloud.monitoring import ApiRequest
from grader.facts import api_gateway

_MAX_BODY = api_gateway.PAYLOAD.value
_MAX_TIMEOUT_MILLIS = api_gateway.HTTP_TIMEOUT.value
_throttle = Throttle()


@dataclass(frozen=True)
class HttpApi:
    """An HTTP API where it lives; ``api`` is moto's."""

    account: str
    region: str
    api: Any

    def respond(
        self, incoming: Incoming, invoker: Invoker, note: Note, measure: Measure
    ) -> Response:
        """Answer a request at this API's endpoint."""
        response = self._respond(incoming, invoker, note)
        stage, _ = self._stage(incoming)
        if stage is not None:
            measure(self._measured(incoming, stage, response))
        response.headers["Apigw-Requestid"] = incoming.extended_request_id
        if incoming.method == "HEAD":
            response.set_data(b"")
        return response

    def _measured(
        self, incoming: Incoming, stage: Any, response: Response
    ) -> ApiRequest:
        return incoming.passage.measured(
            account=self.account,
            region=self.region,
            api=("ApiId", self.api.api_id),
            stage=stage.name,
            at=incoming.arrived,
            response=response,
            detailed=lambda method, resource: bool(
                self._settings(stage, f"{method} {resource}".strip()).get(
                    "detailedMetricsEnabled"
                )
            ),
        )

    def _respond(self, incoming: Incoming, invoker: Invoker, note: Note) -> Response:
        if self.api.protocol_type != "HTTP":
            raise NotModelled("WebSocket APIs")
        stage, incoming = self._stage(incoming)
        if stage is None or self.api.disable_execute_api_endpoint:
            return _message(404, "Not Found", charged=False)
        if len(incoming.body) > _MAX_BODY:
            return _message(413, "Request Entity Too Large")
        configuration = self.api.cors_configuration
        cors = Cors.from_api(configuration) if configuration else None
        if cors is not None and is_preflight(incoming):
            return cors.preflight(incoming, status=204)
        response = self._route(incoming, stage, invoker, note)
        if cors is not None:
            cors.apply(incoming, response)
        return response

    def _stage(self, incoming: Incoming) -> tuple[Any | None, Incoming]:
        # A stage named by the path comes first, then $default.
        stages = self.api.stages
        name, _, rest = incoming.path[1:].partition("/")
        if name in stages and name != "$default":
            return stages[name], replace(incoming, path=f"/{rest}")
        return stages.get("$default"), incoming

    def _route(
        self, incoming: Incoming, stage: Any, invoker: Invoker, note: Note
    ) -> Response:
        content = deployed(self.api, stage)
        if content is None:
            return _message(404, "Not Found", charged=False)
        found = _matched(content, incoming)
        if found is None:
            return _message(404, "Not Found", charged=False)
        route = found.route.target
        match = HttpApiMatch(
            account=self.account,
            region=self.region,
            api_id=self.api.api_id,
            stage=stage.name,
            route_key=route.route_key,
            path_parameters=found.variables,
            stage_variables=stage.stage_variables or {},
        )
        if not self._admits(stage, route.route_key):
            return _message(429, "Too Many Requests", charged=False)
        if (route.authorization_type or "NONE") != "NONE":
            raise NotModelled(f"{route.authorization_type} authorizers of HTTP APIs")
        integration = content.integration_of(route)
        if integration is None:
            return _message(500, "Internal Server Error")
        method, _, path = route.route_key.partition(" ")
        incoming.passage.route = (method, path)
        try:
            with incoming.passage.integrating():
                return self._integrate(incoming, match, integration, invoker)
        except (NotAllowed, MalformedAnswer, TimedOut) as error:
            resource = self._caller(incoming, match).source_arn
            endpoint = Endpoint("apigateway", self.account, self.region, resource)
            note_refusal(note, endpoint, incoming, error)
            if isinstance(error, TimedOut):
                return _message(503, "Service Unavailable")
            return _message(500, "Internal Server Error")
        except AWSError as error:
            if error.code == "RequestEntityTooLargeException":
                return _message(413, "Request Entity Too Large")
            if error.status == 429:
                return _message(503, "Service Unavailable")
            return _message(500, "Internal Server Error")

    def _admits(self, stage: Any, route_key: str) -> bool:
        settings = self._settings(stage, route_key)
        return _throttle.admits(
            f"{self.api.api_id}/{stage.name}/{route_key}",
            rate=settings.get("throttlingRateLimit"),
            burst=settings.get("throttlingBurstLimit"),
        )

    def _settings(self, stage: Any, route_key: str) -> Mapping[str, Any]:
        """The settings that count for a route: its own, or else the stage's."""
        own = (stage.route_settings or {}).get(route_key)
        return own or stage.default_route_settings or {}

    def _integrate(
        self,
        incoming: Incoming,
        match: HttpApiMatch,
        integration: Any,
        invoker: Invoker,
    ) -> Response:
        if integration.request_parameters or integration.response_parameters:
            raise NotModelled("parameter mapping of HTTP APIs")
        timeout = (integration.timeout_in_millis or _MAX_TIMEOUT_MILLIS) / 1000
        if integration.integration_type == "HTTP_PROXY":
            return http_integrations.forward(
                incoming,
                uri=integration.integration_uri,
                method=integration.integration_method or "ANY",
                variables=match.path_parameters,
                timeout=timeout,
            )
        kind = integration.integration_subtype or integration.integration_type
        if kind != "AWS_PROXY":
            raise NotModelled(f"{kind} integrations of HTTP APIs")
        target = function_target(integration.integration_uri, match.stage_variables)
        if target is None:
            raise NotAllowed(f"no function's ARN: {integration.integration_uri}")
        answer = self._call(incoming, match, integration, target, timeout, invoker)
        return answer.response(content_type="text/plain; charset=utf-8")

    def _call(
        self,
        incoming: Incoming,
        match: HttpApiMatch,
        integration: Any,
        target: FunctionTarget,
        timeout: float,
        invoker: Invoker,
    ) -> Answer:
        old = integration.payload_format_version == "1.0"
        event = (http_api_event_1_0 if old else http_api_event)(incoming, match)
        caller = None if integration.credentials_arn else self._caller(incoming, match)
        outcome = call(
            invoker,
            target,
            json.dumps(event).encode(),
            caller=caller,
            timeout=timeout,
            trace_header=incoming.trace_header,
        )
        if outcome.function_error:
            raise FunctionFailed(outcome.function_error)
        if old:
            return decoded(answer_1_0(outcome.payload))
        return answer_2_0(outcome.payload, texts_unquoted=True)

    def _caller(self, incoming: Incoming, match: HttpApiMatch) -> Caller:
        _, _, path = match.route_key.partition(" ")
        route = f"{incoming.method}{path}" if path else match.route_key
        return Caller(
            f"arn:aws:execute-api:{self.region}:{self.account}"
            f":{self.api.api_id}/{match.stage}/{route}",
            self.account,
        )


def _matched(content: Deployed, incoming: Incoming) -> Match[Any] | None:
    found = best_match(_routes(content, incoming.method), incoming.decoded_path)
    if found is not None:
        return found
    for route in content.routes:
        if route.route_key == "$default":
            return Match(Route("$default", route), {})
    return None


def _routes(content: Deployed, method: str) -> Iterator[Route[Any]]:
    # The method itself comes before ANY: of equals, the first one wins.
    for wanted in (method, "ANY"):
        for route in content.routes:
            key_method, _, template = route.route_key.partition(" ")
            if template and key_method == wanted:
                yield Route(template, route)


def _message(status: int, message: str, *, charged: bool = True) -> Response:
    body: Mapping[str, str] = {"message": message}
    make = Response if charged else Uncharged
    return make(
        json.dumps(body, separators=(",", ":")),
        status=status,
        content_type="application/json",
    )
