"""S3 as it is today, over moto's storage.

Access control asks here which bucket is meant, and what is open to the public.
"""

from grader.cloud.s3.block_public_access import (
    PublicAccess,
    policy,
    public_access,
    restricts,
)
from grader.cloud.s3.lifecycle import Lifecycle
from grader.cloud.s3.permissions import ask
from grader.cloud.s3.public_policies import is_public
from grader.cloud.s3.storage import find, install

__all__ = [
    "Lifecycle",
    "PublicAccess",
    "ask",
    "find",
    "install",
    "is_public",
    "policy",
    "public_access",
    "restricts",
]
