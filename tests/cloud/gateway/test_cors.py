"""CORS of HTTP APIs and function URLs."""

from __future__ import annotations

import pytest

from tests.cloud.gateway.conftest import Answer, Site, told
from tests.cloud.gateway.test_function_urls import BOTH, function_url

ORIGIN = "https://shop.example"
CORS = {
    "AllowOrigins": [ORIGIN],
    "AllowMethods": ["GET", "POST"],
    "AllowHeaders": ["content-type"],
    "ExposeHeaders": ["x-total"],
    "MaxAge": 300,
}
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture(scope="module")
def api(site: Site, function: str) -> str:
    """An HTTP API with CORS and one route."""
    return site.url(
        site.http_api(function, "GET /pets", api={"CorsConfiguration": CORS})
    )


def preflight(
    site: Site, url: str, origin: str = ORIGIN, method: str = "GET"
) -> Answer:
    """Ask as a browser does before it sends the request proper."""
    return site.request(
        url,
        "OPTIONS",
        headers={"Origin": origin, "Access-Control-Request-Method": method},
    )


def test_preflight_is_answered_without_a_route(site: Site, api: str) -> None:
    """API Gateway answers OPTIONS itself, with the configured headers."""
    answer = preflight(site, f"{api}pets")
    assert (answer.status, answer.body) == (204, b"")
    assert {
        name: answer.headers[name]
        for name in answer.headers
        if name.startswith("Access-Control")
    } == {
        ALLOWED: ORIGIN,
        "Access-Control-Allow-Methods": "GET,POST",
        "Access-Control-Allow-Headers": "content-type",
        "Access-Control-Max-Age": "300",
    }


@pytest.mark.parametrize(
    ("origin", "method"), [("https://evil.example", "GET"), (ORIGIN, "DELETE")]
)
def test_refused_preflight_has_no_headers(
    site: Site, api: str, origin: str, method: str
) -> None:
    """Where origin or method isn't allowed the browser finds no CORS headers."""
    answer = preflight(site, f"{api}pets", origin, method)
    assert answer.status == 204
    assert ALLOWED not in answer.headers


def test_response_has_the_headers(site: Site, api: str) -> None:
    """The configured headers replace the function's own."""
    answer = site.request(
        f"{api}pets",
        headers={
            "Origin": ORIGIN,
            **told({"statusCode": 200, "headers": {ALLOWED: "https://other.example"}}),
        },
    )
    assert answer.headers[ALLOWED] == ORIGIN
    assert answer.headers["Access-Control-Expose-Headers"] == "x-total"


def test_error_response_has_the_headers_too(site: Site, api: str) -> None:
    """A browser can read a 404."""
    answer = site.request(f"{api}nope", headers={"Origin": ORIGIN})
    assert (answer.status, answer.headers[ALLOWED]) == (404, ORIGIN)


def test_other_origins_get_no_headers(site: Site, api: str) -> None:
    """A response to an origin that isn't allowed has none."""
    answer = site.request(f"{api}pets", headers={"Origin": "https://evil.example"})
    assert answer.status == 200
    assert ALLOWED not in answer.headers


def test_any_origin(site: Site, function: str) -> None:
    """* is answered with *."""
    api = site.http_api(function, api={"CorsConfiguration": {"AllowOrigins": ["*"]}})
    answer = site.request(site.url(api), headers={"Origin": ORIGIN})
    assert answer.headers[ALLOWED] == "*"


def test_without_configuration_options_is_a_request(site: Site, function: str) -> None:
    """Without CORS the function answers OPTIONS itself."""
    answer = preflight(site, site.url(site.http_api(function)))
    assert answer.json()["requestContext"]["http"]["method"] == "OPTIONS"


def test_function_url_preflight(site: Site) -> None:
    """Lambda answers the preflight of a function URL without invoking it."""
    url = function_url(site, *BOTH, Cors=CORS)
    answer = preflight(site, url)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers[ALLOWED] == ORIGIN


def test_function_url_response(site: Site) -> None:
    """A function URL's responses carry the configured headers."""
    url = function_url(site, *BOTH, Cors={**CORS, "AllowCredentials": True})
    answer = site.request(url, headers={"Origin": ORIGIN})
    assert answer.headers[ALLOWED] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
