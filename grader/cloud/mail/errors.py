"""Why SES refuses something, and how its two APIs name that."""

from __future__ import annotations

from moto.core.exceptions import JsonRESTError, ServiceException

# The names of API v2, with their status; those that are missing are the same in both.
_V2 = {
    "InvalidParameterValue": ("BadRequestException", 400),
    "ValidationError": ("BadRequestException", 400),
    "Throttling": ("TooManyRequestsException", 429),
    "ConfigurationSetDoesNotExist": ("NotFoundException", 404),
    "TemplateDoesNotExist": ("NotFoundException", 404),
    "NotFoundException": ("NotFoundException", 404),
    "ConflictException": ("ConflictException", 409),
    "AccountSendingPausedException": ("SendingPausedException", 400),
}


class _V1Error(ServiceException):  # type: ignore[misc]
    """moto looks for errors' models where their classes are: not here, for this one."""


class Refused(Exception):
    """A refusal, by API v1's name for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

    def v1(self) -> Exception:
        """What moto draws as API v1 does."""
        error: Exception = _V1Error(self.code, self.message)
        return error

    def v2(self) -> Exception:
        """What moto draws as API v2 does."""
        code, status = _V2.get(self.code, (self.code, 400))
        error = JsonRESTError(code, self.message)
        error.code = status
        drawn: Exception = error
        return drawn


def unmodelled(what: str) -> Refused:
    """Refuse what AWS knows and this local cloud doesn't model."""
    return Refused(
        "InvalidParameterValue",
        f"The local cloud doesn't model {what}; real AWS does.",
    )
