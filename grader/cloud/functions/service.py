"""Answering the control plane's requests."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlsplit

from botocore.model import OperationModel
from werkzeug.wrappers import Request, Response

from grader.cloud.aws_errors import AWSError
from grader.cloud.functions import constraints, errors, parameters, service_model
from grader.cloud.functions.calls import Call, operations


def respond(request: Request, *, account: str, region: str) -> Response:
    """Answer any of Lambda's operations but the invoking ones."""
    request_id = str(uuid.uuid4())
    try:
        model, given = parameters.parse(request)
        constraints.check(model, given)
        endpoint = "{0.scheme}://{0.netloc}".format(urlsplit(request.host_url))
        call = Call(model.name, account, region, given, endpoint)
        body = _answer(model, call)
    except AWSError as error:
        return errors.draw(error, request_id)
    status = service_model.status_of(model.name)
    text = b"" if status == 204 and body is None else json.dumps(body or {}).encode()
    return Response(
        text,
        status=status,
        headers={"Content-Type": "application/json", "x-amzn-RequestId": request_id},
    )


def _answer(model: OperationModel, call: Call) -> Any:
    answer = operations.get(model.name)
    if answer is None:
        raise errors.unmodelled(f"Lambda's operation {model.name}")
    with call.backend.lock:
        return answer(call)
