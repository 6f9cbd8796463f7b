"""What a REST API says itself when no integration answers, and how to word it anew.

Follows "Gateway response types for API Gateway" in the developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from grader.cloud.gateway import mapping_templates
from grader.cloud.gateway.charges import Uncharged


class GatewayError(Exception):
    """API Gateway answers this request itself, with one of its gateway responses."""

    def __init__(self, kind: GatewayResponse, message: str | None = None) -> None:
        super().__init__(message or kind.message)
        self.kind = kind
        self.message = message or kind.message


@dataclass(frozen=True)
class GatewayResponse:
    """A gateway response type with AWS's default status, error type and message."""

    type: str
    status: int
    error_type: str
    message: str


FORBIDDEN_STAGE = GatewayResponse("", 403, "ForbiddenException", "Forbidden")
MISSING_AUTHENTICATION_TOKEN = GatewayResponse(
    "MISSING_AUTHENTICATION_TOKEN",
    403,
    "MissingAuthenticationTokenException",
    "Missing Authentication Token",
)
INVALID_API_KEY = GatewayResponse(
    "INVALID_API_KEY", 403, "ForbiddenException", "Forbidden"
)
THROTTLED = GatewayResponse(
    "THROTTLED", 429, "TooManyRequestsException", "Too Many Requests"
)
QUOTA_EXCEEDED = GatewayResponse(
    "QUOTA_EXCEEDED", 429, "LimitExceededException", "Limit Exceeded"
)
REQUEST_TOO_LARGE = GatewayResponse(
    "REQUEST_TOO_LARGE", 413, "RequestTooLargeException", "Request Too Long"
)
BAD_REQUEST_PARAMETERS = GatewayResponse(
    "BAD_REQUEST_PARAMETERS", 400, "BadRequestException", "Bad Request"
)
BAD_REQUEST_BODY = GatewayResponse(
    "BAD_REQUEST_BODY", 400, "BadRequestException", "Invalid request body"
)
UNSUPPORTED_MEDIA_TYPE = GatewayResponse(
    "UNSUPPORTED_MEDIA_TYPE",
    415,
    "UnsupportedMediaTypeException",
    "Unsupported Media Type",
)
CONFIGURATION_ERROR = GatewayResponse(
    "API_CONFIGURATION_ERROR",
    500,
    "InternalServerErrorException",
    "Internal server error",
)
BAD_GATEWAY = GatewayResponse(
    "DEFAULT_5XX", 502, "InternalServerErrorException", "Internal server error"
)
INTEGRATION_TIMEOUT = GatewayResponse(
    "INTEGRATION_TIMEOUT",
    504,
    "InternalServerErrorException",
    "Endpoint request timed out",
)

_UNCHARGED = (
    FORBIDDEN_STAGE,
    MISSING_AUTHENTICATION_TOKEN,
    INVALID_API_KEY,
    THROTTLED,
    QUOTA_EXCEEDED,
)


def draw(
    error: GatewayError,
    customised: Mapping[str, Any],
    sources: mapping_templates.Sources,
) -> Response:
    """Answer with a gateway response, worded as the API's owner wants it.

    ``customised`` is by type; DEFAULT_4XX and DEFAULT_5XX stand in for the rest.
    """
    kind = error.kind
    family = f"DEFAULT_{kind.status // 100}XX"
    own = customised.get(kind.type) or customised.get(family)
    status = int(own.status_code) if own and own.status_code else kind.status
    body = json.dumps({"message": error.message})
    # API Gateway's own bodies have no space, but for server errors and time-outs.
    if kind.status < 500:
        body = json.dumps({"message": error.message}, separators=(",", ":"))
    content_type = "application/json"
    sources = sources.with_error(error.message, kind.type)
    if own and own.response_templates:
        content_type, template = next(iter(own.response_templates.items()))
        body = mapping_templates.substitute(template, sources)
    make = Uncharged if kind in _UNCHARGED else Response
    response = make(body, status=status, content_type=content_type)
    for name, value in ((own and own.response_parameters) or {}).items():
        header = name.removeprefix("gatewayresponse.header.")
        if header != name:
            response.headers[header] = mapping_templates.parameter(value, sources)
    response.headers["x-amzn-ErrorType"] = kind.error_type
    return response
