"""How each service words a refusal, and how its protocol draws it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from grader.cloud.access.evaluation import Decision
from grader.cloud.access.operations import Operation
from grader.cloud.notification_origin import host_id
from grader.cloud.notification_origin import request_id as s3_request_id

# Services that name what was asked for even where it is no resource in particular.
_NAMING_ANYTHING = ("iam", "lambda")
_ONCE_QUERY = ("cloudwatch", "sqs")


@dataclass(frozen=True)
class Denial:
    """A refusal: code, message and HTTP status, and how to draw it."""

    code: str
    message: str
    status: int
    protocol: str
    request_id: str
    query_code: str = ""
    """The code of services that spoke the query protocol before: SDKs show that one."""

    def response(self, *, head: bool = False) -> Response:
        """Draw it as its protocol does; `head` for a request without a body."""
        match self.protocol:
            case "s3":
                return self._s3(head=head)
            case "json" | "cbor":
                return self._json()
            case "rest-json":
                return self._rest_json()
            case "ec2":
                return self._ec2()
        return self._query()

    def _s3(self, *, head: bool) -> Response:
        ids = s3_request_id(), host_id()
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message>"
            f"<RequestId>{ids[0]}</RequestId><HostId>{ids[1]}</HostId></Error>"
        )
        return Response(
            "" if head else body,
            self.status,
            {
                "x-amz-request-id": ids[0],
                "x-amz-id-2": ids[1],
                "Server": "AmazonS3",
            },
            content_type="application/xml",
        )

    def _json(self) -> Response:
        body = {"__type": self.code, "message": self.message, "Message": self.message}
        headers = {
            "x-amzn-RequestId": self.request_id,
            "x-amzn-ErrorType": self.code,
        }
        if self.query_code:
            headers["x-amzn-query-error"] = f"{self.query_code};Sender"
        return Response(
            json.dumps(body),
            self.status,
            headers,
            content_type="application/x-amz-json-1.0",
        )

    def _rest_json(self) -> Response:
        return Response(
            json.dumps({"Message": self.message}),
            self.status,
            {"x-amzn-RequestId": self.request_id, "x-amzn-ErrorType": self.code},
            content_type="application/json",
        )

    def _query(self) -> Response:
        body = (
            "<ErrorResponse><Error><Type>Sender</Type>"
            f"<Code>{self.code}</Code><Message>{escape(self.message)}</Message>"
            f"</Error><RequestId>{self.request_id}</RequestId></ErrorResponse>"
        )
        return Response(
            body,
            self.status,
            {"x-amzn-RequestId": self.request_id},
            content_type="text/xml",
        )

    def _ec2(self) -> Response:
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
            f"<Code>{self.code}</Code><Message>{escape(self.message)}</Message>"
            f"</Error></Errors><RequestID>{self.request_id}</RequestID></Response>"
        )
        return Response(body, self.status, content_type="text/xml;charset=UTF-8")


def protocol_of(operation: Operation | None, signed_for: str) -> str:
    """The protocol whose errors a caller understands."""
    if signed_for == "s3":
        return "s3"
    return operation.protocol if operation is not None else "rest-json"


def denial(decision: Decision, operation: Operation) -> Denial:
    """AWS's refusal of what a decision doesn't allow."""
    protocol = protocol_of(operation, operation.prefix)
    message = sentence(decision)
    code, status = "AccessDeniedException", 403
    if operation.prefix == "sns":
        code = "AuthorizationError"
    elif protocol == "ec2":
        code = "UnauthorizedOperation"
        message = f"You are not authorized to perform this operation. {message}"
    elif protocol in ("query", "s3", "rest-xml"):
        code = "AccessDenied"
    elif protocol in ("json", "cbor"):
        if operation.prefix in _ONCE_QUERY:
            return Denial(code, message, 403, protocol, _id(), "AccessDenied")
        status = 400
    return Denial(code, message, status, protocol, _id())


def _id() -> str:
    return str(uuid.uuid4())


def sentence(decision: Decision) -> str:
    """`User: … is not authorized to perform: …`, as the action's service says it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    request = decision.request
    principal = request.principal
    prefix, _, name = request.action.partition(":")
    within = principal.account == request.resource_account
    if prefix == "s3" and (not within or principal.kind == "anonymous"):
        # S3 explains itself to its own account only.
        return "Access Denied"
    action, because = request.action, decision.because
    if prefix == "sts" and not decision.explicit:
        # STS doesn't tell which of the two sides is missing.
        because = ""
    if spelled := _SPELLED.get(prefix):
        action = spelled(name)
        because = because.replace(request.action, action)
    on = f" on resource: {request.resource}"
    if prefix == "s3":
        on = f' on resource: "{request.resource}"'
    if request.resource == "*" and prefix not in _NAMING_ANYTHING:
        on = ""
    said = f"User: {principal.arn} is not authorized to perform: {action}{on} {because}"
    return said.rstrip()


# Services that spell their actions in a way of their own.
_SPELLED = {
    "sns": lambda name: f"SNS:{name}",
    "sqs": lambda name: f"sqs:{name.lower()}",
}
