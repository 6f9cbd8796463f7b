"""The administrator of accounts that the lab opens; the first account has none.

IAM doesn't list it, and deletes neither it nor the key that the lab made: who tears
down an account deletes every user that there is, and would be locked out of the rest.
"""

from __future__ import annotations

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.exceptions import IAMException, NoSuchEntity
from moto.iam.models import AccessKey, IAMBackend, User, iam_backends

_NAME = "administrator"
_POLICY = (
    '{"Version": "2012-10-17", "Statement": '
    '[{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
)


def create(account: str) -> tuple[str, str]:
    """Give a new account its administrator; returns access key id and secret."""
    backend = iam_backends[account]["aws"]
    backend.create_user("us-east-1", _NAME)
    backend.put_user_policy(_NAME, "everything", _POLICY)
    key = backend.create_access_key(_NAME)
    return key.access_key_id, key.secret_access_key


def is_administrator(account: str, user: str) -> bool:
    """Whether an IAM user is the one that the lab made."""
    return user == _NAME and account != DEFAULT_ACCOUNT_ID


class _Unmodifiable(IAMException):  # type: ignore[misc]
    code = "UnmodifiableEntity"


class UnlistedAdministrator(IAMBackend):  # type: ignore[misc]
    """moto's IAM without the lab's own user in what it lists and deletes."""

    def list_users(self, *args: Any, **kwargs: Any) -> list[User]:
        """List the users, as ListUsers does; moto lists every one."""
        return self._without(super().list_users(*args, **kwargs))

    def get_account_authorization_details(
        self, policy_filter: list[str]
    ) -> dict[str, Any]:
        """List users, roles, groups and policies; moto lists every user."""
        details = super().get_account_authorization_details(policy_filter)
        return {**details, "users": self._without(details["users"])}

    def delete_user(self, user_name: str) -> None:
        """Delete a user; the lab's can't be found. moto would delete it."""
        if is_administrator(self.account_id, user_name):
            raise NoSuchEntity(f"The user with name {user_name} cannot be found.")
        super().delete_user(user_name)

    def delete_access_key(self, access_key_id: str, user_name: str) -> None:
        """Delete a key, but not the lab's. moto would delete that too."""
        self._spare(access_key_id, user_name)
        super().delete_access_key(access_key_id, user_name)

    def update_access_key(
        self, user_name: str, access_key_id: str, status: str | None = None
    ) -> AccessKey:
        """Switch a key on or off, but not the lab's. moto would switch that too."""
        self._spare(access_key_id, user_name)
        return super().update_access_key(user_name, access_key_id, status)

    def _spare(self, access_key_id: str, user_name: str) -> None:
        if not is_administrator(self.account_id, user_name):
            return
        if self.users[user_name].access_keys[0].access_key_id == access_key_id:
            raise _Unmodifiable(
                f"The access key {access_key_id} is the lab's own, with which this "
                "account is worked in: it stays."
            )

    def _without(self, users: Any) -> list[User]:
        return [
            user for user in users if not is_administrator(self.account_id, user.name)
        ]
