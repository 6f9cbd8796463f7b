"""What every REST API has from the start: two models, and its gateway responses.

Follows "Gateway response types" and "Models" in the API Gateway developer guide.
"""

from __future__ import annotations

from typing import Any

from grader.cloud.gateway.service_answers import invalid_value

_TEMPLATE = '{"message":$context.error.messageString}'
# In the order in which the service lists them; None where the status is the request's.
_STATUSES: dict[str, str | None] = {
    "ACCESS_DENIED": "403",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_FAILURE": "500",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
    "EXPIRED_TOKEN": "403",
    "INTEGRATION_FAILURE": "504",
    "INTEGRATION_TIMEOUT": "504",
    "INVALID_API_KEY": "403",
    "INVALID_SIGNATURE": "403",
    "MISSING_AUTHENTICATION_TOKEN": "403",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404",
    "THROTTLED": "429",
    "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
}

_EMPTY_SCHEMA = """{
  "$schema": "http://json-schema.org/draft-04/schema#",
  "title" : "Empty Schema",
  "type" : "object"
}"""
_ERROR_SCHEMA = """{
  "$schema" : "http://json-schema.org/draft-04/schema#",
  "title" : "Error Schema",
  "type" : "object",
  "properties" : {
    "message" : { "type" : "string" }
  }
}"""


def add_models(api: Any) -> None:
    """Give a REST API of moto's the models Empty and Error, which moto leaves out."""
    for name, kind, schema in (
        ("Empty", "empty", _EMPTY_SCHEMA),
        ("Error", "error", _ERROR_SCHEMA),
    ):
        api.add_model(
            name=name,
            description=f"This is a default {kind} schema model",
            schema=schema,
            content_type="application/json",
        )


def gateway_response(api: Any, kind: str) -> dict[str, Any]:
    """Describe an API's gateway response of a type, its own or the default.

    Raises: AWSError for a type that doesn't exist.
    """
    if kind not in _STATUSES:
        raise invalid_value(kind, "responseType", tuple(_STATUSES))
    own = api.gateway_responses.get(kind)
    shown: dict[str, Any] = {
        "responseType": kind,
        "responseParameters": (own and own.response_parameters) or {},
        "responseTemplates": (own and own.response_templates)
        or {"application/json": _TEMPLATE},
        "defaultResponse": own is None,
    }
    status = (own and own.status_code) or _STATUSES[kind]
    if status is not None:
        shown["statusCode"] = str(status)
    return shown


def gateway_responses(api: Any) -> list[dict[str, Any]]:
    """Describe all of an API's gateway responses."""
    return [gateway_response(api, kind) for kind in _STATUSES]
