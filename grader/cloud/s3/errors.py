"""S3's refusals, in S3's words.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from flask import g
from moto.s3.exceptions import S3ClientError
from werkzeug.wrappers import Response

from grader.cloud.notification_origin import host_id, request_id


class Refused(S3ClientError):  # type: ignore[misc]
    """An error of S3's; ``members`` stand beside its code and message.

    moto's own errors have a status only if the SDK's model knows their code, and
    members only if it knows those.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
        /,
        **members: Any,
    ) -> None:
        super().__init__(code, message)
        self.status = status
        self.headers = headers or {}
        self.members = members


def note(result: Any) -> None:
    """Keep what the request under way is refused with, if it is."""
    if isinstance(result, Refused):
        g.refused = result


def refusal() -> Refused | None:
    """What the request under way was refused with, if it was."""
    refused: Refused | None = g.get("refused")
    return refused


def drawn(code: str, message: str, status: int, members: Mapping[str, Any]) -> Response:
    """Draw an error that is answered before moto has the request."""
    ids = request_id(), host_id()
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>"
        f"{xml(members)}<RequestId>{ids[0]}</RequestId><HostId>{ids[1]}</HostId></Error>"
    )
    headers = {
        "x-amz-request-id": ids[0],
        "x-amz-id-2": ids[1],
        "Server": "AmazonS3",
    }
    return Response(body, status, headers, content_type="application/xml")


def xml(members: Mapping[str, Any]) -> str:
    """Write the members of an error as XML elements."""
    return "".join(
        f"<{name}>{escape(str(value))}</{name}>" for name, value in members.items()
    )


def malformed() -> Refused:
    """The refusal of a body that isn't what the operation takes."""
    return Refused(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our"
        " published schema",
    )


def unmodelled(what: str) -> Refused:
    """The refusal of what AWS can and this cloud can't."""
    return Refused("NotImplemented", f"The local cloud doesn't model {what}.", 501)
