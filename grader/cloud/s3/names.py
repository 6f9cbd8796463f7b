"""Which names S3 takes for a bucket, and the part of them that is one account's.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html
"""

from __future__ import annotations

import re

from grader.cloud.s3.errors import Refused

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_OWN = re.compile(r".+-(?P<account>\d{12})-(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)-an")

ACCOUNT_REGIONAL = "account-regional"
_NAMESPACES = (None, "global", ACCOUNT_REGIONAL)


def check(name: str) -> None:
    """Refuse a name that no bucket may have; moto looks at its length alone.

    Raises:
        Refused: InvalidBucketName.
    """
    if (
        not _NAME.fullmatch(name)
        or ".." in name
        or _ADDRESS.fullmatch(name)
        or name.startswith(_RESERVED_PREFIXES)
        or name.endswith(_RESERVED_SUFFIXES)
    ):
        raise Refused(
            "InvalidBucketName", "The specified bucket is not valid.", BucketName=name
        )


def check_namespace(
    name: str, namespace: str | None, *, account: str, region: str
) -> None:
    """Refuse a name that doesn't belong to the namespace it is asked for in.

    ``namespace`` is what x-amz-bucket-namespace says, if it says anything. Only an
    account itself gets names that end with its number, their Region and ``-an``.

    Raises:
        Refused: InvalidArgument, InvalidNamespaceHeader, MissingNamespaceHeader or
            InvalidBucketNamespace.
    """
    if namespace not in _NAMESPACES:
        raise Refused(
            "InvalidArgument",
            "Invalid x-amz-bucket-namespace header value",
            ArgumentName="x-amz-bucket-namespace",
            ArgumentValue=namespace,
        )
    own = _OWN.fullmatch(name)
    if own is not None:
        _check_own(name, namespace, own, account=account, region=region)
    elif namespace == ACCOUNT_REGIONAL:
        raise Refused(
            "InvalidNamespaceHeader",
            "The requested bucket name did not include the account-regional namespace"
            " suffix, but the provided x-amz-bucket-namespace header value is"
            f" account-regional. Specify -{account}-{region}-an as the bucket name"
            " suffix to create a bucket in your account-regional namespace, or remove"
            " the header.",
        )
    elif name.endswith("-an"):
        raise Refused(
            "InvalidBucketName", "The specified bucket is not valid.", BucketName=name
        )


def _check_own(
    name: str,
    namespace: str | None,
    own: re.Match[str],
    *,
    account: str,
    region: str,
) -> None:
    if namespace != ACCOUNT_REGIONAL:
        raise Refused(
            "MissingNamespaceHeader" if namespace is None else "InvalidNamespaceHeader",
            "The requested bucket name includes the account-regional namespace suffix."
            " Set the x-amz-bucket-namespace header to account-regional, or choose a"
            " bucket name without the suffix.",
        )
    start = "The requested bucket is an account-regional namespace bucket, but the"
    if own["account"] != account:
        raise Refused(
            "InvalidBucketNamespace",
            f"{start} requested AWS Account ID '{own['account']}' does not match the"
            f" caller's AWS Account ID '{account}'. Specify the caller's AWS Account ID"
            " in the bucket name.",
            BucketNamespace=name,
        )
    if own["region"] != region:
        raise Refused(
            "InvalidBucketNamespace",
            f"{start} requested region '{own['region']}' does not match the current"
            f" region '{region}'. Specify the targeted region in the bucket name.",
            BucketNamespace=name,
        )
