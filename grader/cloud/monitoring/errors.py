"""CloudWatch's own errors, in the codes of its query protocol."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class Refusal(ServiceException):  # type: ignore[misc]
    """An error that moto draws by CloudWatch's model: a code and a message."""


def invalid(message: str) -> Refusal:
    """Make an InvalidParameterValue."""
    return Refusal("InvalidParameterValue", message)


def combination(message: str) -> Refusal:
    """Make an InvalidParameterCombination."""
    return Refusal("InvalidParameterCombination", message)


def missing(message: str) -> Refusal:
    """Make a MissingParameter."""
    return Refusal("MissingParameter", message)


def validation(message: str) -> Refusal:
    """Make a ValidationError."""
    return Refusal("ValidationError", message)


def not_found(message: str) -> Refusal:
    """Make a ResourceNotFound."""
    return Refusal("ResourceNotFound", message)


def unmodelled(what: str) -> Refusal:
    """Refuse what AWS knows and this local cloud doesn't model."""
    return invalid(f"The local cloud doesn't model {what}; real AWS does.")
