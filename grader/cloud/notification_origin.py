"""Who made the S3 request that is being answered, as its notifications tell it."""

from __future__ import annotations

import base64
import re
import secrets
import string

from flask import has_request_context, request
from moto.sts.models import sts_backends

from grader.cloud.notification_events import Origin

_ACCESS_KEY = re.compile(r"Credential=([^/]+)/|^AWS ([^:]+):")
_REQUEST_ID_LETTERS = string.ascii_uppercase + string.digits


def request_id() -> str:
    """Make a request's id as S3 does."""
    return "".join(secrets.choice(_REQUEST_ID_LETTERS) for _ in range(16))


def host_id() -> str:
    """Make the second id of a request, ``x-amz-id-2``."""
    return base64.b64encode(secrets.token_bytes(56)).decode()


def current_origin(account: str) -> Origin:
    """Describe the request under way in ``account``, with ids of its own.

    Outside a request it is S3 itself that acts, as for a lifecycle rule.
    """
    if not has_request_context():
        service = "s3.amazonaws.com"
        return Origin(request_id(), host_id(), service, service, service)
    return Origin(
        request_id(),
        host_id(),
        request.remote_addr or "127.0.0.1",
        _principal(account),
        account,
        request.headers.get("X-Amzn-Trace-Id"),
    )


def _principal(account: str) -> str:
    """The caller's unique id: of a user, of a role with its session, or the account."""
    found = _ACCESS_KEY.search(request.headers.get("Authorization", ""))
    signed = request.args.get("X-Amz-Credential", "").partition("/")[0]
    key = (found[1] or found[2]) if found else signed
    # moto's regional backends know every session and user of the account.
    user_id, arn, _ = sts_backends[account]["aws"].get_caller_identity(key, "us-east-1")
    if arn.endswith(":user/moto"):
        # A key that IAM didn't issue acts as the account's administrator.
        return f"AWS:{account}"
    return f"AWS:{user_id}"
