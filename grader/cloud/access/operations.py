"""Which operation a request is, with its parameters, whatever its protocol.

Read as far as access control needs it, with names as on the wire: whether a request
makes sense is for its service to say.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.model import OperationModel, ServiceModel, StructureShape

from grader.cloud.access.bodies import body
from grader.cloud.access.credentials import form_fields
from grader.cloud.functions import service_model

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

    @cached_property
    def folded(self) -> Mapping[str, Any]:
        """The parameters by their names in lower case."""
        return {name.lower(): value for name, value in self.parameters.items()}


@dataclass(frozen=True)
class Signing:
    """A name that requests are signed for: its prefix in IAM, its REST models."""

    prefix: str
    models: tuple[str, ...] = ()


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


def signing(name: str) -> Signing:
    """What the name in a request's credential scope stands for."""
    return _SIGNING.get(name) or Signing(name)


def read(environ: Environ, signed_for: str) -> Operation | None:
    """The operation that a request calls; None when it can't be told.

    `signed_for` is the service's name in the credential scope.
    """
    known = signing(signed_for)
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return _rpc(environ, known.prefix, "json", target.rpartition(".")[2])
    path = environ["PATH_INFO"]
    if path.startswith("/service/") and "/operation/" in path:
        return _rpc(environ, known.prefix, "cbor", path.rpartition("/")[2])
    if signed_for != "s3" and (action := _action(environ)) is not None:
        name, parameters = action
        protocol = "ec2" if known.prefix == "ec2" else "query"
        return Operation(
            known.prefix, name, protocol, environ["REQUEST_METHOD"], path, parameters
        )
    for model in known.models:
        if (found := _rest(environ, known.prefix, model)) is not None:
            return found
    return None


def _rpc(environ: Environ, prefix: str, protocol: str, name: str) -> Operation:
    data = body(environ)
    parameters: Any = {}
    # What isn't JSON the service will say.
    with contextlib.suppress(ValueError):
        parameters = json.loads(data) if data and protocol == "json" else {}
    if not isinstance(parameters, dict):
        parameters = {}
    return Operation(prefix, name, protocol, "POST", environ["PATH_INFO"], parameters)


def _action(environ: Environ) -> tuple[str, dict[str, Any]] | None:
    """The Action of a request of the query protocol, and its other fields."""
    fields: list[tuple[str, str]] = []
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        fields = parse_qsl(body(environ).decode(errors="replace"), True)
    fields += parse_qsl(environ.get("QUERY_STRING", ""), True)
    named = dict(fields)
    action = named.pop("Action", None)
    if action is None:
        return None
    named.pop("Version", None)
    return action, nested(named)


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


@dataclass(frozen=True)
class _Candidate:
    """An operation at a path, and what else a request to it has."""

    name: str
    query: frozenset[tuple[str, str]]
    arguments: frozenset[str]
    headers: frozenset[str]


@dataclass(frozen=True)
class _Route:
    path: re.Pattern[str]
    candidates: tuple[_Candidate, ...]


def _rest(environ: Environ, prefix: str, model: str) -> Operation | None:
    method = environ["REQUEST_METHOD"]
    raw = environ.get("RAW_URI") or environ["PATH_INFO"]
    path = urlsplit(raw).path if "://" in raw[:8] else raw.partition("?")[0]
    if model == "s3":
        path = _with_bucket(environ, path)
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), True))
    for route in _routes(model).get(method, ()):
        match = route.path.match(path)
        if match is None:
            continue
        for candidate in route.candidates:
            if (
                candidate.query <= query.items()
                and candidate.arguments <= query.keys()
                and all(name in environ for name in candidate.headers)
            ):
                labels = {
                    name: unquote(value) for name, value in match.groupdict().items()
                }
                if candidate.name == "PostObject":
                    labels["Key"] = form_fields(environ).get("key", "")
                elif candidate.name == "CreateBucket":
                    found = _LOCATION.search(body(environ))
                    labels["Location"] = found[1].decode() if found else ""
                return Operation(
                    prefix,
                    candidate.name,
                    "rest-xml" if model in ("s3", "cloudfront") else "rest-json",
                    method,
                    path,
                    {**_json(environ, model, method), **labels},
                    query,
                    _headers(environ),
                )
    return None


def _json(environ: Environ, model: str, method: str) -> dict[str, Any]:
    if method not in ("POST", "PUT", "PATCH") or model in ("s3", "cloudfront"):
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
    host = environ.get("HTTP_HOST", "")
    if host.startswith(("127.0.0.1", "localhost")):
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


_LOCATION = re.compile(rb"<LocationConstraint>([\w-]+)</LocationConstraint>")
_LABEL = re.compile(r"\{([\w-]+)(\+?)\}")


@cache
def _routes(model: str) -> Mapping[str, tuple[_Route, ...]]:
    """A service's paths by HTTP method, those with fewer variable parts first."""
    service = _model(model)
    at: dict[str, dict[str, list[_Candidate]]] = {}
    for name in service.operation_names:
        operation = service.operation_model(name)
        path, _, literals = operation.http["requestUri"].partition("?")
        of_method = at.setdefault(operation.http["method"], {})
        of_method.setdefault(path, []).append(_candidate(operation, literals))
    return {
        method: tuple(
            _Route(
                _pattern(path),
                tuple(
                    sorted(
                        candidates,
                        key=lambda one: -len(one.query | one.arguments | one.headers),
                    )
                ),
            )
            for path, candidates in sorted(
                paths.items(), key=lambda item: (item[0].count("{"), -len(item[0]))
            )
        )
        for method, paths in at.items()
    }


def _model(name: str) -> ServiceModel:
    if name == "lambda":
        return service_model.service()
    # Shared with moto, which loads it for its own use.
    from moto.core.utils import get_service_model

    model: ServiceModel = get_service_model(name)
    return model


def _candidate(operation: OperationModel, literals: str) -> _Candidate:
    query = frozenset(parse_qsl(literals, True))
    # SDKs repeat an operation's name there; nobody has to send it.
    query -= {("x-id", operation.name)}
    arguments, headers = set(), set()
    for place, name in _required(operation):
        if place == "querystring" and name not in dict(query):
            arguments.add(name)
        elif place == "header":
            headers.add("HTTP_" + name.upper().replace("-", "_"))
    return _Candidate(operation.name, query, frozenset(arguments), frozenset(headers))


def _required(operation: OperationModel) -> Iterator[tuple[str | None, str]]:
    shape = operation.input_shape
    if isinstance(shape, StructureShape):
        for name in shape.required_members:
            serialization = shape.members[name].serialization
            yield serialization.get("location"), serialization.get("name", name)


def _pattern(path: str) -> re.Pattern[str]:
    pattern, at = "", 0
    for label in _LABEL.finditer(path):
        pattern += re.escape(path[at : label.start()])
        # Not every SDK encodes the slashes of an ARN.
        greedy = label[2] or label[1].lower().endswith("arn")
        wanted = ".+" if greedy else "[^/]+"
        pattern += f"(?P<{label[1].replace('-', '_')}>{wanted})"
        at = label.end()
    return re.compile(f"^{pattern}{re.escape(path[at:].rstrip('/'))}/?$", re.DOTALL)
