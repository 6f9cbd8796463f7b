"""What IAM says about a name: nothing has it, something has, or none can be so.

moto words most of that in its own way, and takes any name.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.iam.exceptions import (
    EntityAlreadyExists,
    NoSuchEntity,
    NotFoundException,
    ValidationError,
)
from moto.iam.models import (
    Group,
    IAMBackend,
    InstanceProfile,
    ManagedPolicy,
    PolicyVersion,
    Role,
    User,
)

_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_LENGTHS = {
    "roleName": 64,
    "userName": 64,
    "groupName": 128,
    "policyName": 128,
    "instanceProfileName": 128,
}


class NamedEntities(IAMBackend):  # type: ignore[misc]
    """moto's IAM, which names what it doesn't find as AWS does."""

    def get_role(self, role_name: str) -> Role:
        with _or_missing(f"The role with name {role_name}"):
            return super().get_role(role_name)

    def get_group(self, group_name: str) -> Group:
        with _or_missing(f"The group with name {group_name}"):
            return super().get_group(group_name)

    def get_instance_profile(self, profile_name: str) -> InstanceProfile:
        with _or_missing(f"Instance Profile {profile_name}"):
            return super().get_instance_profile(profile_name)

    def get_policy(self, policy_arn: str) -> ManagedPolicy:
        try:
            return super().get_policy(policy_arn)
        except NotFoundException:
            raise NotFoundException(f"Policy {policy_arn} was not found.") from None

    def get_policy_version(self, policy_arn: str, version_id: str) -> PolicyVersion:
        for version in self.get_policy(policy_arn).versions:
            if version.version_id == version_id:
                return version
        raise NoSuchEntity(
            f"Policy {policy_arn} version {version_id} does not exist or is not "
            "attachable."
        )

    def delete_policy_version(self, policy_arn: str, version_id: str) -> None:
        self.get_policy_version(policy_arn, version_id)
        super().delete_policy_version(policy_arn, version_id)

    def get_role_policy(self, role_name: str, policy_name: str) -> tuple[str, str]:
        self._has_policy("role", self.get_role(role_name), policy_name)
        found: tuple[str, str] = super().get_role_policy(role_name, policy_name)
        return found

    def delete_role_policy(self, role_name: str, policy_name: str) -> None:
        self._has_policy("role", self.get_role(role_name), policy_name)
        super().delete_role_policy(role_name, policy_name)

    def get_user_policy(self, user_name: str, policy_name: str) -> dict[str, str]:
        self._has_policy("user", self.get_user(user_name), policy_name)
        found: dict[str, str] = super().get_user_policy(user_name, policy_name)
        return found

    def delete_user_policy(self, user_name: str, policy_name: str) -> None:
        self._has_policy("user", self.get_user(user_name), policy_name)
        super().delete_user_policy(user_name, policy_name)

    def get_group_policy(self, group_name: str, policy_name: str) -> dict[str, str]:
        self._has_policy("group", self.get_group(group_name), policy_name)
        found: dict[str, str] = super().get_group_policy(group_name, policy_name)
        return found

    def delete_group_policy(self, group_name: str, policy_name: str) -> None:
        self._has_policy("group", self.get_group(group_name), policy_name)
        super().delete_group_policy(group_name, policy_name)

    def get_login_profile(self, user_name: str) -> User:
        self._has_password(user_name)
        return super().get_login_profile(user_name)

    def update_login_profile(self, user_name: str, *rest: Any, **more: Any) -> User:
        self._has_password(user_name)
        return super().update_login_profile(user_name, *rest, **more)

    def delete_login_profile(self, user_name: str) -> None:
        self._has_password(user_name)
        super().delete_login_profile(user_name)

    def update_user(self, user_name: str, *rest: Any, **more: Any) -> None:
        self.get_user(user_name)
        super().update_user(user_name, *rest, **more)

    def create_role(self, role_name: str, *rest: Any, **more: Any) -> Role:
        _may_be("roleName", role_name)
        names = (role.name for role in self.get_roles())
        _is_free(f"Role with name {role_name}", role_name, names)
        return super().create_role(role_name, *rest, **more)

    def create_user(
        self, region_name: str, user_name: str, *rest: Any, **more: Any
    ) -> User:
        _may_be("userName", user_name)
        _is_free(f"User with name {user_name}", user_name, self.users)
        return super().create_user(region_name, user_name, *rest, **more)

    def create_group(self, group_name: str, *rest: Any, **more: Any) -> Group:
        _may_be("groupName", group_name)
        _is_free(f"Group with name {group_name}", group_name, self.groups)
        return super().create_group(group_name, *rest, **more)

    def create_policy(
        self,
        description: str,
        path: str,
        policy_document: str,
        policy_name: str,
        tags: list[dict[str, str]],
    ) -> ManagedPolicy:
        _may_be("policyName", policy_name)
        return super().create_policy(
            description, path, policy_document, policy_name, tags
        )

    def create_instance_profile(
        self, name: str, *rest: Any, **more: Any
    ) -> InstanceProfile:
        _may_be("instanceProfileName", name)
        return super().create_instance_profile(name, *rest, **more)

    def _has_policy(self, kind: str, holder: Any, policy_name: str) -> None:
        if policy_name not in holder.policies:
            raise NotFoundException(
                f"The {kind} policy with name {policy_name} cannot be found."
            )

    def _has_password(self, user_name: str) -> None:
        if not self.get_user(user_name).password:
            raise NotFoundException(
                f"Login Profile for User {user_name} cannot be found."
            )


@contextmanager
def _or_missing(named: str) -> Iterator[None]:
    try:
        yield
    except NotFoundException:
        raise NotFoundException(f"{named} cannot be found.") from None


def _may_be(parameter: str, name: str) -> None:
    longest = _LENGTHS[parameter]
    if len(name) > longest:
        raise ValidationError(
            f"1 validation error detected: Value '{name}' at '{parameter}' failed to "
            "satisfy constraint: Member must have length less than or equal to "
            f"{longest}"
        )
    if not _NAME.fullmatch(name):
        raise ValidationError(
            f"The specified value for {parameter} is invalid. It must contain only "
            "alphanumeric characters and/or the following: +=,.@_-"
        )


def _is_free(said: str, name: str, names: Iterable[str]) -> None:
    """AWS doesn't tell names in upper and lower case apart when it creates."""
    if name.lower() in {each.lower() for each in names}:
        raise EntityAlreadyExists(f"{said} already exists.")
