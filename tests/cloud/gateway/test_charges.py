"""Which requests to APIs are counted for the bill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from grader.cloud.metering.usage import month_of
from tests.cloud.gateway.conftest import ACCOUNT, Site, told

Charged = Callable[..., dict[str, int]]


@pytest.fixture
def charged(site: Site) -> Charged:
    """Request something, and return what the account is charged for API Gateway."""

    def counts() -> dict[str, Any]:
        used = site.cloud.metering.usage.of(ACCOUNT, month_of(site.cloud.clock.now()))
        return {meter: used.get(meter, 0) for meter in _METERS}

    def request(url: str, **settings: Any) -> dict[str, int]:
        before = counts()
        site.request(url, **settings)
        after = counts()
        return {
            meter.partition(".")[2]: after[meter] - before[meter]
            for meter in _METERS
            if after[meter] != before[meter]
        }

    return request


_METERS = ("apigateway.rest", "apigateway.http")


def test_a_rest_request_is_charged(site: Site, function: str, charged: Charged) -> None:
    """Mocked, answered by a function, or failed in it."""
    api, _ = site.rest_api()
    site.mock(api, "/mock", "{}")
    site.proxy(api, "/cats", function)
    url = site.deploy(api)
    assert charged(f"{url}/mock") == {"rest": 1}
    assert charged(f"{url}/cats") == {"rest": 1}
    assert charged(f"{url}/cats", headers={"x-answer": "raise"}) == {"rest": 1}


def test_what_meets_no_rest_method_is_free(site: Site, charged: Charged) -> None:
    """Neither a wrong path nor a missing key is charged for."""
    api, _ = site.rest_api()
    site.mock(api, "/mock", "{}")
    key = {"authorizationType": "NONE", "apiKeyRequired": True}
    site.method(
        api,
        "/locked",
        type="MOCK",
        method=key,
        requestTemplates={"application/json": '{"statusCode": 200}'},
    )
    url = site.deploy(api)
    assert charged(f"{url}/nothing") == {}
    assert charged(f"{url}/locked") == {}


@pytest.mark.parametrize(
    ("size", "requests"), [(10, 1), (512 * 1024, 1), (512 * 1024 + 1, 2)]
)
def test_http_requests_are_charged_by_512_kb(
    site: Site, function: str, charged: Charged, size: int, requests: int
) -> None:
    """A request and its answer count together."""
    api = site.http_api(function, "POST /cats")
    body = b"x" * (size - 2)
    answer = told({"statusCode": 200, "body": "ok"})
    assert charged(
        site.url(api) + "cats", method="POST", body=body, headers=answer
    ) == {"http": requests}


def test_an_http_request_without_a_route_is_free(
    site: Site, function: str, charged: Charged
) -> None:
    """API Gateway's own 404 isn't charged for."""
    api = site.http_api(function, "GET /cats")
    assert charged(site.url(api) + "dogs") == {}
    assert charged(site.url(api) + "cats") == {"http": 1}


def test_function_urls_have_no_price(
    site: Site, function: str, charged: Charged
) -> None:
    """They cost no more than the invocation."""
    url = site.client("lambda").create_function_url_config(
        FunctionName=function, AuthType="NONE"
    )["FunctionUrl"]
    assert charged(site.url(url)) == {}
