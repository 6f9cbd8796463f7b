"""Access key ids: they tell the account that they belong to.

The account's number is in the first six bytes after the prefix, one bit to the left.
"""

from __future__ import annotations

import base64
import binascii

_ACCOUNT = 0x7FFFFFFFFF80
_SHIFT = 7


def account_of(access_key_id: str) -> str | None:
    """The account of a key, whether it exists or not; None where it is no key's id."""
    if access_key_id[:4] not in ("AKIA", "ASIA"):
        return None
    try:
        told = base64.b32decode(access_key_id[4:])
    except binascii.Error:
        return None
    number = (int.from_bytes(told[:6], "big") & _ACCOUNT) >> _SHIFT
    return f"{number:012d}"
