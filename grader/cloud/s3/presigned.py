"""Presigned URLs: until when they hold, in lab time, and for which request.

moto looks neither at their date nor at their signature.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Response

from grader import facts
from grader.cloud.clock import Clock, real_time
from grader.cloud.s3 import signatures
from grader.cloud.s3.errors import drawn

ENVIRON_KEY = "s3.presigned_urls"
"""Where a request's environment has the ``PresignedURLs`` that know its clock."""

# URLs whose end is remembered.
_REMEMBERED = 1000


_VERSION_4 = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
)
_DATE = re.compile(r"\d{8}T\d{6}Z")


class PresignedURLs:
    """Knows until when, in lab time, each presigned URL holds.

    A notebook signs with real time, a function with lab time; a date in the real
    future must be lab time. Dates are whole seconds and the clock may be moved
    within one, so the end of a URL is settled when it is first seen.
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ends: OrderedDict[str, float] = OrderedDict()

    def refusal(self, environ: dict[str, Any]) -> Response | None:
        """Answer as S3 does when a request's URL doesn't hold, else give None."""
        asked = signatures.presigned(environ)
        if asked is None:
            return None
        fields = dict(asked.query)
        refused = malformed(fields) or self._expired(fields)
        return refused or signatures.refusal(asked)

    def end_of_policy(
        self, signature: str, expiration: float, date: str | None
    ) -> float:
        """Until when, in lab time, a form's policy holds that ends at ``expiration``.

        ``date`` is when it was signed, which signature version 2 doesn't tell.
        """
        if date is None:
            return self._remember(signature, lambda: self._end_of_version_2(expiration))
        fields = {"X-Amz-Date": date}
        fields["X-Amz-Expires"] = str(expiration - _epoch(date))
        return self._remember(signature, lambda: self._end_of_version_4(fields))

    def _expired(self, fields: Mapping[str, str]) -> Response | None:
        end, now = self._end(fields), self._clock.now()
        if now <= end:
            return None
        lifetime = fields.get("X-Amz-Expires")
        members = {"X-Amz-Expires": lifetime} if lifetime else {}
        members |= {"Expires": _iso(end), "ServerTime": _iso(now)}
        return drawn("AccessDenied", "Request has expired", 403, members)

    def _end(self, fields: Mapping[str, str]) -> float:
        if "X-Amz-Date" in fields:
            signature = fields["X-Amz-Signature"]
            return self._remember(signature, lambda: self._end_of_version_4(fields))
        end = float(fields["Expires"])
        return self._remember(fields["Signature"], lambda: self._end_of_version_2(end))

    def _remember(self, signature: str, find: Callable[[], float]) -> float:
        if signature not in self._ends:
            self._ends[signature] = find()
            while len(self._ends) > _REMEMBERED:
                self._ends.popitem(last=False)
        return self._ends[signature]

    def _end_of_version_4(self, fields: Mapping[str, str]) -> float:
        signed = _epoch(fields["X-Amz-Date"])
        if signed <= real_time():
            signed = self._lab_time_of(signed)
        return signed + float(fields["X-Amz-Expires"])

    def _end_of_version_2(self, end: float) -> float:
        """Signature version 2 tells the end, and not when it was signed.

        Lifetimes of whole minutes are assumed: so it was signed in the last minute,
        at the same second of it.
        """
        now = real_time()
        if abs(end - self._clock.now()) < abs(end - now):
            return end
        signed = now - (now - end) % 60
        return end + self._lab_time_of(signed) - signed

    def _lab_time_of(self, second: float) -> float:
        """Lab time at a whole second; after the jump, if one fell within it."""
        within = min(second + 0.999, real_time())
        return self._clock.lab_time_of(within) - (within - second)


def _epoch(date: str) -> float:
    parsed = datetime.strptime(date, "%Y%m%dT%H%M%SZ")
    return parsed.replace(tzinfo=UTC).timestamp()


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def malformed(fields: Mapping[str, str]) -> Response | None:
    """Answer as S3 does when a URL isn't signed as a URL is, else give None."""
    if "X-Amz-Signature" not in fields:
        if "AWSAccessKeyId" in fields and fields.get("Expires", "").isdecimal():
            return None
        return drawn(
            "AccessDenied",
            "Query-string authentication requires the Signature, Expires and"
            " AWSAccessKeyId parameters",
            403,
            {},
        )
    lifetime = fields.get("X-Amz-Expires", "")
    if any(name not in fields for name in _VERSION_4):
        message = (
            "Query-string authentication version 4 requires the X-Amz-Algorithm,"
            " X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and"
            " X-Amz-Expires parameters."
        )
    elif not _DATE.fullmatch(fields["X-Amz-Date"]):
        message = (
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        )
    elif not lifetime.lstrip("-").isdecimal():
        message = "X-Amz-Expires should be a number"
    elif int(lifetime) < 0:
        message = "X-Amz-Expires must be non-negative"
    elif int(lifetime) > (week := facts.aws_s3.PRESIGNED_LIFETIME.value):
        message = (
            "X-Amz-Expires must be less than a week (in seconds); that is, the given"
            f" X-Amz-Expires must be less than {week} seconds"
        )
    else:
        return None
    return drawn("AuthorizationQueryParametersError", message, 400, {})
