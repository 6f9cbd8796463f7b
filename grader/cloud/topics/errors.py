"""SNS's refusals, in its words.

They are moto's exceptions: moto reads their HTTP status in the model of the service
that an exception's class is defined for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:

    class Refused(Exception):
        """What SNS answers instead of doing what it is asked for."""

        code: str
        message: str

        def __init__(self, code: str, message: str) -> None: ...

else:
    from moto.sns.exceptions import SNSException as Refused


def invalid(what: str) -> Refused:
    """Something about a parameter."""
    return Refused("InvalidParameter", f"Invalid parameter: {what}")


def topic_not_found() -> Refused:
    return Refused("NotFound", "Topic does not exist")


def subscription_not_found() -> Refused:
    return Refused("NotFound", "Subscription does not exist")
