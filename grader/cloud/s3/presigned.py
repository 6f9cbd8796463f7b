"""Presigned URLs expire on the lab's clock; moto never looks at their date."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.wrappers import Response

from grader.cloud.clock import Clock, real_time
from grader.cloud.s3.errors import drawn

# URLs whose end is remembered.
_REMEMBERED = 1000


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

    def expired(self, environ: dict[str, Any]) -> Response | None:
        """Answer as S3 does when a request's URL has expired, else give None."""
        query = environ.get("QUERY_STRING", "")
        if "Expires=" not in query:
            return None
        fields = dict(parse_qsl(query))
        try:
            end = self._end(fields)
        except ValueError:
            return None
        now = self._clock.now()
        if end is None or now <= end:
            return None
        lifetime = fields.get("X-Amz-Expires")
        members = {"X-Amz-Expires": lifetime} if lifetime else {}
        members |= {"Expires": _iso(end), "ServerTime": _iso(now)}
        return drawn("AccessDenied", "Request has expired", 403, members)

    def _end(self, fields: dict[str, str]) -> float | None:
        signature = fields.get("X-Amz-Signature") or fields.get("Signature")
        if signature is None:
            return None
        if signature not in self._ends:
            if "X-Amz-Date" in fields:
                end = self._end_of_version_4(fields)
            else:
                end = self._end_of_version_2(float(fields["Expires"]))
            self._ends[signature] = end
            while len(self._ends) > _REMEMBERED:
                self._ends.popitem(last=False)
        return self._ends[signature]

    def _end_of_version_4(self, fields: dict[str, str]) -> float:
        parsed = datetime.strptime(fields["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
        signed = parsed.replace(tzinfo=UTC).timestamp()
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


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
