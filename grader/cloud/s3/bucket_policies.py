"""PutBucketPolicy: what S3 takes for the policy of a bucket.

moto stores any bytes. Follows "Bucket policies for Amazon S3" in the S3 user guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from grader import facts
from grader.cloud.access.named_principals import exists
from grader.cloud.access.service_authorization import Action, service
from grader.cloud.s3.errors import Refused

_FIELDS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_REQUIRED = (
    ("Effect",),
    ("Principal", "NotPrincipal"),
    ("Action", "NotAction"),
    ("Resource", "NotResource"),
)
_VERSIONS = ("2012-10-17", "2008-10-17")
_KINDS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


def read(body: bytes, bucket_name: str) -> dict[str, Any]:
    """Read a policy and check it as S3 does.

    Raises:
        Refused: MalformedPolicy.
    """
    if not body.lstrip().startswith(b"{"):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    try:
        document = json.loads(body)
    except ValueError:
        raise _malformed("This policy contains invalid Json") from None
    if len(json.dumps(document, separators=(",", ":")).encode()) > (
        limit := facts.aws_s3.BUCKET_POLICY_SIZE.value
    ):
        raise _malformed(
            f"Normalized policy document exceeds the maximum allowed size of {limit}"
            " bytes."
        )
    for field in document:
        if field not in ("Version", "Id", "Statement"):
            raise _malformed(f"Unknown field {field}")
    if document.get("Version", _VERSIONS[-1]) not in _VERSIONS:
        raise _malformed("The policy must contain a valid version string")
    if "Statement" not in document:
        raise _malformed("Missing required field Statement")
    statements = list(_listed(document["Statement"]))
    if not statements:
        raise _malformed("Could not parse the policy: Statement is empty!")
    for statement in statements:
        _check_statement(statement, bucket_name)
    return dict(document)


def _check_statement(statement: Any, bucket_name: str) -> None:
    if not isinstance(statement, Mapping):
        raise _malformed("This policy contains invalid Json")
    for field in statement:
        if field not in _FIELDS:
            raise _malformed(f"Unknown field {field}")
    for alternatives in _REQUIRED:
        if not any(field in statement for field in alternatives):
            raise _malformed(f"Missing required field {alternatives[0]}")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise _malformed(f"Invalid effect: {statement['Effect']}")
    for field in ("Principal", "NotPrincipal"):
        if field in statement:
            _check_principal(statement[field])
    for field in ("Action", "NotAction"):
        for action in _listed(statement.get(field)):
            if not _is_of_s3(action):
                raise _malformed("Policy has invalid action")
    for field in ("Resource", "NotResource"):
        for resource in _listed(statement.get(field)):
            if not _is_in(resource, bucket_name):
                raise _malformed("Policy has invalid resource")
    resources = list(_listed(statement.get("Resource")))
    for action in _listed(statement.get("Action")):
        if resources and not any(_applies(action, one) for one in resources):
            raise _malformed("Action does not apply to any resource(s) in statement")


def _check_principal(principal: Any) -> None:
    if principal == "*":
        return
    if not isinstance(principal, Mapping) or not principal:
        raise _malformed("Invalid policy syntax.")
    for kind, named in principal.items():
        if kind not in _KINDS:
            raise _malformed("Invalid policy syntax.")
        for one in _listed(named):
            if kind == "AWS" and not exists(str(one)):
                raise _malformed("Invalid principal in policy", Detail=str(one))


def _is_of_s3(action: Any) -> bool:
    return isinstance(action, str) and bool(_meant(action))


def _applies(action: str, resource: str) -> bool:
    """Say whether one of the actions that are meant is about what a resource is."""
    if "*" in resource.partition("/")[0]:
        return True
    kind = "object" if "/" in resource else "bucket"
    return any(kind in (*one.required, *one.optional) for one in _meant(action))


@cache
def _meant(pattern: str) -> tuple[Action, ...]:
    """The actions of S3 that a policy names by a pattern."""
    known = service("s3")
    assert known is not None
    if pattern == "*":
        return tuple(known.actions.values())
    prefix, _, name = pattern.lower().partition(":")
    if prefix != "s3":
        return ()
    wanted = re.compile(re.escape(name).replace(r"\*", ".*").replace(r"\?", "."))
    return tuple(
        action for name, action in known.actions.items() if wanted.fullmatch(name)
    )


def _is_in(resource: Any, bucket_name: str) -> bool:
    """Say whether a resource is the bucket, or is in it.

    A wildcard may stand where the bucket's name does, if the name fits.
    """
    if resource == "*":
        return True
    found = re.fullmatch(r"arn:aws:s3:::([^/]+)(/.*)?", str(resource), re.DOTALL)
    if found is None:
        return False
    pattern = re.escape(found[1]).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(pattern, bucket_name) is not None


def _malformed(message: str, **members: Any) -> Refused:
    return Refused("MalformedPolicy", message, **members)


def _listed(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value
