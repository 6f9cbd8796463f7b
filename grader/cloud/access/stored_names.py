"""Names that aren't in a request: paths, suffixes and ids that moto keeps."""

from __future__ import annotations

import base64
import binascii
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from grader.cloud.access.sessions import iam

# A key's id at the start of what moto encrypted with it, in bytes.
_KEY_ID = 36


def user(account: str, name: str, path: str) -> str:
    """A user's name behind its path; `path` is that of a user who is being made."""
    found = _iam(account).users.get(name) if name else None
    return _with_path(found, name, path)


def group(account: str, name: str, path: str) -> str:
    """A group's name behind its path."""
    return _with_path(_iam(account).groups.get(name), name, path)


def role(account: str, name: str, path: str) -> str:
    """A role's name behind its path."""
    for one in list(_iam(account).roles.values()):
        if one.name == name:
            return _with_path(one, name, path)
    return _with_path(None, name, path)


def _iam(account: str) -> Any:
    return iam(account)


def _with_path(found: Any, name: str, path: str) -> str:
    if not name:
        return ""
    return (found.path.lstrip("/") if found is not None else path) + name


def secret(account: str, region: str, named: str) -> str:
    """A secret's name behind which AWS put six characters."""
    named = named.partition(":secret:")[2] or named
    if not named:
        return ""
    stored = backend("moto.secretsmanager.models", "secretsmanager", account, region)
    for one in list(stored.secrets.values()) if stored is not None else []:
        known = str(one.arn).partition(":secret:")[2]
        if named in (one.name, known):
            return known
    return f"{named}-??????"


def keys(account: str, region: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    """The ids of the KMS keys that a request is about."""
    for member in ("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId"):
        if isinstance(named := parameters.get(member), str):
            yield _key(account, region, named)
            return
    try:
        blob = base64.b64decode(str(parameters.get("CiphertextBlob") or ""))
        yield blob[:_KEY_ID].decode("ascii")
    except (UnicodeDecodeError, binascii.Error):
        return


def _key(account: str, region: str, named: str) -> str:
    named = named.partition(":key/")[2] or named
    if ":alias/" in named:
        named = "alias/" + named.partition(":alias/")[2]
    if not named.startswith("alias/"):
        return named
    stored = backend("moto.kms.models", "kms", account, region)
    found = stored.get_key_id_from_alias(named) if stored is not None else None
    return str(found or named)


def stack_id(account: str, region: str, name: str) -> str:
    """The last part of a stack's ARN."""
    stored = backend("moto.cloudformation.models", "cloudformation", account, region)
    for one in list(stored.stacks.values()) if stored is not None and name else []:
        if one.name == name:
            return str(one.stack_id).rpartition("/")[2]
    return "*" if name else ""


def backend(module: str, service: str, account: str, region: str) -> Any | None:
    """Storage that exists already: what was never used has no names.

    Asked with every call, and so past moto's own look-up, which makes what is missing
    and takes its time.
    """
    loaded = sys.modules.get(module)
    backends = getattr(loaded, f"{service}_backends", None)
    if backends is None or (regions := dict.get(backends, account)) is None:
        return None
    return dict.get(regions, region)
