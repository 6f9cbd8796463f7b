"""What both of API Gateway's control planes do with moto's answers.

moto answers with other statuses than AWS, with nulls where AWS leaves members out, and
with errors in another protocol's form; here they become AWS's.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from botocore.model import ServiceModel
from botocore.session import get_session

from grader.cloud.aws_errors import AWSError

Answer = tuple[int, dict[str, Any], Any]


def not_found(message: str) -> AWSError:
    """Make the error for a resource that isn't there."""
    return AWSError("NotFoundException", message, 404)


def bad_request(message: str) -> AWSError:
    """Make the error for a request that can't be meant."""
    return AWSError("BadRequestException", message, 400)


def conflict(message: str) -> AWSError:
    """Make the error for what already exists."""
    return AWSError("ConflictException", message, 409)


def invalid_value(value: Any, member: str, allowed: Sequence[str]) -> AWSError:
    """Make the error for a member's value: a pattern's text, or a set of values."""
    rule = (
        f"satisfy regular expression pattern: {allowed}"
        if isinstance(allowed, str)
        else f"satisfy enum value set: [{', '.join(allowed)}]"
    )
    return AWSError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy"
        f" constraint: Member must {rule}",
    )


def not_modelled(service: str, operation: str) -> AWSError:
    """Make the error for an operation that moto lacks and we do too."""
    return AWSError(
        "NotImplementedException",
        f"The local cloud doesn't model {operation} of {service}; real AWS does.",
        501,
    )


def drawn(error: AWSError) -> Answer:
    """Draw an error as API Gateway does: the message in the body, the code above it."""
    headers = {
        "Content-Type": "application/json",
        "x-amzn-ErrorType": error.code,
        "x-amzn-RequestId": str(uuid.uuid4()),
    }
    return error.status, headers, json.dumps({"message": error.message})


def routes_of(service: str) -> list[str]:
    """Return a route for each operation of a service, in the form of moto's urls.

    moto answers an operation that it lacks with an HTML page; with these routes it
    comes to us, who can say so.
    """
    model = _model(service)
    uris = [
        model.operation_model(name).http["requestUri"].partition("?")[0]
        for name in model.operation_names
    ]
    return [f"{_NAME.sub(_route_part, uri)}$" for uri in dict.fromkeys(uris)]


_NAME = re.compile(r"\{([\w-]+)\+?\}")


def _route_part(name: re.Match[str]) -> str:
    return f"(?P<{name[1].replace('-', '_')}>[^/]+)"


@cache
def response_code(service: str, operation: str) -> int:
    """Return the status that the service's model gives an operation's success."""
    http = _model(service).operation_model(operation).http
    return int(http.get("responseCode", 200))


@cache
def _model(service: str) -> ServiceModel:
    # Reading a model takes 0.1 s.
    return get_session().get_service_model(service)


def redrawn(answer: Answer, messages: dict[str, str]) -> Answer:
    """Draw an error of moto's as AWS does, some messages by AWS's words for them."""
    status, _, body = answer
    try:
        told = json.loads(body)
    except (TypeError, ValueError):
        return answer
    code = str(told.get("__type", "BadRequestException"))
    message = str(told.get("message"))
    # moto has several NotFoundExceptions with status 400.
    status = 404 if code == "NotFoundException" else status
    return drawn(AWSError(code, messages.get(message, message), status))


def without_nulls(value: Any) -> Any:
    """Leave out members that are null, at any depth."""
    if isinstance(value, dict):
        return {
            name: without_nulls(member)
            for name, member in value.items()
            if member is not None
        }
    if isinstance(value, list):
        return [without_nulls(member) for member in value]
    return value


def succeeded(service: str, operation: str, members: Any) -> Answer:
    """Make an operation's answer: its own status, no body where it has none."""
    status = response_code(service, operation)
    headers = {
        "Content-Type": "application/json",
        "x-amzn-RequestId": str(uuid.uuid4()),
    }
    body = "" if status in (202, 204) and not members else json.dumps(members)
    return status, headers, body
