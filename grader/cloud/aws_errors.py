"""Errors as AWS words them; each protocol draws them in its own way."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Response


class AWSError(Exception):
    """An AWS error code with its message, HTTP status and further members.

    ``fields`` are members of the error's shape beside the message, such as
    ``Reason`` of Lambda's TooManyRequestsException.
    """

    def __init__(
        self, code: str, message: str | None, /, status: int = 400, **fields: Any
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields

    def rest_json(self, request_id: str, *, member: str = "Message") -> Response:
        """Draw the error as a REST-JSON service does (Lambda, API Gateway)."""
        body: dict[str, Any] = dict(self.fields)
        if self.message is not None:
            body[member] = self.message
        return Response(
            json.dumps(body),
            status=self.status,
            headers={
                "Content-Type": "application/json",
                "x-amzn-ErrorType": self.code,
                "x-amzn-RequestId": request_id,
            },
        )
