"""Calling a function for an API: its ARN, its permission, its time limit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotDone
from dataclasses import dataclass
from threading import Thread

from grader.cloud import functions
from grader.cloud.access import acting
from grader.cloud.aws_errors import AWSError
from grader.cloud.execution import Invocation
from grader.cloud.invocation import Invoker

_PATH_ARN = re.compile(
    r"arn:[\w-]+:apigateway:[\w-]+:lambda:path/2015-03-31/functions/(?P<arn>.+)"
    r"/invocations"
)
_FUNCTION_ARN = re.compile(
    r"arn:[\w-]+:lambda:(?P<region>[\w-]+):(?P<account>\d{12}):function:"
    r"(?P<name>[\w-]+)(?::(?P<qualifier>[\w$-]+))?"
)
# A cold start comes on top of the function's own time limit.
_INIT_SECONDS = 10


class NotAllowed(Exception):
    """The function's policy doesn't let this API call it, or there is no function."""


class TimedOut(Exception):
    """The function didn't answer within the integration's time limit."""

    def __init__(self) -> None:
        super().__init__("there was no answer within the integration's time limit")


@dataclass(frozen=True)
class FunctionTarget:
    """A function as an integration names it."""

    account: str
    region: str
    name: str
    qualifier: str | None

    @property
    def arn(self) -> str:
        """The function's ARN, qualified if the integration is."""
        arn = f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"
        return f"{arn}:{self.qualifier}" if self.qualifier else arn


def function_target(
    uri: str | None, stage_variables: Mapping[str, str]
) -> FunctionTarget | None:
    """Read the function in an integration's URI, stage variables filled in.

    Takes a function's ARN (HTTP APIs) and API Gateway's path form of it.
    """
    filled = re.sub(
        r"\$\{stageVariables\.(\w+)\}",
        lambda found: stage_variables.get(found[1], ""),
        uri or "",
    )
    path = _PATH_ARN.fullmatch(filled)
    found = _FUNCTION_ARN.fullmatch(path["arn"] if path else filled)
    if found is None:
        return None
    return FunctionTarget(
        found["account"], found["region"], found["name"], found["qualifier"]
    )


@dataclass(frozen=True)
class Caller:
    """The API that calls: ``source_arn`` names its stage, method and path."""

    source_arn: str
    account: str


def call(
    invoker: Invoker,
    target: FunctionTarget,
    payload: bytes,
    *,
    caller: Caller | None,
    timeout: float,
    trace_header: str,
) -> Invocation:
    """Invoke a function for an API and wait ``timeout`` seconds at most.

    No ``caller`` means that the integration has credentials of its own, so that the
    function's policy isn't asked.

    Raises: NotAllowed; TimedOut; AWSError as the invoker does.
    """
    if caller is not None and not _may_call(caller, target):
        raise NotAllowed(
            f"API Gateway may not invoke {target.arn}: the function isn't there, or its"
            " resource policy doesn't allow lambda:InvokeFunction to"
            f" apigateway.amazonaws.com for {caller.source_arn}"
        )
    try:
        resolved = functions.find(
            target.account, target.region, target.name, target.qualifier
        )
    except AWSError as error:
        raise NotAllowed(f"there is no function {target.arn}") from error

    def invoke() -> Invocation:
        return invoker.invoke(
            target.account,
            target.region,
            target.name,
            payload,
            qualifier=target.qualifier,
            trace_header=trace_header,
        )

    if resolved.version.timeout + _INIT_SECONDS <= timeout:
        return invoke()
    return _within(timeout, invoke)


def _may_call(caller: Caller, target: FunctionTarget) -> bool:
    return acting.for_resource(
        "apigateway.amazonaws.com",
        "lambda:InvokeFunction",
        target.arn,
        source_arn=caller.source_arn,
        source_account=caller.account,
    ).allowed


def _within(timeout: float, invoke: Callable[[], Invocation]) -> Invocation:
    # The function goes on after its caller gave up, as on AWS.
    outcome: Future[Invocation] = Future()

    def run() -> None:
        try:
            outcome.set_result(invoke())
        except BaseException as error:  # noqa: BLE001 - it is raised in the caller
            outcome.set_exception(error)

    Thread(target=run, name="integration", daemon=True).start()
    try:
        return outcome.result(timeout)
    except NotDone:
        if outcome.done():
            return outcome.result()
        raise TimedOut from None
