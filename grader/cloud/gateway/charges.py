"""Which requests to APIs AWS charges for.

"You are only charged for requests that are valid and sent to the integration, or
requests that failed request validation": an AWS expert's answer at
https://repost.aws/questions/QU5y4fo-e3RWyU5r4VmyPIzA/pricing-clarification-for-api-gateway
"""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.wrappers import Response


class Uncharged(Response):
    """An answer to a request that was throttled, wasn't allowed or met no route."""


@dataclass(frozen=True)
class Answered:
    """A request that an API answered: ``kind`` is rest or http, ``size`` in bytes.

    The size is the request's body and the answer's together.
    """

    account: str
    kind: str
    size: int
