"""The administrator of accounts that the lab opens; the first account has none."""

from __future__ import annotations

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

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
