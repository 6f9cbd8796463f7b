"""Sending mail: what a new account may, and what a message may hold."""

from __future__ import annotations

from grader.facts.fact import Fact

_GUIDE = "https://docs.aws.amazon.com/ses/latest/dg/"
_SANDBOX = _GUIDE + "request-production-access.html"

_QUOTAS = _GUIDE + "quotas.html"
_SECOND_HAND = (
    "https://oneuptime.com/blog/post/2026-02-12-move-amazon-ses-out-of-sandbox/view"
)

SANDBOX_DAILY_QUOTA = Fact(200, "recipients in 24 hours", _SANDBOX)
SANDBOX_SEND_RATE = Fact(1, "recipients a second", _SANDBOX)
# AWS names no number: what an account gets depends on what it is to send.
PRODUCTION_DAILY_QUOTA = Fact(
    50_000,
    "recipients in 24 hours, at first",
    _SECOND_HAND,
    second_hand=True,
    page=_QUOTAS,
)
PRODUCTION_SEND_RATE = Fact(
    14, "recipients a second, at first", _SECOND_HAND, second_hand=True, page=_QUOTAS
)
PRODUCTION_REVIEW = Fact(
    24 * 3600,
    "s until an account leaves the sandbox, about",
    _SECOND_HAND,
    second_hand=True,
    page=_SANDBOX,
)
RECIPIENTS_PER_MESSAGE = Fact(50, "recipients at most", _QUOTAS)
MESSAGE_SIZE = Fact(10 * 1024 * 1024, "bytes at most, API v1, after base64", _QUOTAS)
MESSAGE_SIZE_V2 = Fact(40 * 1024 * 1024, "bytes at most, API v2, after base64", _QUOTAS)
