"""Kinesis's errors, which moto draws by the service's model."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class Refusal(ServiceException):  # type: ignore[misc]
    """An error's code and its message."""


def invalid(message: str) -> Refusal:
    """Make a ValidationException."""
    return Refusal("ValidationException", message)


def expired(message: str) -> Refusal:
    """Make an ExpiredIteratorException."""
    return Refusal("ExpiredIteratorException", message)


def limit_exceeded(message: str) -> Refusal:
    """Make a LimitExceededException."""
    return Refusal("LimitExceededException", message)


def unmodelled(what: str) -> Refusal:
    """Refuse what AWS knows and this local cloud doesn't model."""
    return invalid(f"The local cloud doesn't model {what} of Kinesis; real AWS does.")
