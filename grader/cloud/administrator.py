"""The administrator of accounts that the lab opens; the first account has none.

IAM's lists leave it out: who tears down an account deletes every user that it lists,
and would be locked out of the rest.
"""

from __future__ import annotations

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import IAMBackend, User, iam_backends

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


class UnlistedAdministrator(IAMBackend):  # type: ignore[misc]
    """moto's IAM without the lab's own user in what it lists."""

    def list_users(self, *args: Any, **kwargs: Any) -> list[User]:
        """List the users, as ListUsers does; moto lists every one."""
        return self._without(super().list_users(*args, **kwargs))

    def get_account_authorization_details(
        self, policy_filter: list[str]
    ) -> dict[str, Any]:
        """List users, roles, groups and policies; moto lists every user."""
        details = super().get_account_authorization_details(policy_filter)
        return {**details, "users": self._without(details["users"])}

    def _without(self, users: Any) -> list[User]:
        return [
            user for user in users if not is_administrator(self.account_id, user.name)
        ]
