"""Who answers a request: an invocation, Lambda, an invoke URL, or moto."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from moto.iam.models import get_account_id_from
from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.wrappers import Request, Response

from grader.cloud import dynamodb, functions, regions, tagging
from grader.cloud.aws_errors import AWSError
from grader.cloud.clock import Clock
from grader.cloud.gateway import Gateway
from grader.cloud.holds import Holds
from grader.cloud.invoke_requests import InvokeRequests
from grader.cloud.s3.answers import backend_app
from grader.cloud.s3.presigned import PresignedURLs

Environ = dict[str, Any]
Responder = Callable[[Request], Response]

_SCOPE = re.compile(r"Credential=([^/,\s]+)/[^/]*/([^/]+)/([^/]+)/aws4_request")
# The three operations that invoke, by the end of their paths.
_INVOKING = {
    "invocations": "Invoke",
    "response-streaming-invocations": "InvokeWithResponseStream",
    "invoke-async": "InvokeAsync",
}
_INVOKE = re.compile(rf"/20\d\d-\d\d-\d\d/functions/([^/]+)/({'|'.join(_INVOKING)})/?")
_LAMBDA = re.compile(r"/20\d\d-\d\d-\d\d/(functions|layers|event-source-mappings)\b")
DEFAULT_REGION = "us-east-1"


class Router:
    """The lab's WSGI application.

    ``mounted`` maps a path's prefix to whoever answers there, such as ``/_lab/``.
    """

    def __init__(
        self, clock: Clock, invoke_requests: InvokeRequests, gateway: Gateway
    ) -> None:
        self._clock = clock
        self._presigned = PresignedURLs(clock)
        self._invoke = invoke_requests
        self._gateway = gateway
        # moto's own server allows every origin to read everything; AWS doesn't.
        werkzeug_app.DISABLE_GLOBAL_CORS = True
        self._moto = DomainDispatcherApplication(backend_app)
        self.holds = Holds()
        self.mounted: dict[str, Responder] = {}

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        # Before the scope is read: a request to a function URL is signed for Lambda.
        if self._gateway.matches(environ):
            return self._gateway.respond(Request(environ))(environ, start_response)
        path = environ["PATH_INFO"]
        service, access_key, region = _scope(environ)
        if service == "lambda" or (not service and _LAMBDA.match(path)):
            return self._lambda(
                environ, start_response, path, service, access_key, region
            )
        for prefix, respond in self.mounted.items():
            if path.startswith(prefix):
                return respond(Request(environ))(environ, start_response)
        self._gateway.prepare(service)
        dynamodb.prepare(service, self._clock)
        regions.prepare(service)
        tagging.prepare(service)
        refused = self._presigned.refusal(environ)
        if refused is not None:
            return refused(environ, start_response)
        result: Iterable[bytes] = self._moto(environ, start_response)
        if self.holds:
            target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
            account = get_account_id_from(access_key)
            self.holds.wait(account, f"{service}:{target}")
        return result

    def _lambda(
        self,
        environ: Environ,
        start_response: Any,
        path: str,
        service: str,
        access_key: str,
        region: str,
    ) -> Iterable[bytes]:
        request_id = str(uuid.uuid4())
        if not service:
            unsigned = AWSError(
                "MissingAuthenticationTokenException",
                None,
                403,
                message="Missing Authentication Token",
            )
            return unsigned.rest_json(request_id)(environ, start_response)
        account = get_account_id_from(access_key)
        invoke = _INVOKE.fullmatch(path)
        if invoke is not None and environ["REQUEST_METHOD"] == "POST":
            return self._invoke.respond(
                environ,
                start_response,
                account,
                region,
                unquote(invoke[1]),
                request_id,
                operation=_INVOKING[invoke[2]],
            )
        response = functions.respond(Request(environ), account=account, region=region)
        return response(environ, start_response)


def _scope(environ: Environ) -> tuple[str, str, str]:
    """Read service, access key and Region from the SigV4 credential scope."""
    found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found is None:
        return "", "", DEFAULT_REGION
    access_key, region, service = found.groups()
    return service, access_key, region
