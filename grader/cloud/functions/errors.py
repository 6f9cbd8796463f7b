"""Lambda's own errors: how they are raised and how they are drawn."""

from __future__ import annotations

from werkzeug.wrappers import Response

from grader.cloud.aws_errors import AWSError
from grader.cloud.functions import service_model


def failure(code: str, message: str) -> AWSError:
    """Make one of Lambda's errors with the HTTP status that the model states."""
    modelled = service_model.errors().get(code)
    if modelled is None:
        status = {"AccessDeniedException": 403}.get(code, 400)
        return AWSError(code, message, status)
    return AWSError(code, message, modelled.status, Type="User")


def invalid(message: str) -> AWSError:
    """Make an InvalidParameterValueException."""
    return failure("InvalidParameterValueException", message)


def missing(message: str) -> AWSError:
    """Make a ResourceNotFoundException."""
    return failure("ResourceNotFoundException", message)


def conflict(message: str) -> AWSError:
    """Make a ResourceConflictException."""
    return failure("ResourceConflictException", message)


def unqualified_only() -> AWSError:
    """Refuse a version or an alias where only a whole function will do."""
    return invalid(
        "This operation is permitted on Lambda functions only. Aliases and versions do"
        " not support this operation. Please specify either a function name or an"
        " unqualified function ARN."
    )


def unmodelled(what: str) -> AWSError:
    """Refuse what AWS knows and this local cloud doesn't model."""
    return invalid(f"The local cloud doesn't model {what}; real AWS does.")


def draw(error: AWSError, request_id: str) -> Response:
    """Draw an error with the member name that its shape gives the message.

    Lambda's shapes disagree: ``Message`` in ResourceNotFoundException,
    ``message`` in InvalidParameterValueException and in ValidationException.
    """
    modelled = service_model.errors().get(error.code)
    if modelled is not None:
        return error.rest_json(request_id, member=modelled.message_member)
    framework = error.code in ("ValidationException", "SerializationException")
    return error.rest_json(request_id, member="message" if framework else "Message")
