"""EventBridge: limits of events, rules, targets, retries and replays."""

from __future__ import annotations

from grader.facts.fact import Fact

_API = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/"
_GUIDE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/"
_QUOTAS = _GUIDE + "eb-quota.html"

ENTRIES_PER_REQUEST = Fact(10, "entries", _API + "API_PutEvents.html")
REQUEST_SIZE = Fact(
    1_048_576,
    "bytes of all entries of a request",
    "https://www.bitslovers.com/serverless-1mb-payload-lambda-sqs-eventbridge/",
    second_hand=True,
    page=_GUIDE + "eb-putevents.html",
)
TIME_SIZE = Fact(14, "bytes of an entry's Time", _GUIDE + "eb-putevents.html")
RULES_PER_BUS = Fact(300, "rules", _QUOTAS)
EVENT_BUSES = Fact(100, "event buses of a Region", _QUOTAS)
TARGETS_PER_RULE = Fact(5, "targets", _QUOTAS)

_RETRIES = _API + "API_RetryPolicy.html"
RETRY_ATTEMPTS = Fact(185, "attempts after the first", _RETRIES)
EVENT_AGE = Fact(86_400, "s", _RETRIES)

_DESTINATIONS = _GUIDE + "eb-api-destinations.html"
API_DESTINATION_TIMEOUT = Fact(5, "s", _DESTINATIONS)
API_DESTINATION_RATE = Fact(300, "invocations per second", _DESTINATIONS)

ACTIVE_REPLAYS = Fact(10, "replays at once", _GUIDE + "eb-replay-archived-event.html")
