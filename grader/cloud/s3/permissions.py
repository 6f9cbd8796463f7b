"""What S3 asks access control in the middle of a request.

Whether a request may be made at all is decided before S3 has it. Here is the rest: each
key of a DeleteObjects, and whether who may read a key may know that it isn't there.
"""

from __future__ import annotations

from collections.abc import Callable

from grader.cloud.s3.errors import Refused

Authority = Callable[[str, str], str | None]
"""Says why who makes the request may not do an action to a resource; None if it may."""

_authority: Authority | None = None


def ask(authority: Authority | None) -> None:
    """Ask ``authority`` from now on; None permits everything."""
    global _authority
    _authority = authority


def permit(action: str, resource: str) -> None:
    """Go on if the action is allowed.

    Raises:
        Refused: AccessDenied.
    """
    because = _authority(action, resource) if _authority is not None else None
    if because is not None:
        raise Refused("AccessDenied", because, 403)
