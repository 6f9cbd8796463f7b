"""The condition keys of a request: what policies can ask about it.

Global keys as far as the lab can know them, then those of the course's services.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any
from urllib.parse import parse_qsl

from moto.iam.models import Role

from grader.cloud.access.grouped_context import Group, GroupedContext
from grader.cloud.access.operations import Operation
from grader.cloud.access.principals import Caller
from grader.cloud.access.request import Context
from grader.cloud.access.sessions import iam

Values = dict[str, str | tuple[str, ...]]

# Services without Regions sign for this one.
_GLOBAL_REGION = "us-east-1"
_PRINCIPAL_TAG = "aws:principaltag/"
_TYPES = {
    "anonymous": "Anonymous",
    "assumed-role": "AssumedRole",
    "federated-user": "FederatedUser",
    "root": "Account",
    "user": "User",
}


def of_caller(caller: Caller, now: float) -> Context:
    """What is known of whoever makes a request; `now` is lab time."""
    return GroupedContext(*groups_of_caller(caller, now))


def groups_of_caller(caller: Caller, now: float) -> Iterator[Group]:
    """The same, to be looked up when it is asked for."""
    yield Group(partial(_of_principal, caller, now))
    yield Group(partial(_of_tags, caller), (_PRINCIPAL_TAG,))


def _of_principal(caller: Caller, now: float) -> Values:
    principal = caller.principal
    found: Values = {
        "aws:currenttime": iso(int(now)),
        "aws:epochtime": str(int(now)),
        "aws:viaawsservice": "false",
        "aws:principalisawsservice": "false",
    }
    if principal.kind == "anonymous":
        return found | {"aws:principaltype": "Anonymous", "aws:userid": "anonymous"}
    found["aws:principalarn"] = principal.role_arn or principal.arn
    found["aws:principalaccount"] = principal.account
    found["aws:principaltype"] = _TYPES.get(principal.kind, "User")
    found["aws:userid"] = caller.user_id
    if principal.kind == "user":
        found["aws:username"] = principal.arn.rpartition("/")[2]
    if (session := caller.session) is not None:
        found["aws:tokenissuetime"] = iso(int(session.issued))
        # STS gives these here without a second factor; keys of a user have no say.
        found["aws:multifactorauthpresent"] = "false"
        if session.function_arn:
            found["lambda:sourcefunctionarn"] = session.function_arn
        if session.source_identity:
            found["aws:sourceidentity"] = session.source_identity
    return found


def _of_tags(caller: Caller) -> Values:
    tags = principal_tags(caller).items()
    return {f"{_PRINCIPAL_TAG}{key.lower()}": value for key, value in tags}


def principal_tags(caller: Caller) -> Mapping[str, str]:
    """The tags of a user or role; a session's own come before its role's."""
    identity = caller.identity
    if identity is None:
        return {}
    if isinstance(identity, Role):
        told: Any = identity.tags or []
    else:
        backend = iam(identity.account_id)
        told = backend.tagger.list_tags_for_resource(identity.arn)["Tags"]
    own = {tag["Key"]: tag["Value"] for tag in told}
    return own | dict(caller.session.tags if caller.session is not None else {})


@lru_cache(maxsize=256)
def iso(second: int) -> str:
    """A second of the epoch as IAM writes it: `2026-11-24T10:00:00Z`."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def of_request(environ: Mapping[str, Any], region: str, *, secure: bool) -> Values:
    """What is known of how a request came."""
    found: Values = {
        "aws:requestedregion": region or _GLOBAL_REGION,
        # The lab has no TLS: on AWS all of its callers would use it.
        "aws:securetransport": "true" if secure else "false",
        "aws:sourceip": environ.get("REMOTE_ADDR") or "127.0.0.1",
    }
    if agent := environ.get("HTTP_USER_AGENT"):
        found["aws:useragent"] = agent
    if referer := environ.get("HTTP_REFERER"):
        found["aws:referer"] = referer
    return found


def of_operation(operation: Operation) -> Values:
    """The service's own keys, and those of tags in the request."""
    found: Values = dict(_tags(operation))
    of_service = _OF_SERVICES.get(operation.prefix)
    if of_service is not None:
        found.update(
            (key, value)
            for key, value in of_service(operation)
            if value not in ("", ())
        )
    return found


def _tags(operation: Operation) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    parameters = operation.parameters
    told = next(
        (
            parameters[name]
            for name in ("Tags", "tags", "TagList")
            if name in parameters
        ),
        None,
    )
    if isinstance(told, list):
        pairs = {
            str(tag.get("Key", tag.get("key", tag.get("TagKey")))): str(
                tag.get("Value", tag.get("value", tag.get("TagValue", "")))
            )
            for tag in told
            if isinstance(tag, dict)
        }
    elif isinstance(told, dict):
        pairs = {str(key): str(value) for key, value in told.items()}
    else:
        pairs = {}
    for key, value in pairs.items():
        yield f"aws:requesttag/{key.lower()}", value
    keys = parameters.get("TagKeys", parameters.get("tagKeys"))
    named = tuple(pairs) or (
        tuple(str(key) for key in keys) if isinstance(keys, list) else ()
    )
    if named:
        yield "aws:tagkeys", named


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


Keys = Iterator[tuple[str, str | tuple[str, ...]]]


def _of_s3(operation: Operation) -> Keys:
    query, headers = operation.query, operation.headers
    for key, name in {
        "s3:prefix": "prefix",
        "s3:delimiter": "delimiter",
        "s3:max-keys": "max-keys",
        "s3:versionid": "versionId",
    }.items():
        if name in query:
            yield key, query[name]
    yield "s3:locationconstraint", str(operation.parameters.get("Location", ""))
    told = dict(parse_qsl(headers.get("x-amz-tagging", ""), True))
    for tag, value in told.items():
        yield f"s3:requestobjecttag/{tag.lower()}", value
    if told:
        yield "s3:requestobjecttagkeys", tuple(told)
    signed = "X-Amz-Signature" in query or "Signature" in query
    yield "s3:authtype", "REST-QUERY-STRING" if signed else "REST-HEADER"
    for name in (
        "if-match",
        "if-none-match",
        "x-amz-acl",
        "x-amz-copy-source",
        "x-amz-metadata-directive",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-storage-class",
        "x-amz-content-sha256",
    ):
        if name in headers:
            yield f"s3:{name}", headers[name]


def _of_lambda(operation: Operation) -> Keys:
    parameters = operation.parameters
    if "Permission" in operation.name:
        yield "lambda:principal", str(parameters.get("Principal", ""))
    yield (
        "lambda:functionurlauthtype",
        str(parameters.get("FunctionUrlAuthType", parameters.get("AuthType", ""))),
    )
    yield "lambda:layer", _texts(parameters.get("Layers"))


def _of_iam(operation: Operation) -> Keys:
    parameters = operation.parameters
    yield "iam:permissionsboundary", str(parameters.get("PermissionsBoundary", ""))
    yield "iam:policyarn", str(parameters.get("PolicyArn", ""))


def _of_sts(operation: Operation) -> Keys:
    parameters = operation.parameters
    yield "sts:externalid", str(parameters.get("ExternalId", ""))
    yield "sts:rolesessionname", str(parameters.get("RoleSessionName", ""))


def _of_secrets(operation: Operation) -> Keys:
    yield "secretsmanager:secretid", str(operation.parameters.get("SecretId", ""))
    yield "secretsmanager:name", str(operation.parameters.get("Name", ""))
    yield "secretsmanager:versionid", str(operation.parameters.get("VersionId", ""))
    yield (
        "secretsmanager:versionstage",
        str(operation.parameters.get("VersionStage", "")),
    )


def _of_sns(operation: Operation) -> Keys:
    yield "sns:protocol", str(operation.parameters.get("Protocol", ""))
    yield "sns:endpoint", str(operation.parameters.get("Endpoint", ""))


_OF_SERVICES = {
    "iam": _of_iam,
    "lambda": _of_lambda,
    "s3": _of_s3,
    "secretsmanager": _of_secrets,
    "sns": _of_sns,
    "sts": _of_sts,
}
