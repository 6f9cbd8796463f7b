"""Presigned URLs expire on the lab's clock; moto never looks at their date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from grader.cloud.clock import Clock, real_time


def expired(environ: dict[str, Any], clock: Clock, request_id: str) -> Response | None:
    """Answer as S3 does when the URL of a request has expired, else give None.

    A notebook signs with real time, a function with lab time. A date that isn't in
    the real future counts as real, and is moved to the lab time it then was.
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """
    query = environ.get("QUERY_STRING", "")
    if "Expires=" not in query:
        return None
    fields = dict(parse_qsl(query))
    try:
        limit = _limit(fields, clock.lab_time_of)
    except ValueError:
        return None
    if limit is None or clock.now() <= limit:
        return None
    extra = ""
    if "X-Amz-Expires" in fields:
        extra = f"<X-Amz-Expires>{escape(fields['X-Amz-Expires'])}</X-Amz-Expires>"
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<Error><Code>AccessDenied</Code><Message>Request has expired</Message>"
        f"{extra}<Expires>{_iso(limit)}</Expires>"
        f"<ServerTime>{_iso(clock.now())}</ServerTime>"
        f"<RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>"
    )
    return Response(body, 403, content_type="application/xml")


def _limit(
    fields: dict[str, str], lab_time_of: Callable[[float], float]
) -> float | None:
    if "X-Amz-Expires" in fields and "X-Amz-Date" in fields:
        signed = datetime.strptime(fields["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
        moment = signed.replace(tzinfo=UTC).timestamp()
        lifetime = float(fields["X-Amz-Expires"])
    elif "Expires" in fields and "Signature" in fields:
        # Signature version 2 tells only the end: its offset is today's.
        moment, lifetime = float(fields["Expires"]), 0.0
        if moment <= real_time():
            return lab_time_of(moment)
        return moment + (lab_time_of(real_time()) - real_time())
    else:
        return None
    return (lab_time_of(moment) if moment <= real_time() else moment) + lifetime


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
