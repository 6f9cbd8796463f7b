"""Block Public Access: a bucket's own settings, and its account's.

Follows "Blocking public access to your Amazon S3 storage" in the S3 user guide. moto
stores the settings, leaves new buckets without, and blocks nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.s3.models import FakeAcl, FakeBucket
from moto.utilities.utils import get_partition

from grader.cloud.s3 import acls
from grader.cloud.s3.errors import Refused
from grader.cloud.s3.public_policies import is_public


@dataclass(frozen=True)
class PublicAccess:
    """The four settings as they hold for a bucket."""

    block_public_acls: bool
    ignore_public_acls: bool
    block_public_policy: bool
    restrict_public_buckets: bool


def public_access(bucket: FakeBucket) -> PublicAccess:
    """What is blocked in a bucket: by itself, or by its account."""
    blocks = [bucket.public_access_block, _of_the_account(bucket)]

    def holds(name: str) -> bool:
        return any(block is not None and getattr(block, name) for block in blocks)

    return PublicAccess(*map(holds, PublicAccess.__dataclass_fields__))


def restricts(bucket: FakeBucket) -> bool:
    """Say whether RestrictPublicBuckets keeps everybody else out of a bucket.

    Then its policy, public as it is, lets in nobody but its own account's principals
    and AWS's services: for all others it is an explicit deny.
    """
    return public_access(bucket).restrict_public_buckets and is_public(policy(bucket))


def policy(bucket: FakeBucket) -> dict[str, Any] | None:
    """A bucket's policy, read."""
    if bucket.policy is None:
        return None
    document: dict[str, Any] = json.loads(bucket.policy)
    return document


def check_acl(
    bucket: FakeBucket, acl: FakeAcl | None, denied: Callable[[str], Refused]
) -> None:
    """Refuse a public ACL where those are blocked; ``denied`` words the refusal."""
    if acls.is_public(acl) and public_access(bucket).block_public_acls:
        raise denied(
            "because public ACLs are prevented by the BlockPublicAcls setting in S3"
            " Block Public Access."
        )


def check_policy(
    bucket: FakeBucket, document: Any, denied: Callable[[str], Refused]
) -> None:
    """Refuse a public policy where those are blocked."""
    if is_public(document) and public_access(bucket).block_public_policy:
        raise denied(
            "because public policies are prevented by the BlockPublicPolicy setting in"
            " S3 Block Public Access."
        )


def _of_the_account(bucket: FakeBucket) -> Any:
    # Importing moto's S3 Control takes time; before its first use it has no settings.
    loaded = sys.modules.get("moto.s3control.models")
    backends = getattr(loaded, "s3control_backends", {})
    if bucket.account_id not in backends:
        return None
    partition = get_partition(bucket.region_name)
    return backends[bucket.account_id][partition].public_access_block
