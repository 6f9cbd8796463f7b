"""What why() is told of requests that were refused or badly answered."""

from __future__ import annotations

import pytest

from grader.cloud.journal import Incident
from tests.cloud.gateway.conftest import Site, told


def last(site: Site) -> Incident:
    """Return the newest incident of the site's cloud."""
    return site.cloud.asynchronous.journal.incidents()[-1]


@pytest.fixture(scope="module")
def rest(site: Site, function: str) -> str:
    """The URL of a REST API's stage."""
    api, _ = site.rest_api()
    site.proxy(api, "/items", function)
    return site.deploy(api)


def test_object_as_body_is_named(site: Site, rest: str) -> None:
    """A dict as body is the usual mistake: why() hears of it."""
    site.request(f"{rest}/items", headers=told({"statusCode": 200, "body": {}}))
    incident = last(site)
    assert (incident.kind, incident.source) == ("malformed", "apigateway")
    assert incident.message == (
        "GET /items: body is not a string but an object (json.dumps makes one)"
    )


def test_refused_invocation_is_named(site: Site) -> None:
    """A missing permission is told with the ARN that it has to allow."""
    function = site.function(allow=False)
    api = site.http_api(function, "GET /pets")
    site.request(f"{site.url(api)}pets")
    incident = last(site)
    assert incident.kind == "permission"
    assert incident.message.startswith(
        f"GET /pets: API Gateway may not invoke {function}"
    )
    assert incident.message.endswith(f"{api}/$default/GET/pets")


def test_missing_permission_of_a_url_is_named(site: Site) -> None:
    """A function URL needs two permissions: the missing ones are named."""
    function = site.function(allow=False)
    client = site.client("lambda")
    url = client.create_function_url_config(FunctionName=function, AuthType="NONE")
    site.request(site.url(url["FunctionUrl"]))
    incident = last(site)
    assert (incident.kind, incident.source) == ("permission", "function-url")
    assert "lambda:InvokeFunctionUrl nor lambda:InvokeFunction" in incident.message


def test_failure_of_a_function_is_left_to_its_log(site: Site, rest: str) -> None:
    """What raises says more in its log than the gateway could."""
    before = len(site.cloud.asynchronous.journal.incidents())
    site.request(f"{rest}/items", headers={"x-answer": "raise"})
    assert len(site.cloud.asynchronous.journal.incidents()) == before
