"""EventBridge's own errors: those of its API, and those of a delivery."""

from __future__ import annotations

from moto.core.exceptions import JsonRESTError


def validation(message: str) -> JsonRESTError:
    """Make a ValidationException."""
    return JsonRESTError("ValidationException", message)


def not_valid(parameter: str, reason: str) -> JsonRESTError:
    """Make the ValidationException that names a parameter and a reason."""
    return validation(f"Parameter {parameter} is not valid. Reason: {reason}")


def not_found(message: str) -> JsonRESTError:
    """Make a ResourceNotFoundException."""
    return JsonRESTError("ResourceNotFoundException", message)


def existing(message: str) -> JsonRESTError:
    """Make a ResourceAlreadyExistsException."""
    return JsonRESTError("ResourceAlreadyExistsException", message)


def limit_exceeded() -> JsonRESTError:
    """Make a LimitExceededException, which doesn't tell the limit."""
    return JsonRESTError(
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )


def invalid_pattern(reason: str) -> JsonRESTError:
    """Make an InvalidEventPatternException."""
    return JsonRESTError(
        "InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}"
    )


def illegal_status(message: str) -> JsonRESTError:
    """Make an IllegalStatusException."""
    return JsonRESTError("IllegalStatusException", message)


def managed(rule: str) -> JsonRESTError:
    """Make the ManagedRuleException for a rule that belongs to a service."""
    return JsonRESTError(
        "ManagedRuleException",
        f"Rule {rule} is managed by an AWS service and can't be changed.",
    )


def unmodelled(what: str) -> JsonRESTError:
    """Refuse what AWS knows and this local cloud doesn't model."""
    return validation(f"The local cloud doesn't model {what}; real AWS does.")


class Undelivered(Exception):
    """An attempt to invoke a target failed.

    ``code`` is what a dead letter has as ERROR_CODE. ``retriable`` failures are tried
    again, no sooner than ``after`` seconds from now.
    """

    def __init__(
        self, code: str, message: str, *, retriable: bool = False, after: float = 0.0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retriable = retriable
        self.after = after


NO_PERMISSIONS = "NO_PERMISSIONS"
FAILED_TO_ASSUME_ROLE = "FAILED_TO_ASSUME_ROLE"
NO_RESOURCE = "NO_RESOURCE"
INVALID_JSON = "INVALID_JSON"
INVALID_PARAMETER = "INVALID_PARAMETER"
THROTTLING = "THROTTLING"
SDK_CLIENT_ERROR = "SDK_CLIENT_ERROR"
CONNECTION_FAILURE = "CONNECTION_FAILURE"
TIMEOUT = "TIMEOUT"
THIRD_ACCOUNT_HOP_DETECTED = "THIRD_ACCOUNT_HOP_DETECTED"
THIRD_REGION_HOP_DETECTED = "THIRD_REGION_HOP_DETECTED"
