"""The secrets of access keys, as far as the lab knows them."""

from __future__ import annotations

from dataclasses import dataclass

from moto.iam.models import iam_backends

# The keys that the lab's own programs use: the notebook's, and whoever examines it.
_OWN = ("test", "examiner")


@dataclass(frozen=True)
class Secret:
    """The secret of an access key; a session's comes with a token."""

    value: str
    token: str | None = None


def secret_of(access_key: str) -> Secret | None:
    """Find the secret of a key that IAM or STS issued, or of the lab's own keys."""
    if access_key in _OWN:
        return Secret(access_key)
    for account in list(iam_backends):
        key = iam_backends[account]["aws"].access_keys.get(access_key)
        if key is not None:
            return Secret(key.secret_access_key, getattr(key, "session_token", None))
    return None
