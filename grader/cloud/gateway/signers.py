"""Who signed a request, for APIs and function URLs whose access is AWS_IAM.

The local cloud doesn't verify signatures, here as elsewhere: it reads who signed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from grader.cloud.gateway.incoming import Incoming
from grader.cloud.gateway.unsupported import NotModelled

_CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256\s+.*Credential=(?P<key>[^/,\s]+)/\d{8}/(?P<region>[^/]+)"
    r"/(?P<service>[^/]+)/aws4_request"
)


@dataclass(frozen=True)
class Signer:
    """The identity behind an access key."""

    access_key: str
    account: str
    user_id: str
    arn: str


def signer(incoming: Incoming, service: str) -> Signer | None:
    """Return who signed this request for this service; None if nobody did.

    Raises: NotModelled where identity policies would have to decide: for users that
        aren't administrators, and for roles.
    """
    found = _CREDENTIAL.match(incoming.header("authorization") or "")
    if found is None or found["service"] != service:
        return None
    # moto is imported late: a gateway without such endpoints never needs it.
    from moto.iam.models import get_account_id_from, iam_backends
    from moto.sts.models import sts_backends

    key = found["key"]
    account = get_account_id_from(key)
    sts = sts_backends[account]["aws"]
    user = iam_backends[account]["aws"].get_user_from_access_key_id(key)
    if sts.get_assumed_role_from_access_key(key) or (user and not _all_powerful(user)):
        raise NotModelled("identity policies on AWS_IAM endpoints")
    user_id, arn, _ = sts.get_caller_identity(key, found["region"])
    return Signer(key, account, user_id, arn)


def _all_powerful(user: Any) -> bool:
    documents = [json.loads(text) for text in user.policies.values()]
    documents += [
        json.loads(policy.document) for policy in user.managed_policies.values()
    ]
    return any(
        (statement["Effect"], statement.get("Action"), statement.get("Resource"))
        == ("Allow", "*", "*")
        for document in documents
        for statement in document["Statement"]
    )
