"""CORS as API Gateway and Lambda answer it for an API or a function URL.

Follows "Configure CORS for HTTP APIs" and "Cross-origin resource sharing" of function
URLs: once CORS is configured, the function's own CORS headers are replaced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from grader.cloud.gateway.incoming import Incoming


@dataclass(frozen=True)
class Cors:
    """A CORS configuration; ``max_age`` in seconds."""

    origins: Sequence[str] = ()
    methods: Sequence[str] = ()
    headers: Sequence[str] = ()
    expose: Sequence[str] = ()
    max_age: int | None = None
    credentials: bool = False

    @classmethod
    def from_api(cls, configuration: Mapping[str, Any]) -> Cors:
        """Read apigatewayv2's or Lambda's shape; they differ in case only."""
        shape = {
            name[0].lower() + name[1:]: configuration[name] for name in configuration
        }
        return cls(
            origins=shape.get("allowOrigins") or (),
            methods=shape.get("allowMethods") or (),
            headers=shape.get("allowHeaders") or (),
            expose=shape.get("exposeHeaders") or (),
            max_age=shape.get("maxAge"),
            credentials=bool(shape.get("allowCredentials")),
        )

    def allowed_origin(self, incoming: Incoming) -> str | None:
        """Return what Access-Control-Allow-Origin says to this request, if anything."""
        origin = incoming.header("origin")
        if origin is None:
            return None
        for allowed in self.origins:
            if allowed == "*":
                return origin if self.credentials else "*"
            if allowed.lower() == origin.lower():
                return origin
            if allowed.endswith("://*") and origin.startswith(allowed[:-1]):
                return origin
        return None

    def preflight(self, incoming: Incoming, *, status: int) -> Response:
        """Answer a preflight request; without headers where it isn't allowed."""
        response = Response(status=status)
        del response.headers["Content-Type"]
        origin = self.allowed_origin(incoming)
        method = incoming.header("access-control-request-method") or ""
        if origin is None or not {"*", method.upper()} & set(self.methods):
            return response
        self._common(response, origin)
        response.headers["Access-Control-Allow-Methods"] = ",".join(self.methods)
        if self.headers:
            response.headers["Access-Control-Allow-Headers"] = ",".join(self.headers)
        if self.max_age is not None:
            response.headers["Access-Control-Max-Age"] = str(self.max_age)
        return response

    def apply(self, incoming: Incoming, response: Response) -> None:
        """Put this configuration's headers in the place of the function's."""
        for name in [key for key, _ in response.headers]:
            if name.lower().startswith("access-control-"):
                del response.headers[name]
        origin = self.allowed_origin(incoming)
        if origin is None:
            return
        self._common(response, origin)
        if self.expose:
            response.headers["Access-Control-Expose-Headers"] = ",".join(self.expose)

    def _common(self, response: Response, origin: str) -> None:
        response.headers["Access-Control-Allow-Origin"] = origin
        if origin != "*":
            response.headers.add("Vary", "Origin")
        if self.credentials:
            response.headers["Access-Control-Allow-Credentials"] = "true"


def is_preflight(incoming: Incoming) -> bool:
    """Say whether a browser asks before it sends the request proper."""
    return (
        incoming.method == "OPTIONS"
        and incoming.header("origin") is not None
        and incoming.header("access-control-request-method") is not None
    )
