"""Where the operations of REST services answer, from their models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, ServiceModel, StructureShape

from grader.cloud.functions import service_model


@dataclass(frozen=True)
class _Candidate:
    """An operation at a path, and what else a request to it has."""

    name: str
    query: frozenset[tuple[str, str]]
    arguments: frozenset[str]
    headers: frozenset[str]

    def fits(self, environ: Mapping[str, Any], query: Mapping[str, str]) -> bool:
        """Whether a request has all that one for this operation has."""
        return (
            self.query <= query.items()
            and self.arguments <= query.keys()
            and all(name in environ for name in self.headers)
        )

    def within(self, other: _Candidate) -> bool:
        """Whether every request for the other operation could be one for this."""
        arguments = {*other.arguments, *dict(other.query)}
        return (
            self.query <= other.query
            and self.arguments <= arguments
            and self.headers <= other.headers
        )


@dataclass(frozen=True)
class _Route:
    path: re.Pattern[str]
    candidates: tuple[_Candidate, ...]


def route(
    model: str, environ: Mapping[str, Any], path: str, query: Mapping[str, str]
) -> tuple[str, dict[str, str]] | None:
    """The operation at a path, and the parameters that are in the path.

    None where there is none, and where a request could be two of them: who answers it
    might take it for the other one.
    """
    for found in _routes(model).get(environ["REQUEST_METHOD"], ()):
        match = found.path.match(path)
        if match is None:
            continue
        fitting = [one for one in found.candidates if one.fits(environ, query)]
        if fitting and all(one.within(fitting[0]) for one in fitting):
            labels = {name: unquote(text) for name, text in match.groupdict().items()}
            return fitting[0].name, labels
        if fitting:
            return None
    return None


_LABEL = re.compile(r"\{([\w-]+)(\+?)\}")


@cache
def _routes(model: str) -> Mapping[str, tuple[_Route, ...]]:
    """A service's paths by HTTP method, those with fewer variable parts first."""
    service = service_model_of(model)
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


def service_model_of(name: str) -> ServiceModel:
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
