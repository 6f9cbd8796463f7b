"""Who signed a request to a function URL whose access is AWS_IAM."""

from __future__ import annotations

import re

from grader.cloud.access.principals import ANONYMOUS, Caller, Principals
from grader.cloud.gateway.incoming import Incoming

_CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256\s+.*Credential=(?P<key>[^/,\s]+)/\d{8}/(?P<region>[^/]+)"
    r"/(?P<service>[^/]+)/aws4_request"
)


def signer(incoming: Incoming, service: str, principals: Principals) -> Caller:
    """Return who signed this request for this service; ANONYMOUS if nobody did.

    Raises: CredentialsRefused for a key or a token that isn't good any more.
    """
    found = _CREDENTIAL.match(incoming.header("authorization") or "")
    if found is None or found["service"] != service:
        return ANONYMOUS
    token = incoming.header("x-amz-security-token")
    return principals.caller(found["key"], token, incoming.arrived)
