"""From an HTTP request to the operation and its parameters (REST-JSON)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    Shape,
    StructureShape,
)
from werkzeug.wrappers import Request

from grader.cloud.aws_errors import AWSError
from grader.cloud.functions import service_model

_TRUE = {"true": True, "false": False}


def parse(request: Request) -> tuple[OperationModel, dict[str, Any]]:
    """Find the operation that a request names and read its parameters.

    Raises:
        AWSError: UnknownOperationException, SerializationException.
    """
    model, labels = _route(request)
    shape = model.input_shape
    if not isinstance(shape, StructureShape):
        return model, {}
    body = _body(request) if model.http["method"] in ("POST", "PUT") else {}
    parameters: dict[str, Any] = {}
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        raw: Any
        if location == "uri":
            raw = labels.get(wire)
        elif location == "querystring":
            values = request.args.getlist(wire)
            is_list = isinstance(member, ListShape)
            raw = (values or None) if is_list else (values[0] if values else None)
        elif location == "header":
            raw = request.headers.get(wire)
        else:
            raw = body.get(wire)
        if raw is not None:
            parameters[name] = _value(member, raw, wire=location is None)
    return model, parameters


def _route(request: Request) -> tuple[OperationModel, Mapping[str, str]]:
    query = set(request.args.items())
    for route in service_model.routes():
        if route.method != request.method or not route.query <= query:
            continue
        if match := route.path.match(request.path):
            return route.model, match.groupdict()
    raise AWSError(
        "UnknownOperationException",
        f"Lambda has no operation at {request.method} {request.path}",
        404,
    )


def _body(request: Request) -> Mapping[str, Any]:
    data = request.get_data()
    if not data:
        return {}
    try:
        body = json.loads(data)
    except ValueError:
        raise _unreadable("Could not parse request body into json") from None
    if not isinstance(body, dict):
        raise _unreadable("Start of structure or map found where not expected.")
    return body


def _unreadable(message: str) -> AWSError:
    return AWSError("SerializationException", message, 400)


def _value(shape: Shape, raw: Any, *, wire: bool) -> Any:
    """Read one value; outside the JSON body (``wire`` false) numbers are text."""
    if isinstance(shape, StructureShape):
        _expect(raw, dict)
        return {
            name: _value(member, raw[key], wire=True)
            for name, member in shape.members.items()
            if raw.get(key := member.serialization.get("name", name)) is not None
        }
    if isinstance(shape, MapShape):
        _expect(raw, dict)
        return {key: _value(shape.value, item, wire=True) for key, item in raw.items()}
    if isinstance(shape, ListShape):
        _expect(raw, list)
        return [_value(shape.member, item, wire=True) for item in raw]
    return _scalar(shape.type_name, raw, wire=wire)


def _scalar(kind: str, raw: Any, *, wire: bool) -> Any:
    try:
        if kind in ("integer", "long"):
            if isinstance(raw, str) and wire:
                raise ValueError
            return int(raw)
        if kind in ("float", "double"):
            return float(raw)
        if kind == "boolean":
            return raw if isinstance(raw, bool) else _TRUE[str(raw)]
        if kind == "blob":
            return base64.b64decode(raw, validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error):
        found = "STRING_VALUE" if isinstance(raw, str) else "NUMBER_VALUE"
        names = {"integer": "Integer", "long": "Long", "boolean": "Boolean"}
        wanted = names.get(kind, kind.capitalize())
        raise _unreadable(f"{found} can not be converted to a {wanted}") from None
    if kind == "string":
        # AWS reads a number or a truth value where text is expected.
        if isinstance(raw, bool):
            return "true" if raw else "false"
        if isinstance(raw, int | float):
            return str(raw)
        _expect(raw, str)
    return raw


def _expect(raw: Any, kind: type) -> None:
    if not isinstance(raw, kind):
        raise _unreadable("Start of structure or map found where not expected.")
