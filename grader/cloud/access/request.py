"""A request as access control sees it: who wants to do what, on what, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

PrincipalKind: TypeAlias = Literal[
    "user", "assumed-role", "root", "service", "anonymous", "federated-user"
]
Effect: TypeAlias = Literal["Allow", "Deny"]
Context: TypeAlias = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Principal:
    """Who makes a request.

    `arn` is `arn:aws:iam::…:user/x`, `arn:aws:sts::…:assumed-role/role/session`, a
    service's name (`s3.amazonaws.com`), or `*` for somebody who didn't sign.
    `account` is empty for services and the anonymous; `role_arn` is the IAM role of an
    assumed role. Identity policies never hold the `administrator` of an account.
    """

    kind: PrincipalKind
    arn: str
    account: str
    role_arn: str | None = None
    administrator: bool = False


@dataclass(frozen=True)
class Request:
    """One action on one resource.

    `resource` is an ARN, or `*` for an action that has none. `context` has the values
    of condition keys, the keys in lower case; a key that the request doesn't have is
    absent, and a multivalued key has a tuple.
    """

    principal: Principal
    action: str
    resource: str
    resource_account: str
    context: Context
