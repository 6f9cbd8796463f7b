"""Who makes an S3 request, for the sentence that refuses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from moto.sts.models import sts_backends

from grader.cloud.s3.errors import Refused

if TYPE_CHECKING:
    from grader.cloud.s3.requests import S3Request


def denial(asked: S3Request, action: str, resource: str) -> Callable[[str], Refused]:
    """Word the refusal of an action; what it is called with says why.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
    """

    def denied(because: str) -> Refused:
        return Refused(
            "AccessDenied",
            f"User: {_arn(asked)} is not authorized to perform: {action} on resource:"
            f' "{resource}" {because}',
            403,
        )

    return denied


def _arn(asked: S3Request) -> str:
    backend = sts_backends[asked.current_account]["aws"]
    _, arn, _ = backend.get_caller_identity(asked.get_access_key(), asked.region)
    return str(arn)
