"""Lambda's API as botocore's service model describes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape

_LABEL = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Route:
    """Where one operation answers: method, path and fixed query."""

    model: OperationModel
    method: str
    path: re.Pattern[str]
    query: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class ModelledError:
    """An error of the model: its HTTP status and its message's member name."""

    status: int
    message_member: str


@lru_cache(maxsize=1)
def service() -> ServiceModel:
    """Load the installed botocore's description of Lambda."""
    return ServiceModel(Loader().load_service_model("lambda", "service-2"), "lambda")


@lru_cache(maxsize=1)
def routes() -> tuple[Route, ...]:
    """List every operation's route, those with a fixed query first."""
    found = []
    for name in service().operation_names:
        model = service().operation_model(name)
        parts = urlsplit(model.http["requestUri"])
        pattern = "".join(
            f"(?P<{piece}>[^/]+)" if place % 2 else re.escape(piece)
            for place, piece in enumerate(_LABEL.split(parts.path.rstrip("/")))
        )
        found.append(
            Route(
                model,
                model.http["method"],
                re.compile(f"^{pattern}/?$"),
                frozenset(parse_qsl(parts.query)),
            )
        )
    return tuple(sorted(found, key=lambda route: -len(route.query)))


@lru_cache(maxsize=1)
def errors() -> Mapping[str, ModelledError]:
    """Map each modelled error code to how it is drawn."""
    drawn = {}
    for shape in service().error_shapes:
        members = {name.lower(): name for name in shape.members}
        drawn[shape.name] = ModelledError(
            status=shape.metadata["error"]["httpStatusCode"],
            message_member=members.get("message", "Message"),
        )
    return drawn


def status_of(operation: str) -> int:
    """Return the HTTP status of an operation's good answer."""
    if operation == "DeleteFunction":
        # The model's 200 stands for "see the status"; AWS answers 204.
        return 204
    return int(service().operation_model(operation).http.get("responseCode", 200))


def shape(name: str) -> Shape:
    """Return one shape of the model by its name."""
    return service().shape_for(name)


def constraint(name: str) -> Mapping[str, Any]:
    """Return the constraints that the model states for a shape."""
    return dict(shape(name).metadata)
