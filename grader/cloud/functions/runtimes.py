"""Which runtimes AWS takes, has retired, and which of them run here."""

from __future__ import annotations

import hashlib

from moto.utilities.utils import get_partition

from grader import facts
from grader.cloud.functions import service_model
from grader.cloud.functions.errors import invalid

# The languages that the lab's own environments run.
_RUN_HERE = ("python", "nodejs")
# In the model, but not offered to functions.
_NOT_OFFERED = frozenset({"custom", "nodejs4.3-edge"})


def check(runtime: str) -> None:
    """Refuse a runtime that AWS doesn't know, has retired, or that can't run here.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html

    Raises:
        AWSError: InvalidParameterValueException.
    """
    if runtime in facts.aws_lambda.RETIRED_RUNTIMES.value:
        raise invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating"
            " or updating AWS Lambda functions. We recommend you use a supported"
            " runtime while creating or updating functions."
        )
    known = [name for name in _known() if name not in _NOT_OFFERED]
    if runtime not in known:
        offered = (
            name
            for name in known
            if name not in facts.aws_lambda.RETIRED_RUNTIMES.value
        )
        raise invalid(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must"
            f" satisfy enum value set: [{', '.join(offered)}] or be a valid ARN"
        )
    if not runtime.startswith(_RUN_HERE):
        raise invalid(
            f"The runtime {runtime} exists on AWS, but this local cloud runs Python"
            " and Node.js functions only. Use python3.13 or nodejs24.x, or real AWS."
        )


def _known() -> list[str]:
    enum: list[str] = service_model.shape("Runtime").enum
    return enum


def version_arn(region: str, runtime: str) -> str:
    """Build the ARN of the runtime's version, the same for the same runtime."""
    digest = hashlib.sha256(runtime.encode()).hexdigest()
    return f"arn:{get_partition(region)}:lambda:{region}::runtime:{digest}"
