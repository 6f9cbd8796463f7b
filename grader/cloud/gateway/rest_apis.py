"""REST APIs (apigateway) answering requests.

Follows "API Gateway REST APIs" in the API Gateway developer guide. A stage serves the
snapshot that its deployment took, whatever became of the API since.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.wrappers import Response

from grader.cloud.aws_errors import AWSError
from grader.cloud.gateway import api_keys, gateway_responses
from grader.cloud.gateway.gateway_responses import (
    BAD_GATEWAY,
    CONFIGURATION_ERROR,
    FORBIDDEN_STAGE,
    INTEGRATION_TIMEOUT,
    MISSING_AUTHENTICATION_TOKEN,
    REQUEST_TOO_LARGE,
    THROTTLED,
    GatewayError,
)
from grader.cloud.gateway.incoming import Incoming
from grader.cloud.gateway.lambda_integrations import NotAllowed, TimedOut
from grader.cloud.gateway.mapping_templates import Sources
from grader.cloud.gateway.matches import RestApiMatch
from grader.cloud.gateway.passages import Measure
from grader.cloud.gateway.payload_1_0 import rest_api_context
from grader.cloud.gateway.proxy_answers import MalformedAnswer
from grader.cloud.gateway.refusals import Endpoint, Note, note_refusal
from grader.cloud.gateway.request_validation import validate
from grader.cloud.gateway.rest_deployments import Snapshot
from grader.cloud.gateway.rest_integrations import MethodCall, integrate
from grader.cloud.gateway.throttles import Throttle
from grader.cloud.gateway.unsupported import NotModelled
from grader.cloud.invocation import Invoker
from grader.cloud.monitoring import ApiRequest
from grader.facts import api_gateway

_MAX_BODY = api_gateway.PAYLOAD.value
_throttle = Throttle()


@dataclass(frozen=True)
class RestApi:
    """A REST API where it lives; ``api`` and ``backend`` are moto's."""

    account: str
    region: str
    api: Any
    backend: Any

    def respond(
        self, incoming: Incoming, invoker: Invoker, note: Note, measure: Measure
    ) -> Response:
        """Answer a request at this API's endpoint; the path begins with the stage."""
        name, _, rest = incoming.path[1:].partition("/")
        incoming = replace(incoming, path=f"/{rest}")
        stage = self.api.stages.get(name)
        try:
            if stage is None or self.api.disableExecuteApiEndpoint:
                raise GatewayError(FORBIDDEN_STAGE)
            response = self._answer(incoming, stage, invoker)
        except GatewayError as error:
            note_refusal(
                note, self._endpoint(name, incoming), incoming, error.__cause__
            )
            response = self._refuse(error, incoming, stage)
        self._compress(incoming, response)
        response.headers["x-amzn-RequestId"] = incoming.request_id
        response.headers["x-amz-apigw-id"] = incoming.extended_request_id
        if stage is not None:
            measure(self._measured(incoming, stage, response))
        return response

    def _measured(
        self, incoming: Incoming, stage: Any, response: Response
    ) -> ApiRequest:
        return incoming.passage.measured(
            account=self.account,
            region=self.region,
            api=("ApiName", self.api.name),
            stage=stage.name,
            at=incoming.arrived,
            response=response,
            detailed=lambda method, resource: any(
                stage.method_settings.get(name, {}).get("metricsEnabled")
                for name in _setting_names(method, resource)
            ),
        )

    def _endpoint(self, stage: str, incoming: Incoming) -> Endpoint:
        arn = f"arn:aws:execute-api:{self.region}:{self.account}:{self.api.id}"
        resource = f"{arn}/{stage}/{incoming.method}{incoming.path}"
        return Endpoint("apigateway", self.account, self.region, resource)

    def _compress(self, incoming: Incoming, response: Response) -> None:
        least = self.api.minimum_compression_size
        body = response.get_data()
        accepted = "gzip" in (incoming.header("accept-encoding") or "")
        if least is None or not accepted or len(body) < least or not body:
            return
        if "Content-Encoding" not in response.headers:
            response.set_data(gzip.compress(body))
            response.headers["Content-Encoding"] = "gzip"

    def _answer(self, incoming: Incoming, stage: Any, invoker: Invoker) -> Response:
        deployment = self.api.deployments.get(stage.deployment_id)
        if deployment is None:
            raise GatewayError(MISSING_AUTHENTICATION_TOKEN)
        snapshot: Snapshot = deployment.snapshot
        if snapshot.policy:
            raise NotModelled("resource policies of REST APIs")
        found = snapshot.match(incoming.path)
        method = found.route.target.method(incoming.method) if found else None
        if found is None or method is None:
            raise GatewayError(MISSING_AUTHENTICATION_TOKEN)
        resource = found.route.target
        incoming.passage.route = (incoming.method, resource.path)
        match = RestApiMatch(
            account=self.account,
            region=self.region,
            api_id=self.api.id,
            stage=stage.name,
            deployment_id=deployment.id,
            resource_id=resource.id,
            resource_path=resource.path,
            operation_name=method.operation_name,
            path_parameters=found.variables,
            stage_variables=stage.variables or {},
        )
        match = self._admit(incoming, snapshot, method, match)
        self._throttle(stage, match, method.http_method)
        one = MethodCall(
            snapshot, method, match, incoming, sources_of(incoming, match), invoker
        )
        return integrated(one)

    def _admit(
        self, incoming: Incoming, snapshot: Snapshot, method: Any, match: RestApiMatch
    ) -> RestApiMatch:
        if (method.authorization_type or "NONE") != "NONE":
            raise NotModelled(f"{method.authorization_type} authorizers of REST APIs")
        if method.api_key_required:
            if self.api.api_key_source != "HEADER":
                raise NotModelled("API keys from an authorizer")
            value = incoming.header("x-api-key")
            key = api_keys.admit(self.backend, match, method.http_method, value)
            match = replace(match, api_key=key)
        if len(incoming.body) > _MAX_BODY:
            raise GatewayError(REQUEST_TOO_LARGE)
        validate(snapshot, method, incoming)
        return match

    def _throttle(self, stage: Any, match: RestApiMatch, method: str) -> None:
        own, *others = _setting_names(method, match.resource_path)
        for name in (own, *others):
            settings = stage.method_settings.get(name)
            if settings is None:
                continue
            if settings.get("cachingEnabled"):
                raise NotModelled("caching of REST APIs")
            # A stage's settings are each method's, unless it has its own.
            if not _throttle.admits(
                f"{match.api_id}/{match.stage}/{own}",
                rate=settings.get("throttlingRateLimit"),
                burst=settings.get("throttlingBurstLimit"),
            ):
                raise GatewayError(THROTTLED)
            return

    def _refuse(
        self, error: GatewayError, incoming: Incoming, stage: Any | None
    ) -> Response:
        deployment = stage and self.api.deployments.get(stage.deployment_id)
        match = RestApiMatch(
            account=self.account,
            region=self.region,
            api_id=self.api.id,
            stage=stage.name if stage else "",
            deployment_id=deployment.id if deployment else "",
            resource_id="",
            resource_path="",
            operation_name=None,
            path_parameters={},
            stage_variables=(stage.variables if stage else None) or {},
        )
        customised = deployment.snapshot.gateway_responses if deployment else {}
        return gateway_responses.draw(error, customised, sources_of(incoming, match))


def _setting_names(method: str, resource_path: str) -> tuple[str, str, str]:
    """The keys of the settings of a stage that count for a method, first one first."""
    escaped = resource_path.replace("/", "~1")
    return f"{escaped}/{method}", f"{resource_path[1:]}/{method}", "*/*"


def integrated(one: MethodCall) -> Response:
    """Answer through an integration. Raises: GatewayError; NotModelled."""
    if one.integration is None:
        raise GatewayError(CONFIGURATION_ERROR)
    try:
        with one.incoming.passage.integrating():
            return integrate(one)
    except NotAllowed as error:
        raise GatewayError(CONFIGURATION_ERROR) from error
    except MalformedAnswer as error:
        raise GatewayError(BAD_GATEWAY) from error
    except TimedOut as error:
        raise GatewayError(INTEGRATION_TIMEOUT) from error
    except AWSError as error:
        if error.code == "RequestEntityTooLargeException":
            raise GatewayError(REQUEST_TOO_LARGE) from error
        raise GatewayError(CONFIGURATION_ERROR) from error


def sources_of(incoming: Incoming, match: RestApiMatch) -> Sources:
    """Return what templates can refer to in a request."""
    return Sources(
        body=incoming.body.decode(errors="replace"),
        context=rest_api_context(incoming, match),
        stage_variables=match.stage_variables,
        path=match.path_parameters,
        query=dict(incoming.parameters),
        headers=dict(incoming.at_edge(match.domain_name)),
    )
