"""moto's own checks of bucket policies and ACLs, put out of the way.

moto reads a bucket policy without its Principal and Condition elements, for some of
the requests, before it answers; here the gate has decided by then.
"""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket


def _permitted(bucket: Any, action: str, resource: str) -> PermissionResult:
    return PermissionResult.PERMITTED


def install() -> None:
    """Let moto take what came past the gate for permitted."""
    FakeBucket.get_permission = _permitted
