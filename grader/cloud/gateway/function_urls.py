"""Function URLs answering requests.

Follows "Invoking Lambda function URLs" and "Control access to Lambda function URLs" in
the Lambda developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from grader.cloud.access import context_keys
from grader.cloud.access.authorisation import decide
from grader.cloud.access.principals import (
    ANONYMOUS,
    Caller,
    CredentialsRefused,
    Principals,
)
from grader.cloud.aws_errors import AWSError
from grader.cloud.functions import UrlConfig
from grader.cloud.gateway.cors import Cors, is_preflight
from grader.cloud.gateway.incoming import Incoming
from grader.cloud.gateway.lambda_integrations import NotAllowed
from grader.cloud.gateway.payload_2_0 import function_url_event
from grader.cloud.gateway.proxy_answers import (
    FunctionFailed,
    MalformedAnswer,
    answer_2_0,
)
from grader.cloud.gateway.refusals import Endpoint, Note, note_refusal
from grader.cloud.gateway.signers import signer
from grader.cloud.gateway.unsupported import NotModelled
from grader.cloud.invocation import Invoker

_FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
# A URL needs both; the second since October 2025.
_ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")


@dataclass(frozen=True)
class FunctionUrl:
    """A function URL; ``config`` is None where no function has that URL."""

    id: str
    config: UrlConfig | None

    def respond(
        self, incoming: Incoming, invoker: Invoker, principals: Principals, note: Note
    ) -> Response:
        """Answer a request at this URL."""
        response = self._respond(incoming, invoker, principals, note)
        response.headers.setdefault("x-amzn-RequestId", incoming.request_id)
        return response

    def _respond(
        self, incoming: Incoming, invoker: Invoker, principals: Principals, note: Note
    ) -> Response:
        config = self.config
        if config is None:
            return _forbidden()
        if config.invoke_mode != "BUFFERED":
            raise NotModelled("response streaming of function URLs")
        cors = Cors.from_api(config.cors) if config.cors else None
        if cors is not None and is_preflight(incoming):
            return cors.preflight(incoming, status=200)
        arn = f"{_function_arn(config)} (its URL {config.url_id})"
        endpoint = Endpoint("function-url", config.account, config.region, arn)
        try:
            caller = _caller(config, incoming, principals)
            _check_permissions(config, caller, incoming)
            response = _invoke(config, caller, incoming, invoker)
        except (NotAllowed, MalformedAnswer) as error:
            note_refusal(note, endpoint, incoming, error)
            refused = isinstance(error, NotAllowed)
            response = _forbidden() if refused else _bad_gateway()
        if cors is not None:
            cors.apply(incoming, response)
        return response


def _function_arn(config: UrlConfig) -> str:
    arn = f"arn:aws:lambda:{config.region}:{config.account}:function:{config.function}"
    return f"{arn}:{config.qualifier}" if config.qualifier else arn


def _caller(config: UrlConfig, incoming: Incoming, principals: Principals) -> Caller:
    """Who asks; a URL of AuthType NONE doesn't look.

    Raises: NotAllowed.
    """
    if config.auth_type != "AWS_IAM":
        return ANONYMOUS
    try:
        caller = signer(incoming, "lambda", principals)
    except CredentialsRefused as refusal:
        raise NotAllowed(
            f"the URL's AuthType is AWS_IAM and the access key {refusal.access_key_id}"
            f" isn't good: {refusal.kind}"
        ) from None
    if caller is ANONYMOUS:
        raise NotAllowed("the URL's AuthType is AWS_IAM and nobody signed")
    return caller


def _check_permissions(config: UrlConfig, caller: Caller, incoming: Incoming) -> None:
    """Raises: NotAllowed, which says what is missing."""
    context = {
        **context_keys.of_caller(caller, incoming.arrived),
        "aws:requestedregion": config.region,
        "aws:securetransport": "true",
        "aws:sourceip": incoming.source_ip,
        "lambda:functionurlauthtype": config.auth_type,
        "lambda:invokedviafunctionurl": "true",
    }
    arn = _function_arn(config)
    decisions = [decide(caller, action, arn, context) for action in _ACTIONS]
    missing = [
        decision.request.action for decision in decisions if not decision.allowed
    ]
    if not missing:
        return
    if caller is ANONYMOUS:
        raise NotAllowed(
            "a function URL needs two permissions; the function's resource policy"
            f" doesn't allow {' nor '.join(missing)} to whoever asks"
        )
    raise NotAllowed(
        "a function URL needs two permissions; neither a policy of"
        f" {caller.principal.arn} nor the function's resource policy allows it"
        f" {' and '.join(missing)}"
    )


def _invoke(
    config: UrlConfig, caller: Caller, incoming: Incoming, invoker: Invoker
) -> Response:
    event = function_url_event(
        incoming,
        url_id=config.url_id,
        region=config.region,
        account=caller.principal.account or "anonymous",
        authorizer=_authorizer(caller) if caller is not ANONYMOUS else None,
    )
    try:
        outcome = invoker.invoke(
            config.account,
            config.region,
            config.function,
            json.dumps(event).encode(),
            qualifier=config.qualifier,
            request_id=incoming.request_id,
            trace_header=incoming.trace_header,
        )
        if outcome.function_error:
            raise FunctionFailed(outcome.function_error)
        answer = answer_2_0(outcome.payload, texts_unquoted=False)
        response = answer.response(content_type="application/json")
    except AWSError as error:
        return error.rest_json(incoming.request_id)
    response.headers["X-Amzn-Trace-Id"] = incoming.answered_trace
    return response


def _authorizer(caller: Caller) -> Mapping[str, Any]:
    return {
        "iam": {
            "accessKey": caller.access_key_id,
            "accountId": caller.principal.account,
            "callerId": caller.user_id,
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": caller.principal.arn,
            "userId": caller.user_id,
        }
    }


def _bad_gateway() -> Response:
    return Response(
        "Internal Server Error", status=502, content_type="application/json"
    )


def _forbidden() -> Response:
    return Response(
        json.dumps({"Message": _FORBIDDEN}, separators=(",", ":")),
        status=403,
        headers={"x-amzn-ErrorType": "AccessDeniedException"},
        content_type="application/json",
    )
