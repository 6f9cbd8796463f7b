"""Which operation a request is, with its parameters, whatever its protocol.

Read as far as access control needs it, with names as on the wire: whether a request
makes sense is for its service to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.exceptions import UnknownServiceError
from botocore.model import (
    OperationNotFoundError,
)

from grader.cloud.access.bodies import body
from grader.cloud.access.credentials import form_fields
from grader.cloud.access.hosts import is_the_labs_own
from grader.cloud.access.rest_routes import route, service_model_of

Environ = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """A call of one operation.

    `prefix` is the service's in IAM, `name` the operation's in the service's API;
    `path` is as it was sent.
    """

    prefix: str
    name: str
    protocol: str
    method: str
    path: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def named_once(self) -> bool:
        """Whether no two parameters differ in nothing but the case of their names."""
        names = self.parameters
        return len(names) < 2 or len({name.lower() for name in names}) == len(names)

    @cached_property
    def folded(self) -> Mapping[str, Any]:
        """The parameters by their names in lower case."""
        return {name.lower(): value for name, value in self.parameters.items()}


@dataclass(frozen=True)
class Signing:
    """A name that requests are signed for: its prefix in IAM, its REST models."""

    prefix: str
    models: tuple[str, ...] = ()


_LOCATION = re.compile(rb"<LocationConstraint>([\w-]+)</LocationConstraint>")
# Arguments of URLs that may be there several times.
_LISTS = ("embed", "reason", "statuses", "tagkeys")
_XML = ("s3", "cloudfront")
# Where the two names differ, and the services whose operations are paths.
_SIGNING = {
    "apigateway": Signing("apigateway", ("apigateway", "apigatewayv2")),
    "cloudfront": Signing("cloudfront", ("cloudfront",)),
    "lambda": Signing("lambda", ("lambda",)),
    "monitoring": Signing("cloudwatch"),
    "s3": Signing("s3", ("s3",)),
    "scheduler": Signing("scheduler", ("scheduler",)),
    "ses": Signing("ses", ("sesv2",)),
    "tagging": Signing("tag"),
    "xray": Signing("xray", ("xray",)),
}


@cache
def signing(name: str) -> Signing:
    """What the name in a request's credential scope stands for."""
    return _SIGNING.get(name) or Signing(name)


class _Ambiguous(Exception):
    """A request says something twice, and moto might take the other one than we."""


def read(environ: Environ, signed_for: str) -> Operation | None:
    """The operation that a request calls; None when it can't be told.

    `signed_for` is the service's name in the credential scope.
    """
    try:
        found = _read(environ, signed_for)
    except _Ambiguous:
        return None
    if found is None or not found.named_once():
        return None
    return found


def _read(environ: Environ, signed_for: str) -> Operation | None:
    known = signing(signed_for)
    target = environ.get("HTTP_X_AMZ_TARGET")
    if signed_for == "s3":
        return None if target else _rest(environ, known.prefix, "s3")
    action, path = _action(environ), environ["PATH_INFO"]
    rpc = path.startswith("/service/") and "/operation/" in path
    if (action is not None) + bool(target) + rpc > 1:
        raise _Ambiguous
    if target:
        return _rpc(environ, known.prefix, "json", target.rpartition(".")[2])
    if rpc:
        return _rpc(environ, known.prefix, "cbor", path.rpartition("/")[2])
    if action is not None:
        protocol = "ec2" if known.prefix == "ec2" else "query"
        method = environ["REQUEST_METHOD"]
        name, parameters = action
        return Operation(known.prefix, name, protocol, method, path, parameters)
    for model in known.models:
        if (found := _rest(environ, known.prefix, model)) is not None:
            return found
    return None


def unsigned(operation: Operation) -> bool:
    """Whether an operation is for those who have no credentials yet, as to sign in."""
    try:
        model = service_model_of(operation.prefix).operation_model(operation.name)
    except (UnknownServiceError, OperationNotFoundError):
        return False
    return model.auth_type in ("none", "smithy.api#noAuth")


def _rpc(environ: Environ, prefix: str, protocol: str, name: str) -> Operation:
    data = body(environ)
    parameters: Any = {}
    if data and protocol == "json":
        try:
            parameters = json.loads(data)
        except ValueError:
            # The service will say that it isn't JSON.
            parameters = {}
    if not isinstance(parameters, dict):
        parameters = {}
    return Operation(prefix, name, protocol, "POST", environ["PATH_INFO"], parameters)


def _action(environ: Environ) -> tuple[str, dict[str, Any]] | None:
    """The Action of a request of the query protocol, and its other fields."""
    fields: list[tuple[str, str]] = []
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        fields = parse_qsl(body(environ).decode(errors="replace"), True)
    elif kind == "multipart/form-data":
        fields = list(form_fields(environ).items())
    query = environ.get("QUERY_STRING", "")
    if not fields and query:
        fields = parse_qsl(query, True)
    named = dict(fields)
    if "Action" not in named:
        return None
    if len(named) < len(fields):
        raise _Ambiguous
    named.pop("Version", None)
    return named.pop("Action"), nested(named)


def nested(fields: Mapping[str, str]) -> dict[str, Any]:
    """Turn `Tags.member.1.Key` and the like into lists and structures."""
    tree: dict[str, Any] = {}
    for name, value in fields.items():
        *parts, last = [
            part for part in name.split(".") if part not in ("member", "entry")
        ]
        at: dict[str, Any] = tree
        for part in parts:
            below = at.get(part)
            if not isinstance(below, dict):
                below = at[part] = {}
            at = below
        at[last] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_listed(value[name]) for name in sorted(value, key=int)]
    return {name: _listed(one) for name, one in value.items()}


def _rest(environ: Environ, prefix: str, model: str) -> Operation | None:
    method = environ["REQUEST_METHOD"]
    raw = environ.get("RAW_URI") or environ["PATH_INFO"]
    path = urlsplit(raw).path if "://" in raw[:8] else raw.partition("?")[0]
    if model == "s3":
        path = _with_bucket(environ, path)
    fields = parse_qsl(environ.get("QUERY_STRING", ""), True)
    query = dict(fields)
    single = [name for name, _ in fields if name.lower() not in _LISTS]
    if len(set(single)) < len(single):
        raise _Ambiguous
    found = route(model, environ, path, query)
    if found is None:
        return None
    name, labels = found
    if name == "PostObject":
        labels["Key"] = form_fields(environ).get("key", "")
    elif name == "CreateBucket":
        place = _LOCATION.search(body(environ))
        labels["Location"] = place[1].decode() if place else ""
    return Operation(
        prefix,
        name,
        "rest-xml" if model in _XML else "rest-json",
        method,
        path,
        {**_json(environ, model, method), **labels},
        query,
        _headers(environ),
    )


def _json(environ: Environ, model: str, method: str) -> dict[str, Any]:
    if method not in ("POST", "PUT", "PATCH") or model in _XML:
        return {}
    try:
        told = json.loads(body(environ) or b"{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _headers(environ: Environ) -> dict[str, str]:
    """The headers by their names in lower case."""
    return {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def _with_bucket(environ: Environ, path: str) -> str:
    """Put the bucket of a virtual-hosted request where it is in a path-style one."""
    if is_the_labs_own(environ):
        return path
    # As moto decides it, which will answer.
    from moto.core.request import Request
    from moto.s3.responses import S3Response
    from moto.s3.utils import bucket_name_from_url

    request = Request(environ)
    if S3Response.subdomain_based_buckets(request):
        bucket = bucket_name_from_url(request.url)
        if bucket:
            return f"/{bucket}{path}"
    return path
