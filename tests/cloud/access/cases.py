"""How the tests of access control write down requests and policies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from grader.cloud.access.documents import Policies, Policy, PolicyKind, read
from grader.cloud.access.request import Context, Principal, Request

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
BUCKET = "arn:aws:s3:::studio"
PHOTO = f"{BUCKET}/inbox/photo.jpg"
GET, PUT = "s3:GetObject", "s3:PutObject"

USER = Principal("user", f"arn:aws:iam::{ACCOUNT}:user/ana", ACCOUNT)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/desk"
SESSION = Principal(
    "assumed-role", f"arn:aws:sts::{ACCOUNT}:assumed-role/desk/morning", ACCOUNT, ROLE
)
FEDERATED = Principal(
    "federated-user", f"arn:aws:sts::{ACCOUNT}:federated-user/ana", ACCOUNT
)
ROOT = Principal("root", f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
ADMINISTRATOR = Principal(
    "user",
    f"arn:aws:iam::{ACCOUNT}:user/administrator",
    ACCOUNT,
    administrator=True,
)
STRANGER = Principal("user", f"arn:aws:iam::{OTHER_ACCOUNT}:user/bob", OTHER_ACCOUNT)
LAMBDA = Principal("service", "lambda.amazonaws.com", "")
ANONYMOUS = Principal("anonymous", "*", "")

Statement = dict[str, Any]


def allow(action: Any = GET, resource: Any = f"{BUCKET}/*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = GET, resource: Any = f"{BUCKET}/*", **more: Any) -> Statement:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def named(statement: Statement, *arns: str) -> Statement:
    """A statement of a resource's policy, for AWS principals."""
    return {**statement, "Principal": {"AWS": list(arns)}}


def policy(
    *statements: Statement,
    kind: PolicyKind = "inline",
    version: str = "2012-10-17",
    name: str = "policy",
) -> Policy:
    document = {"Version": version, "Statement": list(statements)}
    return Policy(name, kind, read(json.dumps(document)))


def policies(
    *identity: Statement,
    boundary: Sequence[Statement] | None = None,
    session: Sequence[Statement] | None = None,
    resource: Sequence[Statement] | None = None,
    trust: Sequence[Statement] | None = None,
    key: Sequence[Statement] | None = None,
) -> Policies:
    """All policies of a request, each kind by its statements."""
    own = None
    for kind, statements in (("resource", resource), ("trust", trust), ("key", key)):
        if statements is not None:
            own = policy(*statements, kind=kind)  # type: ignore[arg-type]
    return Policies(
        (policy(*identity),) if identity else (),
        None if boundary is None else policy(*boundary, kind="boundary"),
        None if session is None else (policy(*session, kind="session"),),
        own,
    )


def request(
    principal: Principal = USER,
    action: str = GET,
    resource: str = PHOTO,
    owner: str = ACCOUNT,
    context: Context | None = None,
) -> Request:
    return Request(principal, action, resource, owner, context or {})
