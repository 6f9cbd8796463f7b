"""API destinations: requests to a server on this machine, and their retries."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.eventbridge.conftest import Bus

MAY = {"Effect": "Allow", "Action": "events:InvokeApiDestination", "Resource": "*"}


class Partner:
    """A server that answers as it is told, and remembers what it was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.tokens: list[str] = []


@pytest.fixture
def partner() -> Iterator[Partner]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            found.asked.append((self.command, self.path, dict(self.headers), body))
            status, headers = found.answers.pop(0) if found.answers else (200, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.path == "/token":
                token = {"access_token": found.tokens.pop(0)}
                self.wfile.write(json.dumps(token).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found = Partner(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def destination(bus: Bus, url: str, **settings: Any) -> str:
    """Create an API destination with a key; returns its ARN."""
    connection = bus.events.create_connection(
        Name="partner",
        AuthorizationType="API_KEY",
        AuthParameters={
            "ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "secret"},
            "InvocationHttpParameters": {
                "QueryStringParameters": [{"Key": "v", "Value": "2"}],
                "BodyParameters": [{"Key": "shop", "Value": "studio"}],
            },
        },
    )["ConnectionArn"]
    created = bus.events.create_api_destination(
        **{
            "Name": "partner",
            "ConnectionArn": connection,
            "InvocationEndpoint": url,
            "HttpMethod": "POST",
            **settings,
        }
    )
    return str(created["ApiDestinationArn"])


def test_an_event_becomes_a_request(bus: Bus, partner: Partner) -> None:
    """With the connection's key and parameters, and the event's values in the path."""
    bus.rule(
        "calls",
        {
            "Arn": destination(bus, f"{partner.url}/orders/*"),
            "RoleArn": bus.role("caller", MAY),
            "InputPath": "$.detail",
            "HttpParameters": {
                "PathParameterValues": ["$.detail.id"],
                "HeaderParameters": {"X-From": "$.source"},
                "QueryStringParameters": {"v": "1", "w": "3"},
            },
        },
    )
    bus.put({"id": "a b"})
    ((method, path, headers, body),) = partner.asked
    assert (method, path) == ("POST", "/orders/a%20b?v=2&w=3")
    assert json.loads(body) == {"id": "a b", "shop": "studio"}
    assert (headers["X-Key"], headers["X-From"]) == ("secret", "studio")
    assert headers["User-Agent"] == "Amazon/EventBridge/ApiDestinations"
    assert headers["Content-Type"] == "application/json; charset=utf-8"


def test_a_role_has_to_be_allowed(bus: Bus, partner: Partner) -> None:
    """Without events:InvokeApiDestination nothing is sent."""
    arn = destination(bus, partner.url)
    bus.rule("calls", {"Arn": arn, "RoleArn": bus.role("caller")})
    bus.put()
    assert partner.asked == []
    assert [kind for kind, _ in bus.incidents()] == ["permission"]


def test_a_busy_server_is_asked_again(own_bus: Bus, partner: Partner) -> None:
    """After 1, 2, 4 … seconds, or later where it says so."""
    partner.answers = [(503, {}), (429, {"Retry-After": "30"})]
    role = own_bus.role("caller", MAY)
    own_bus.rule("calls", {"Arn": destination(own_bus, partner.url), "RoleArn": role})
    own_bus.put()
    assert len(partner.asked) == 1
    own_bus.cloud.clock.advance(1.5)
    assert len(partner.asked) == 2
    own_bus.cloud.clock.advance(29)
    assert len(partner.asked) == 2
    own_bus.cloud.clock.advance(2)
    assert len(partner.asked) == 3
    assert own_bus.sum("RetryInvocationAttempts", RuleName="calls") == 2
    assert own_bus.sum("FailedInvocations", RuleName="calls") == 0
    assert own_bus.sum("Invocations", RuleName="calls") == 1


def test_a_refusal_is_final(bus: Bus, partner: Partner) -> None:
    """Statuses below 500 other than 429 aren't tried again."""
    partner.answers = [(400, {})]
    arn = destination(bus, partner.url)
    bus.rule("calls", {"Arn": arn, "RoleArn": bus.role("caller", MAY)})
    bus.put()
    ((kind, message),) = bus.incidents()
    assert (kind, "HTTP status 400" in message) == ("undelivered", True)


def exhausted(bus: Bus, partner: Partner, days: float, **policy: int) -> Any:
    """Let all attempts fail for a while; returns the dead letter's attributes."""
    url, dead = bus.queue("dead")
    partner.answers = [(500, {})] * 500
    bus.rule(
        "calls",
        {
            "Arn": destination(bus, partner.url),
            "RoleArn": bus.role("caller", MAY),
            "DeadLetterConfig": {"Arn": dead},
            "RetryPolicy": policy,
        },
    )
    bus.put()
    bus.cloud.clock.advance(days * 86_400)
    (message,) = bus.account.messages(url)
    return {k: one["StringValue"] for k, one in message["MessageAttributes"].items()}


def test_attempts_end(own_bus: Bus, partner: Partner) -> None:
    """The first attempt and as many retries as the policy has."""
    found = exhausted(own_bus, partner, 0.01, MaximumRetryAttempts=3)
    assert found["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert (found["RETRY_ATTEMPTS"], len(partner.asked)) == ("3", 4)


def test_an_event_gets_old(own_bus: Bus, partner: Partner) -> None:
    """No attempt begins after the maximum age, at which the event is given up."""
    found = exhausted(own_bus, partner, 61 / 86_400, MaximumEventAgeInSeconds=60)
    assert found["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    # At 0, 1, 3, 7, 15 and 31 seconds; the next would be at 63.
    assert len(partner.asked) == 6


def test_a_rate_keeps_invocations_back(own_bus: Bus, partner: Partner) -> None:
    """More than the destination takes in a second wait for the next one."""
    arn = destination(own_bus, partner.url, InvocationRateLimitPerSecond=1)
    own_bus.rule("calls", {"Arn": arn, "RoleArn": own_bus.role("caller", MAY)})
    entry = {"Source": "studio", "DetailType": "d", "Detail": "{}"}
    own_bus.events.put_events(Entries=[entry] * 3)
    own_bus.cloud.clock.advance(5)
    assert len(partner.asked) == 3
    assert own_bus.sum("ThrottledRules", RuleName="calls") >= 2


def test_other_machines_arent_called(bus: Bus) -> None:
    """Nothing leaves this machine, and why() says so."""
    arn = destination(bus, "https://api.example.com/orders")
    bus.rule("calls", {"Arn": arn, "RoleArn": bus.role("caller", MAY)})
    bus.put()
    ((kind, message),) = bus.incidents()
    assert (kind, "calls 127.0.0.1 only, and not api.example.com" in message) == (
        "undelivered",
        True,
    )


def test_endpoints_have_tls(bus: Bus) -> None:
    """But for those on this machine."""
    with pytest.raises(ClientError) as raised:
        destination(bus, "http://api.example.com/orders")
    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_a_connection_keeps_its_secrets(bus: Bus) -> None:
    """Neither the key nor what is marked as secret is described."""
    destination(bus, "http://127.0.0.1:9/")
    told = bus.events.describe_connection(Name="partner")["AuthParameters"]
    assert told["ApiKeyAuthParameters"] == {"ApiKeyName": "X-Key"}
    body = told["InvocationHttpParameters"]["BodyParameters"]
    assert body == [{"Key": "shop", "Value": "studio"}]


def test_oauth_fetches_a_token(own_bus: Bus, partner: Partner) -> None:
    """And another one when the first is refused."""
    events = own_bus.events
    partner.answers = [(200, {}), (401, {}), (200, {}), (200, {})]
    partner.tokens = ["first", "second"]
    connection = events.create_connection(
        Name="c",
        AuthorizationType="OAUTH_CLIENT_CREDENTIALS",
        AuthParameters={
            "OAuthParameters": {
                "ClientParameters": {"ClientID": "i", "ClientSecret": "s"},
                "AuthorizationEndpoint": f"{partner.url}/token",
                "HttpMethod": "POST",
            }
        },
    )
    assert connection["ConnectionState"] == "AUTHORIZING"
    arn = events.create_api_destination(
        Name="d",
        ConnectionArn=connection["ConnectionArn"],
        InvocationEndpoint=f"{partner.url}/orders",
        HttpMethod="POST",
    )["ApiDestinationArn"]
    own_bus.rule("calls", {"Arn": arn, "RoleArn": own_bus.role("caller", MAY)})
    own_bus.put()
    own_bus.cloud.clock.advance(5)
    assert [
        (path, headers.get("Authorization")) for _, path, headers, _ in partner.asked
    ] == [
        ("/token", None),
        ("/orders", "Bearer first"),
        ("/token", None),
        ("/orders", "Bearer second"),
    ]
    assert partner.asked[0][3] == "client_id=i&client_secret=s"
    told = events.describe_connection(Name="c")
    assert told["ConnectionState"] == "AUTHORIZED"
    oauth = told["AuthParameters"]["OAuthParameters"]
    assert oauth["ClientParameters"] == {"ClientID": "i"}


def test_a_connection_without_parameters_is_of_no_use(
    bus: Bus, partner: Partner
) -> None:
    """Until it gets new ones."""
    arn = destination(bus, partner.url)
    bus.rule("calls", {"Arn": arn, "RoleArn": bus.role("caller", MAY)})
    bus.events.deauthorize_connection(Name="partner")
    bus.put()
    ((_, message),) = bus.incidents()
    assert message.endswith("it is DEAUTHORIZED.")
    bus.events.update_connection(
        Name="partner",
        AuthParameters={
            "ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "new"}
        },
    )
    bus.put()
    ((_, _, headers, _),) = partner.asked
    assert headers["X-Key"] == "new"


def test_what_is_missing_is_named(bus: Bus) -> None:
    """In AWS's words."""
    for call, message in (
        (
            bus.events.describe_connection,
            "Failed to describe the connection(s). Connection 'x' does not exist.",
        ),
        (
            bus.events.describe_api_destination,
            "Failed to describe the api-destination(s). An api-destination 'x' does not"
            " exist.",
        ),
    ):
        with pytest.raises(ClientError) as raised:
            call(Name="x")
        assert raised.value.response["Error"]["Message"] == message


def test_lists_have_pages(bus: Bus) -> None:
    """By a limit and a token, and by the beginning of a name."""
    arn = destination(bus, "http://127.0.0.1:9/")
    connection = bus.events.describe_api_destination(Name="partner")["ConnectionArn"]
    for number in range(3):
        bus.events.create_api_destination(
            Name=f"more-{number}",
            ConnectionArn=connection,
            InvocationEndpoint="http://127.0.0.1:9/",
            HttpMethod="POST",
        )
    first = bus.events.list_api_destinations(Limit=3)
    assert first["ApiDestinations"][0]["ApiDestinationArn"] == arn
    rest = bus.events.list_api_destinations(Limit=3, NextToken=first["NextToken"])
    assert [one["Name"] for one in rest["ApiDestinations"]] == ["more-2"]
    assert "NextToken" not in rest
    found = bus.events.list_api_destinations(NamePrefix="par")["ApiDestinations"]
    assert [one["Name"] for one in found] == ["partner"]
    with pytest.raises(ClientError) as raised:
        bus.events.list_api_destinations(NextToken="?")
    assert raised.value.response["Error"]["Code"] == "InvalidToken"
