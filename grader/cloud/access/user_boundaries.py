"""Permissions boundaries of users, which moto has for roles only.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.exceptions import NoSuchEntity
from moto.iam.models import User
from moto.iam.responses import IamResponse

_create_user = IamResponse.create_user


def install() -> None:
    """Answer the operations on them, and show them with their users."""
    IamResponse.create_user = _create
    IamResponse.put_user_permissions_boundary = _put
    IamResponse.delete_user_permissions_boundary = _delete
    User.permissions_boundary_arn = None
    User.permissions_boundary = property(_shown)
    shown = IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER
    for operation in ("CreateUser", "GetUser"):
        shown[f"{operation}Response.User.PermissionsBoundary"] = shown[
            "GetRoleResponse.Role.PermissionsBoundary"
        ]


def _create(asked: IamResponse) -> ActionResult:
    boundary = asked._get_param("PermissionsBoundary")
    if boundary:
        _check(asked, boundary)
    answer = _create_user(asked)
    if boundary:
        user = asked.backend.get_user(asked._get_param("UserName"))
        user.permissions_boundary_arn = boundary
    return answer


def _put(asked: IamResponse) -> ActionResult:
    """PutUserPermissionsBoundary."""
    user = asked.backend.get_user(asked._get_param("UserName"))
    boundary = asked._get_param("PermissionsBoundary")
    _check(asked, boundary)
    user.permissions_boundary_arn = boundary
    return EmptyResult()


def _delete(asked: IamResponse) -> ActionResult:
    """DeleteUserPermissionsBoundary."""
    user = asked.backend.get_user(asked._get_param("UserName"))
    user.permissions_boundary_arn = None
    return EmptyResult()


def _check(asked: IamResponse, arn: str) -> None:
    if arn not in asked.backend.managed_policies:
        raise NoSuchEntity(f"Scope ARN: {arn} does not exist or is not attachable.")


def _shown(user: Any) -> dict[str, str] | None:
    if not user.permissions_boundary_arn:
        return None
    return {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": user.permissions_boundary_arn,
    }
