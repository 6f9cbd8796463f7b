"""Who answers a request: an invocation, Lambda, an invoke URL, or moto."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from moto.moto_server import werkzeug_app
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from grader.cloud import (
    dynamodb,
    functions,
    kinesis,
    mail,
    moto_lookups,
    regions,
    stack_templates,
    tagging,
)
from grader.cloud.access import resource_policy_writes
from grader.cloud.access.audit_trail import Call, current
from grader.cloud.access.credentials import UNSIGNED, credentials
from grader.cloud.access.gate import Gate
from grader.cloud.clock import Clock
from grader.cloud.faults import Faults
from grader.cloud.gateway import Gateway
from grader.cloud.holds import Holds
from grader.cloud.invoke_requests import InvokeRequests
from grader.cloud.metering import Metering
from grader.cloud.s3.answers import backend_app
from grader.cloud.s3.presigned import ENVIRON_KEY, PresignedURLs

Environ = dict[str, Any]
Responder = Callable[[Request], Response]

# The three operations that invoke, by the end of their paths.
_INVOKING = {
    "invocations": "Invoke",
    "response-streaming-invocations": "InvokeWithResponseStream",
    "invoke-async": "InvokeAsync",
}
_INVOKE = re.compile(rf"/20\d\d-\d\d-\d\d/functions/([^/]+)/({'|'.join(_INVOKING)})/?")
# Paths that moto answers for itself, whoever asks: AWS has nothing there.
_MOTOS_OWN = ("/moto-api", "/favicon.ico", "/latest/meta-data/", "/latest/api/")
_LAMBDA = re.compile(r"/20\d\d-\d\d-\d\d/(functions|layers|event-source-mappings)\b")


class Router:
    """The lab's WSGI application.

    ``mounted`` maps a path's prefix to whoever answers there, such as ``/_lab/``;
    ``preparing`` is told of a service before moto answers for it.
    """

    def __init__(
        self,
        clock: Clock,
        gate: Gate,
        invoke_requests: InvokeRequests,
        gateway: Gateway,
        metering: Metering,
        faults: Faults,
    ) -> None:
        self._clock = clock
        self._gate = gate
        self._presigned = PresignedURLs(clock)
        self._invoke = invoke_requests
        self._gateway = gateway
        # moto's own server allows every origin to read everything; AWS doesn't.
        werkzeug_app.DISABLE_GLOBAL_CORS = True
        moto_lookups.install()
        self._moto = moto_lookups.Dispatcher(metering.watched(backend_app))
        self._faults = faults
        self.holds = Holds()
        self.mounted: dict[str, Responder] = {}
        self.preparing: list[Callable[[str], None]] = []

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        # The thread's last one may have caused what this one doesn't.
        current.set(None)
        # Before the scope is read: a request to a function URL is signed for Lambda.
        if self._gateway.matches(environ):
            return self._gateway.respond(Request(environ))(environ, start_response)
        path = environ["PATH_INFO"]
        signed = credentials(environ)
        service = signed.service
        of_lambda = service == "lambda"
        if not service and _LAMBDA.match(path):
            service, of_lambda = "lambda", True
            signed = replace(UNSIGNED, service=service)
        if not of_lambda:
            for prefix, respond in self.mounted.items():
                if path.startswith(prefix):
                    return respond(Request(environ))(environ, start_response)
            environ[ENVIRON_KEY] = self._presigned
            gone = self._presigned.refusal(environ)
            if gone is not None:
                return gone(environ, start_response)
            if path.startswith(_MOTOS_OWN):
                return NotFound()(environ, start_response)
            if "HTTP_AUTHORIZATION" not in environ or not service:
                # moto finds the service without the signature in a URL or a form.
                service = self._unsigned_for(environ, path)
                if service != signed.service:
                    signed = replace(UNSIGNED, service=service)
        call, refused = self._gate.admit(environ, signed)
        noting = call.answering(start_response)
        if refused is not None:
            return call.answered(refused(environ, noting))
        if self._faults:

            def go_on(asked: Environ, start: Any) -> Iterable[bytes]:
                return self._respond(asked, start, service, call)

            return call.answered(self._faults.answer(environ, noting, call, go_on))
        return call.answered(self._respond(environ, noting, service, call))

    def _respond(
        self, environ: Environ, start_response: Any, service: str, call: Call
    ) -> Iterable[bytes]:
        """Answer a request that may be made."""
        if service == "lambda":
            return self._lambda(environ, start_response, environ["PATH_INFO"], call)
        self._gateway.prepare(service)
        dynamodb.prepare(service, self._clock)
        kinesis.prepare(service)
        regions.prepare(service)
        tagging.prepare(service)
        mail.prepare(service)
        resource_policy_writes.prepare(service)
        stack_templates.prepare(service)
        for prepare in self.preparing:
            prepare(service)
        answer: Iterable[bytes] = self._moto(environ, start_response)
        if self.holds:
            target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
            self.holds.wait(call.caller.principal.account, f"{service}:{target}")
        return answer

    def _unsigned_for(self, environ: Environ, path: str) -> str:
        """The service that moto takes an unsigned request to be for: mostly S3."""
        if "/.well-known/" in path:
            return ""
        host = self._moto.infer_service_region_host(environ, path)
        return str(host).partition(".")[0] if host else "s3"

    def _lambda(
        self, environ: Environ, start_response: Any, path: str, call: Call
    ) -> Iterable[bytes]:
        request_id = str(uuid.uuid4())
        account = call.caller.principal.account
        region = call.credentials.region
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
