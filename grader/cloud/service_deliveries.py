"""Events that moto's own services send to functions: Logs, rotations, stacks."""

from __future__ import annotations

import base64
import gzip
import json
import time
from dataclasses import dataclass

from flask import has_request_context, request
from moto.secretsmanager.exceptions import SecretsManagerClientError

from grader.cloud.access import acting, stored_names
from grader.cloud.access.denials import sentence
from grader.cloud.asynchronous import AsynchronousInvoker
from grader.cloud.functions import names
from grader.cloud.invocation import Invoker
from grader.cloud.journal import Incident

_ROTATION = (
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the"
    " function policy grants access to the principal secretsmanager.amazonaws.com."
)


class ServiceDeliveries:
    """Takes what moto's services hand to a function, for ``functions.on_delivery``."""

    def __init__(
        self, invoker: Invoker, asynchronous_invoker: AsynchronousInvoker
    ) -> None:
        self._invoker = invoker
        self._asynchronous = asynchronous_invoker

    def __call__(
        self,
        account: str,
        region: str,
        function: str,
        payload: bytes,
        asynchronous: bool,
    ) -> bytes:
        """Queue the event, or invoke and return the answer where the sender waits.

        Raises:
            AWSError: what Lambda answers the sender.
        """
        origin = _origin(account, region, payload)
        if origin is not None and not self._may(origin, account, region, function):
            return b""
        header = (
            request.headers.get("X-Amzn-Trace-Id") if has_request_context() else None
        )
        if not asynchronous:
            return self._invoker.invoke(
                account, region, function, payload, trace_header=header
            ).payload
        self._asynchronous.submit(
            account,
            region,
            function,
            payload,
            trace_header=header,
            source=_source(payload),
        )
        return b""

    def _may(self, origin: _Origin, account: str, region: str, function: str) -> bool:
        """Whether the function's policy lets the sender invoke it; noted if not.

        Raises:
            SecretsManagerClientError: AccessDeniedException, as RotateSecret answers.
        """
        named = names.parse(account, region, function)
        decision = acting.for_resource(
            origin.service,
            "lambda:InvokeFunction",
            named.arn,
            source_arn=origin.arn,
            source_account=origin.account,
        )
        if decision.allowed:
            return True
        if origin.waits:
            raise SecretsManagerClientError("AccessDeniedException", _ROTATION)
        self._asynchronous.journal.incident(
            Incident(
                at=time.time(),
                kind="permission",
                source=origin.service.partition(".")[0],
                account=account,
                region=region,
                resource=named.arn,
                message=sentence(decision),
            )
        )
        return False


@dataclass(frozen=True)
class _Origin:
    """Who sends an event for which of its resources."""

    service: str
    arn: str
    account: str
    waits: bool = False


def _origin(account: str, region: str, payload: bytes) -> _Origin | None:
    """Read the sender in an event of CloudWatch Logs or Secrets Manager.

    What a stack invokes is invoked by whoever deploys it.
    """
    event = json.loads(payload)
    if "Step" in event and "SecretId" in event:
        # moto's event has the secret's name, AWS's its ARN.
        secret = stored_names.secret(account, region, str(event["SecretId"]))
        arn = f"arn:aws:secretsmanager:{region}:{account}:secret:{secret}"
        return _Origin("secretsmanager.amazonaws.com", arn, account, waits=True)
    if "awslogs" in event:
        told = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
        arn = f"arn:aws:logs:{region}:{account}:log-group:{told['logGroup']}:*"
        return _Origin("logs.amazonaws.com", arn, account)
    return None


def _source(payload: bytes) -> str:
    """Name the service that an event comes from, by the event itself."""
    event = json.loads(payload)
    if "awslogs" in event:
        return "logs"
    if "ResponseURL" in event:
        return "cloudformation"
    record = (event.get("Records") or [{}])[0]
    name = record.get("eventSource") or record.get("EventSource") or "aws:lambda"
    return str(name).removeprefix("aws:")
