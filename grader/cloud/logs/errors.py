"""CloudWatch Logs' own errors."""

from __future__ import annotations

from grader.cloud.aws_errors import AWSError


def invalid(message: str) -> AWSError:
    """Make an InvalidParameterException."""
    return AWSError("InvalidParameterException", message)


def missing(what: str) -> AWSError:
    """Make the ResourceNotFoundException of something else."""
    return AWSError(
        "ResourceNotFoundException", f"The specified {what} does not exist."
    )


def existing(what: str) -> AWSError:
    """Make a ResourceAlreadyExistsException."""
    return AWSError(
        "ResourceAlreadyExistsException", f"The specified {what} already exists"
    )


def limit_exceeded() -> AWSError:
    """Make a LimitExceededException."""
    return AWSError("LimitExceededException", "Resource limit exceeded.")


def unmodelled(what: str) -> AWSError:
    """Refuse what AWS knows and this local cloud doesn't model."""
    return invalid(f"The local cloud doesn't model {what}; real AWS does.")
