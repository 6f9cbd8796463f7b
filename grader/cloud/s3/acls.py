"""Access control lists, which new buckets don't have any more.

Follows "Controlling ownership of objects and disabling ACLs for your bucket" in the S3
user guide. moto stores any ACL in any bucket.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from moto.s3.models import (
    ALL_USERS_GRANTEE,
    AUTHENTICATED_USERS_GRANTEE,
    OWNER,
    FakeAcl,
    FakeBucket,
)

from grader.cloud.s3.errors import Refused, malformed

if TYPE_CHECKING:
    from grader.cloud.s3.requests import S3Request

ENFORCED = "BucketOwnerEnforced"
"""The ownership of new buckets: the bucket's owner owns every object, without ACLs."""

_OWNERSHIPS = (ENFORCED, "BucketOwnerPreferred", "ObjectWriter")
_TO_THE_OWNER = "bucket-owner-full-control"
_CANNED = frozenset(
    {
        "private",
        "public-read",
        "public-read-write",
        "authenticated-read",
        "aws-exec-read",
        "bucket-owner-read",
        _TO_THE_OWNER,
        "log-delivery-write",
    }
)


def given(asked: S3Request) -> FakeAcl | None:
    """The ACL that a request's headers bring. moto fails on a name it doesn't know.

    Raises:
        Refused: InvalidArgument.
    """
    canned = asked.headers.get("x-amz-acl")
    if canned is not None and canned not in _CANNED:
        raise Refused(
            "InvalidArgument", "", ArgumentName="x-amz-acl", ArgumentValue=canned
        )
    acl: FakeAcl | None = asked._acl_from_headers(asked.headers)
    return acl


def check_ownership(ownership: str) -> None:
    """Refuse what is no setting of Object Ownership."""
    if ownership not in _OWNERSHIPS:
        raise malformed()


def is_public(acl: FakeAcl | None) -> bool:
    """Say whether an ACL gives anything to everybody, or to everybody with an account.

    Follows "The meaning of 'public'" in the S3 user guide.
    """
    everybody = (ALL_USERS_GRANTEE, AUTHENTICATED_USERS_GRANTEE)
    return acl is not None and any(
        grantee in everybody for grant in acl.grants for grantee in grant.grantees
    )


def check_new_bucket(acl: FakeAcl | None, ownership: str) -> None:
    """Refuse a new bucket an ACL that it can't have.

    Raises:
        Refused: InvalidBucketAclWithObjectOwnership or
            InvalidBucketAclWithBlockPublicAccessError.
    """
    if ownership == ENFORCED:
        check_without_grants(acl)
    elif is_public(acl):
        raise Refused(
            "InvalidBucketAclWithBlockPublicAccessError",
            "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
        )


def check_without_grants(acl: FakeAcl | None) -> None:
    """Refuse a bucket without ACLs one that gives somebody else something."""
    grants = acl.grants if acl is not None else ()
    if any(grantee.id != OWNER for grant in grants for grantee in grant.grantees):
        raise Refused(
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced"
            " setting",
        )


def check_setting(bucket: FakeBucket) -> None:
    """Refuse PutBucketAcl and PutObjectAcl in a bucket without ACLs."""
    if bucket.ownership_rule == ENFORCED:
        raise _not_supported()


def check_upload(bucket: FakeBucket, headers: Mapping[str, str]) -> None:
    """Refuse an upload with an ACL in a bucket without ACLs.

    What says that the bucket's owner has full control says what is so anyway.
    """
    given = {
        name.lower(): value
        for name, value in headers.items()
        if name.lower() == "x-amz-acl" or name.lower().startswith("x-amz-grant-")
    }
    if given.get("x-amz-acl") == _TO_THE_OWNER:
        del given["x-amz-acl"]
    if given and bucket.ownership_rule == ENFORCED:
        raise _not_supported()


def _not_supported() -> Refused:
    return Refused("AccessControlListNotSupported", "The bucket does not allow ACLs")
