"""The gateway: every invoke URL of the local cloud."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from werkzeug.wrappers import Request, Response

from grader.cloud import functions
from grader.cloud.access.principals import Principals
from grader.cloud.gateway.addresses import (
    Address,
    Kind,
    address_from_url,
    address_of,
    path_form,
    raw_path,
)
from grader.cloud.gateway.charges import Answered, Uncharged
from grader.cloud.gateway.control_planes import install
from grader.cloud.gateway.function_urls import FunctionUrl
from grader.cloud.gateway.http_apis import HttpApi
from grader.cloud.gateway.incoming import Incoming, receive
from grader.cloud.gateway.passages import Measure
from grader.cloud.gateway.rest_apis import RestApi
from grader.cloud.gateway.unsupported import NotModelled
from grader.cloud.gateway.websites import Website
from grader.cloud.invocation import Invoker
from grader.cloud.journal import Journal

Passed = Callable[[str, Incoming, int], None]
"""Takes the account that was asked, the request, and the status it was answered."""


class Gateway:
    """Answers requests for APIs, function URLs and websites.

    Why it refused one is kept in ``journal``. ``observers`` are told of each request to
    an API that AWS would charge for; ``measure`` is told of each that a stage answered;
    ``passed`` of each that came to an account's API or function URL.
    """

    def __init__(
        self,
        invoker: Invoker,
        journal: Journal,
        measure: Measure,
        principals: Principals,
    ) -> None:
        self._invoker = invoker
        self._principals = principals
        self._note = journal.incident
        self._measure = measure
        self.observers: list[Callable[[Answered], None]] = []
        self.passed: list[Passed] = []

    def prepare(self, service: str) -> None:
        """Lay our answers over moto's API Gateway before a service may use it."""
        if service in ("apigateway", "cloudformation"):
            install(self._invoker)

    def matches(self, environ: dict[str, Any]) -> bool:
        """Say whether a request is for an invoke URL, by its path or its Host."""
        return address_of(environ) is not None

    def respond(self, request: Request) -> Response:
        """Answer a request that ``matches``."""
        address = address_of(request.environ)
        assert address is not None, "only called for what matches"
        incoming = receive(request, address)
        try:
            return self._respond(address, incoming, request)
        except NotModelled as error:
            return error.response()

    def _respond(
        self, address: Address, incoming: Incoming, request: Request
    ) -> Response:
        if address.kind is Kind.FUNCTION:
            config = functions.url_config(address.id)
            url = FunctionUrl(address.id, config)
            response = url.respond(
                incoming, self._invoker, self._principals, self._note
            )
            if config is not None:
                self._tell(config.account, incoming, response)
            return response
        if address.kind is Kind.WEBSITE:
            in_path = raw_path(request.environ).startswith("/_aws/")
            prefix = f"/_aws/{address.kind.value}/{address.id}" if in_path else ""
            return Website(address.id, prefix).respond(incoming)
        api = find_api(address.id)
        if api is None:
            return Response(
                json.dumps({"message": "Forbidden"}, separators=(",", ":")),
                status=403,
                content_type="application/json",
                headers={"x-amzn-ErrorType": "ForbiddenException"},
            )
        response = api.respond(incoming, self._invoker, self._note, self._measure)
        self._tell(api.account, incoming, response)
        if not isinstance(response, Uncharged):
            size = len(incoming.body) + len(response.get_data())
            kind = "http" if isinstance(api, HttpApi) else "rest"
            for observe in self.observers:
                observe(Answered(api.account, kind, size))
        return response

    def _tell(self, account: str, incoming: Incoming, response: Response) -> None:
        for tell in self.passed:
            tell(account, incoming, response.status_code)

    def invoke_url(
        self, endpoint_url: str, target: str, *, stage: str | None = None
    ) -> str:
        """Return the path-form URL of an API, a function URL or a website.

        ``target`` is an API's id, a function URL's id, or a URL as AWS writes it
        (``ApiEndpoint``, ``FunctionUrl``, a website endpoint), whose path is kept.
        ``stage`` goes before the path; an HTTP API's $default has none.

        Raises: LookupError if there is no such API or function URL.
        """
        address = address_from_url(target)
        if address is None:
            kind = Kind.FUNCTION if functions.url_config(target) else Kind.API
            address = Address(kind, target, "/")
        if address.kind is Kind.API and find_api(address.id) is None:
            raise LookupError(f"no API and no function URL has the id {address.id!r}")
        if stage is not None and stage != "$default":
            address = replace(address, path=f"/{stage}{address.path}")
        return path_form(endpoint_url, address)


def find_api(api_id: str) -> HttpApi | RestApi | None:
    """Find an API by its id over all accounts and Regions."""
    for account, region, backend in _backends(
        "moto.apigatewayv2.models", "apigatewayv2"
    ):
        if api_id in backend.apis:
            return HttpApi(account, region, backend.apis[api_id])
    for account, region, backend in _backends("moto.apigateway.models", "apigateway"):
        if api_id in backend.apis:
            return RestApi(account, region, backend.apis[api_id], backend)
    return None


def _backends(module: str, service: str) -> Iterator[tuple[str, str, Any]]:
    # Importing moto's API Gateway takes a second; before its first use it has no APIs.
    loaded = sys.modules.get(module)
    backends = getattr(loaded, f"{service}_backends", {})
    for account, regions in list(backends.items()):
        for region, backend in list(regions.items()):
            yield account, region, backend
