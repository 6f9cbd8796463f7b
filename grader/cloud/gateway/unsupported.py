"""What the local gateway leaves out, said aloud to whoever calls it."""

from __future__ import annotations

import json

from werkzeug.wrappers import Response


class NotModelled(Exception):
    """The API uses a feature that the local cloud doesn't have."""

    def __init__(self, feature: str) -> None:
        super().__init__(
            f"The local cloud doesn't model {feature}; on AWS this request would be"
            " answered. Remove it from the API, or run this against a real account."
        )

    def response(self) -> Response:
        """Answer 501, which API Gateway itself never does."""
        return Response(
            json.dumps({"message": str(self)}),
            status=501,
            content_type="application/json",
        )
