"""The Invoke operation on the wire.

Answered without a web framework between: this is the call that counts.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from grader import facts
from grader.cloud import event_stream, functions, lineage
from grader.cloud.asynchronous import AsynchronousInvoker
from grader.cloud.aws_errors import AWSError
from grader.cloud.functions import constraints, service_model
from grader.cloud.http_dates import http_date
from grader.cloud.invocation import Invoker
from grader.cloud.payloads import check_payload

# Bytes of an asynchronous event (256 KB until October 2025).
ASYNCHRONOUS_LIMIT = facts.aws_lambda.ASYNCHRONOUS_PAYLOAD.value

Environ = dict[str, Any]


class InvokeRequests:
    """Draws a request from WSGI's environ, and the answer as Lambda words it."""

    def __init__(self, invoker: Invoker, asynchronous: AsynchronousInvoker) -> None:
        self._invoker = invoker
        self._asynchronous = asynchronous

    def respond(
        self,
        environ: Environ,
        start_response: Any,
        account: str,
        region: str,
        function: str,
        request_id: str,
        *,
        operation: str,
    ) -> Iterable[bytes]:
        """Answer Invoke, InvokeWithResponseStream or the old InvokeAsync.

        A function's answer is one chunk of the stream: the runtimes here have none
        that they make piece by piece.
        """
        try:
            with ExitStack() as stack:
                status, headers, body = self._answer(
                    environ, account, region, function, request_id, stack, operation
                )
                afterwards = stack.pop_all()
        except AWSError as error:
            answer = functions.draw_error(error, request_id)
            return answer(environ, start_response)
        headers += [
            ("x-amzn-RequestId", request_id),
            ("Content-Length", str(len(body))),
            ("Date", http_date()),
        ]
        start_response(status, headers)
        return _Answer(body, afterwards)

    def _answer(
        self,
        environ: Environ,
        account: str,
        region: str,
        function: str,
        request_id: str,
        stack: ExitStack,
        operation: str,
    ) -> tuple[str, list[tuple[str, str]], bytes]:
        query = environ["QUERY_STRING"]
        qualifier = parse_qs(query).get("Qualifier", [None])[0] if query else None
        payload = _body(environ)
        kind = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
        if operation == "InvokeAsync":
            operation, kind = "Invoke", "Event"
        log_type = environ.get("HTTP_X_AMZ_LOG_TYPE")
        client_context = environ.get("HTTP_X_AMZ_CLIENT_CONTEXT")
        _check(operation, function, qualifier, kind, log_type)
        _check_client_context(client_context)
        resolved = functions.find(account, region, function, qualifier)
        version = resolved.version
        sampled = version.tracing == "Active"
        # A chain of events that begins here.
        root = environ.get("HTTP_X_AMZN_TRACE_ID") or lineage.root(sampled=sampled)
        trace_header, turns = lineage.advance(root, version.arn)
        described = [
            ("Content-Type", "application/json"),
            ("x-amzn-Remapped-Content-Length", "0"),
            ("X-Amzn-Trace-Id", trace_header),
        ]
        if kind == "Event":
            self._asynchronous.submit(
                account,
                region,
                function,
                payload or b"{}",
                qualifier=qualifier,
                request_id=request_id,
                trace_header=root,
            )
            return "202 Accepted", described, b""
        described.append(("X-Amz-Executed-Version", version.version))
        if kind == "DryRun":
            check_payload(payload, ASYNCHRONOUS_LIMIT)
            return "204 No Content", described, b""
        looping = turns > lineage.LIMIT
        if looping and functions.stops_loops(
            version.account, version.region, version.name
        ):
            raise AWSError(
                "RecursiveInvocationException",
                "Lambda has detected your function being invoked in a recursive "
                "loop with other AWS resources and stopped your function's "
                "invocation.",
                400,
                Type="User",
            )
        answering = self._invoker.answering(
            account,
            region,
            function,
            payload,
            qualifier=qualifier,
            client_context=client_context,
            request_id=request_id,
            trace_header=trace_header,
        )
        invocation = stack.enter_context(answering)
        # A weighted alias may have drawn another version for the answer.
        described[-1] = ("X-Amz-Executed-Version", invocation.executed_version)
        log_result = None
        if log_type == "Tail":
            log_result = base64.b64encode(invocation.log_tail).decode()
        error = invocation.function_error
        if operation != "Invoke":
            described[0] = ("Content-Type", event_stream.CONTENT_TYPE)
            events = event_stream.invocation_events(
                invocation.payload, error, log_result
            )
            return "200 OK", described, events
        if error is not None:
            described.append(("X-Amz-Function-Error", error))
        if log_result is not None:
            described.append(("X-Amz-Log-Result", log_result))
        return "200 OK", described, invocation.payload


@lru_cache(maxsize=1024)
def _check(
    operation: str,
    function: str,
    qualifier: str | None,
    kind: str,
    log_type: str | None,
) -> None:
    """Refuse members that break the model's constraints; good ones are known again."""
    given = {
        "FunctionName": function,
        "Qualifier": qualifier,
        "InvocationType": kind,
        "LogType": log_type,
    }
    constraints.check(
        service_model.service().operation_model(operation),
        {name: value for name, value in given.items() if value is not None},
    )


def _check_client_context(encoded: str | None) -> None:
    if encoded is None:
        return
    try:
        if isinstance(json.loads(base64.b64decode(encoded, validate=True)), dict):
            return
    except ValueError:
        pass
    raise AWSError(
        "InvalidRequestContentException",
        "Client context must be a valid Base64-encoded JSON object.",
        400,
        Type="User",
    )


class _Answer:
    """A body, and what is to be done once it was sent."""

    def __init__(self, body: bytes, afterwards: ExitStack) -> None:
        self._body = body
        self._afterwards = afterwards

    def __iter__(self) -> Iterator[bytes]:
        yield self._body

    def close(self) -> None:
        self._afterwards.close()


def _body(environ: Environ) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    stream = environ["wsgi.input"]
    body: bytes = stream.read(int(length)) if length else b""
    if environ.get("wsgi.input_terminated"):
        body = stream.read()
    return body
