"""API Gateway: limits and defaults of REST and HTTP APIs."""

from __future__ import annotations

from datetime import date

from grader.facts.fact import Fact

_GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_READ = date(2026, 11, 25)

REST_TIMEOUT = Fact(
    29_000,
    "ms, unless raised",
    "https://aws.amazon.com/about-aws/whats-new/2024/06/"
    "amazon-api-gateway-integration-timeout-limit-29-seconds/",
    as_of=_READ,
)
HTTP_TIMEOUT = Fact(30_000, "ms", _GUIDE + "http-api-quotas.html", as_of=_READ)
PAYLOAD = Fact(10 * 1024 * 1024, "bytes", _GUIDE + "http-api-quotas.html", as_of=_READ)
# What a method's settings show before anybody throttles it.
RATE = Fact(10_000, "requests a second", _GUIDE + "limits.html", as_of=_READ)
BURST = Fact(5_000, "requests at once", _GUIDE + "limits.html", as_of=_READ)
