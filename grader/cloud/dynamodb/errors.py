"""DynamoDB's errors: how they are raised and how they are drawn.

AWS is rewording its validation errors Region by Region since June 2026; here are the
words that most Regions still use. The public captures of `nubo-db/dynamodb-conformance`
(GitHub), made against real tables, say which those are.
"""

from __future__ import annotations

import json

from grader.cloud.aws_errors import AWSError

_FRAMEWORK = "com.amazon.coral.validate#"
_SERVICE = "com.amazonaws.dynamodb.v20120810#"

Answer = tuple[int, dict[str, str], str]
HEADERS = {"Content-Type": "application/x-amz-json-1.0"}


def invalid(message: str) -> AWSError:
    """Make a ValidationException."""
    return AWSError("ValidationException", message)


def invalid_parameter(what: str) -> AWSError:
    """Make the ValidationException of a value that can't be stored."""
    return invalid(f"One or more parameter values were invalid: {what}")


def no_table(name: str | None = None) -> AWSError:
    """Make the error for a table that isn't there; ``name`` where AWS names it."""
    named = f": Table: {name} not found" if name else ""
    return AWSError("ResourceNotFoundException", f"Requested resource not found{named}")


def in_use(message: str) -> AWSError:
    """Make the error for a table whose state doesn't allow what was asked for."""
    return AWSError("ResourceInUseException", message)


def not_modelled(what: str) -> AWSError:
    """Refuse what AWS knows and this local cloud doesn't model."""
    return AWSError(
        "NotImplementedException",
        f"The local cloud doesn't model {what} of DynamoDB; real AWS does.",
        501,
    )


def draw(error: AWSError) -> Answer:
    """Draw an error as DynamoDB does, with its further members."""
    framework = error.code in ("ValidationException", "SerializationException")
    member = "Message" if error.code == "TransactionCanceledException" else "message"
    body = {
        "__type": f"{_FRAMEWORK if framework else _SERVICE}{error.code}",
        **error.fields,
        member: error.message,
    }
    # moto reads the status among the headers.
    headers = {**HEADERS, "status": str(error.status)}
    return error.status, headers, json.dumps(body)
