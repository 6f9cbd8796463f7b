"""Request validators: what a REST API refuses before it calls anything.

Follows "Request validation for REST APIs" in the API Gateway developer guide.
"""

from __future__ import annotations

import json
from typing import Any

from grader.cloud.gateway.gateway_responses import (
    BAD_REQUEST_BODY,
    BAD_REQUEST_PARAMETERS,
    GatewayError,
)
from grader.cloud.gateway.incoming import Incoming
from grader.cloud.gateway.rest_deployments import Snapshot


def validate(snapshot: Snapshot, method: Any, incoming: Incoming) -> None:
    """Check a request as the method's validator says. Raises: GatewayError."""
    validator = snapshot.validators.get(method.request_validator_id or "")
    if validator is None:
        return
    if validator.validate_request_parameters:
        _validate_parameters(method.request_parameters or {}, incoming)
    if validator.validate_request_body:
        _validate_body(snapshot, method.request_models or {}, incoming)


def _validate_parameters(wanted: dict[str, Any], incoming: Incoming) -> None:
    given = {name for name, value in incoming.parameters if value}
    missing = []
    for parameter, required in wanted.items():
        _, _, place, name = parameter.split(".", 3)
        present = {
            "querystring": name in given,
            "header": bool(incoming.header(name)),
            "path": True,
        }[place]
        if str(required).lower() == "true" and not present:
            missing.append(name)
    if missing:
        raise GatewayError(
            BAD_REQUEST_PARAMETERS,
            f"Missing required request parameters: [{', '.join(missing)}]",
        )


def _validate_body(
    snapshot: Snapshot, models: dict[str, str], incoming: Incoming
) -> None:
    media_type = (incoming.header("content-type") or "application/json").partition(";")
    model = snapshot.models.get(models.get(media_type[0].strip(), ""))
    if model is None or not model.schema:
        return
    # Loaded late: jsonschema takes longer to import than the rest of the gateway.
    import jsonschema

    try:
        jsonschema.Draft4Validator(json.loads(model.schema)).validate(
            json.loads(incoming.body)
        )
    except (jsonschema.ValidationError, ValueError) as error:
        raise GatewayError(BAD_REQUEST_BODY) from error
