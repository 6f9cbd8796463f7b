"""What AWS answers to keys and tokens that aren't good, and to no Region of its own.

https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import uuid

from grader.cloud.access.denials import Denial

_INVALID = "The security token included in the request is invalid."
_EXPIRED = "The security token included in the request is expired"
_MISSING = "Request is missing Authentication Token"

_REGION = "Credential should be scoped to a valid region, not '{region}'."

# By kind and protocol: code, message, status.
_ANSWERS = {
    ("invalid", "query"): ("InvalidClientTokenId", _INVALID, 403),
    ("invalid", "json"): ("UnrecognizedClientException", _INVALID, 400),
    ("invalid", "rest-json"): ("UnrecognizedClientException", _INVALID, 403),
    ("invalid", "ec2"): (
        "AuthFailure",
        "AWS was not able to validate the provided access credentials",
        401,
    ),
    ("invalid", "s3"): (
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        403,
    ),
    ("expired", "query"): ("ExpiredToken", _EXPIRED, 403),
    ("expired", "json"): ("ExpiredTokenException", _EXPIRED, 400),
    ("expired", "rest-json"): ("ExpiredTokenException", _EXPIRED, 403),
    ("expired", "ec2"): ("RequestExpired", "Request has expired.", 400),
    ("expired", "s3"): ("ExpiredToken", "The provided token has expired.", 400),
    # On AWS no such host is found; these are told where only the signature names it.
    ("region", "query"): ("SignatureDoesNotMatch", _REGION, 403),
    ("region", "json"): ("InvalidSignatureException", _REGION, 400),
    ("region", "rest-json"): ("InvalidSignatureException", _REGION, 403),
    ("region", "ec2"): ("AuthFailure", _REGION, 401),
    ("region", "s3"): (
        "AuthorizationHeaderMalformed",
        "The authorization header is malformed; the region '{region}' is wrong",
        400,
    ),
    ("missing", "query"): ("MissingAuthenticationToken", _MISSING, 403),
    ("missing", "json"): ("MissingAuthenticationTokenException", _MISSING, 400),
    ("missing", "rest-json"): (
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
        403,
    ),
}


def denial(kind: str, protocol: str, region: str = "") -> Denial:
    """Refuse a request for its credentials: `invalid`, `expired` or `missing`.

    Or for the `region` that they were used for, which is none.
    """
    alike = {"cbor": "json", "rest-xml": "query"}.get(protocol, protocol)
    code, message, status = _ANSWERS.get((kind, alike)) or _ANSWERS[kind, "query"]
    told = message.format(region=region)
    return Denial(code, told, status, protocol, str(uuid.uuid4()))
