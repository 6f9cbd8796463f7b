"""What is answered to operations of AWS that nobody here models: a refusal by name.

moto raises ``NotImplementedError`` for them, which would close the connection, or has
no such path, and answers with a web page. What it stumbles over, of an operation that
it models in part, is refused in the same way: its traceback goes to the lab's log.
"""

from __future__ import annotations

import re
import sys

from flask import Flask, Response, current_app, request
from moto.core.errors import COMMON_ERROR_CODES
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from werkzeug.exceptions import HTTPException, NotFound

_WHOLE_OPERATION = re.compile(
    r"The \w+ action has not been implemented|[\w.]+ is not yet implemented"
)


class _NotImplemented(ServiceException):  # type: ignore[misc]
    code = "NotImplemented"


def refuse_by_name(app: Flask) -> None:
    """Let moto's application for a service say what it doesn't model."""
    # moto warns of codes that a service's model lacks, unless they are in this list.
    if _NotImplemented.code not in COMMON_ERROR_CODES:
        COMMON_ERROR_CODES.append(_NotImplemented.code)
    app.register_error_handler(NotImplementedError, _refused)
    app.register_error_handler(NotFound, _unknown_path)
    app.register_error_handler(Exception, _stumbled)


def _refused(error: NotImplementedError) -> Response:
    whole = _WHOLE_OPERATION.fullmatch(str(error))
    return _refusal(_asked(), "" if whole else f" in full ({error})")


def _stumbled(error: Exception) -> Response | HTTPException:
    if isinstance(error, HTTPException):
        return error
    current_app.log_exception(sys.exc_info())
    return _refusal(_asked(), f" as it was asked ({type(error).__name__}: {error})")


def _unknown_path(error: HTTPException) -> Response | HTTPException:
    asked = _asked()
    return error if asked._get_action() is None else _refusal(asked, "")


def _asked() -> BaseResponse:
    asked = BaseResponse(current_app.service)  # type: ignore[attr-defined]
    asked.setup_class(request, request.url, request.headers)
    return asked


def _refusal(asked: BaseResponse, part: str) -> Response:
    refusal = _NotImplemented(
        f"The local cloud doesn't model {asked.service_name}'s operation"
        f" {asked._get_action()}{part}; real AWS does."
    )
    status, headers, body = asked.serialized(ActionResult(refusal))
    return Response(body, status, headers)
