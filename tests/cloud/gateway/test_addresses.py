"""Invoke URLs: what they are read as, and how they are written."""

from __future__ import annotations

import pytest

from grader.cloud.gateway.addresses import Address, Kind, address_of
from tests.cloud.gateway.conftest import REGION, Site


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/_aws/execute-api/abc/v1/a%20b", Address(Kind.API, "abc", "/v1/a%20b")),
        ("/_aws/execute-api/abc", Address(Kind.API, "abc", "/")),
        ("/_aws/lambda-url/abc/", Address(Kind.FUNCTION, "abc", "/")),
        ("/_aws/website/my.site/a/", Address(Kind.WEBSITE, "my.site", "/a/")),
        ("/_aws/other/abc", None),
        ("/bucket/_aws/execute-api/abc", None),
    ],
)
def test_path_forms(path: str, address: Address | None) -> None:
    """A path form names its kind and id; the rest stays encoded."""
    environ = {"PATH_INFO": path, "REQUEST_URI": f"{path}?q=1"}
    assert address_of(environ) == address


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("abc.execute-api.localhost", Kind.API),
        ("abc.execute-api.localhost:4566", Kind.API),
        ("abc.execute-api.eu-west-1.amazonaws.com", Kind.API),
        ("abc.lambda-url.eu-west-1.on.aws", Kind.FUNCTION),
        ("abc.lambda-url.localhost:1", Kind.FUNCTION),
        ("abc.s3-website-us-east-1.amazonaws.com", Kind.WEBSITE),
    ],
)
def test_host_forms(host: str, kind: Kind) -> None:
    """AWS's names and their .localhost forms are read from the Host."""
    environ = {"PATH_INFO": "/a", "HTTP_HOST": host}
    assert address_of(environ) == Address(kind, "abc", "/a")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:5000", "execute-api.localhost", "s3.localhost", "localhost"]
)
def test_other_hosts_are_not_ours(host: str) -> None:
    """Everything else is for the control planes."""
    assert address_of({"PATH_INFO": "/", "HTTP_HOST": host}) is None


def test_invoke_url_of_an_api(site: Site, function: str) -> None:
    """An API's id and its endpoint give the same URL; $default has no stage."""
    api, base = site.http_api(function), site.cloud.endpoint_url
    assert site.url(api) == f"{base}/_aws/execute-api/{api}/"
    assert site.url(api, "$default") == site.url(api)
    assert site.url(api, "prod") == f"{base}/_aws/execute-api/{api}/prod/"
    endpoint = f"https://{api}.execute-api.{REGION}.amazonaws.com/prod/a"
    assert site.url(endpoint) == f"{base}/_aws/execute-api/{api}/prod/a"


def test_invoke_url_of_nothing(site: Site) -> None:
    """An id that nobody has is an error, not a URL."""
    with pytest.raises(LookupError, match="no API and no function URL has the id 'x'"):
        site.url("x")
