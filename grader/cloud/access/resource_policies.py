"""The policy that a resource itself has, wherever its service keeps it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.s3.models import s3_backends

from grader.cloud import functions, s3
from grader.cloud.access.documents import Policy, PolicyKind, read
from grader.cloud.access.needs import Need
from grader.cloud.access.request import Request
from grader.cloud.access.sessions import find_role

# Its name may be that of another account's bucket, which isn't meant.
_NEW_BUCKET = "s3:CreateBucket"
_NOBODY = '{"Version": "2012-10-17", "Statement": []}'


def policy_on(request: Request) -> Policy | None:
    """The policy of a resource, for sts:AssumeRole the role's trust policy."""
    action, arn = request.action, request.resource
    if action == _NEW_BUCKET:
        return None
    if action.startswith("sts:") and ":role/" in arn:
        return _trust(arn)
    parts = arn.split(":", 5)
    find = _KEPT.get(parts[2]) if len(parts) == 6 else None
    text = find(arn) if find is not None and not _closed(request) else None
    return _policy(text, "resource", arn) if text else None


def may_refuse(account: str, service: str, environ: Mapping[str, Any]) -> bool:
    """Whether a resource could refuse an administrator of an account.

    Nobody's identity policies count here: a trust policy that doesn't name the account,
    a bucket's policy, and whatever belongs to another account do.
    """
    if service == "sts":
        return True
    if service != "s3":
        return False
    host = environ.get("HTTP_HOST", "")
    if not host.startswith(("127.0.0.1", "localhost")):
        return True
    name = environ["PATH_INFO"].split("/", 2)[1]
    bucket = s3.find(name) if name else None
    return bucket is not None and (
        bucket.policy is not None or bucket.account_id != account
    )


def owner_of(need: Need) -> str:
    """The account that owns a resource; empty where nobody does so far."""
    if need.action == _NEW_BUCKET:
        return ""
    parts = need.resource.split(":", 5)
    if len(parts) < 6:
        return ""
    if parts[2] == "s3" and not parts[4]:
        bucket = parts[5].partition("/")[0]
        partition_account = s3_backends.bucket_accounts.get(bucket)
        return str(partition_account[1]) if partition_account else ""
    return parts[4] if parts[4] != "aws" else ""


def _closed(request: Request) -> bool:
    """Whether Block Public Access keeps everybody else out of a bucket.

    Then its policy lets in no more than its own account and AWS's services.
    """
    principal = request.principal
    if not request.action.startswith("s3:") or principal.kind == "service":
        return False
    bucket = _bucket(request.resource)
    if bucket is None or principal.account == bucket.account_id:
        return False
    return s3.restricts(bucket)


def _bucket(arn: str) -> Any:
    return s3.find(arn.split(":", 5)[5].partition("/")[0])


def _policy(text: str, kind: PolicyKind, arn: str) -> Policy:
    return Policy(f"the policy of {arn}", kind, read(text), arn)


def _trust(arn: str) -> Policy:
    """The trust policy of a role; one that trusts nobody where there is no role."""
    parts = arn.split(":", 5)
    role = find_role(parts[4], arn) if len(parts) == 6 else None
    text = _NOBODY
    if role is not None:
        document = role.assume_role_policy_document
        text = document if isinstance(document, str) else json.dumps(document)
    return Policy(f"the trust policy of {arn}", "trust", read(text), arn)


def _of_bucket(arn: str) -> str | None:
    bucket = _bucket(arn)
    text = bucket.policy if bucket is not None else None
    return text.decode() if isinstance(text, bytes) else text


def _of_function(arn: str) -> str | None:
    parts = arn.split(":")
    if len(parts) < 7 or parts[5] != "function":
        return None
    qualifier = parts[7] if len(parts) > 7 else None
    found = functions.policy(parts[4], parts[3], parts[6], qualifier)
    return json.dumps(found) if found else None


_KEPT: Mapping[str, Callable[[str], str | None]] = {
    "lambda": _of_function,
    "s3": _of_bucket,
}
