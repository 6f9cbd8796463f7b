"""Resource policies: AddPermission, RemovePermission, GetPolicy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from moto.utilities.utils import get_partition

from grader import facts
from grader.cloud.functions.aliases import AliasRecord
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import conflict, failure, invalid, missing
from grader.cloud.functions.functions import named
from grader.cloud.functions.names import LATEST, FunctionName
from grader.cloud.functions.storage import FunctionsBackend
from grader.cloud.functions.stored_function import StoredFunction
from grader.cloud.functions.updates import check_revision

Holder = AliasRecord | StoredFunction

_URL_ACTION = "lambda:InvokeFunctionUrl"
# The request's members that become keys of StringEquals, in AWS's order.
_EQUALS = {
    "EventSourceToken": "lambda:EventSourceToken",
    "FunctionUrlAuthType": "lambda:FunctionUrlAuthType",
    "SourceAccount": "AWS:SourceAccount",
    "PrincipalOrgID": "aws:PrincipalOrgID",
}
_ACCOUNT = re.compile(r"\d{12}")
_PRINCIPAL_ARN = re.compile(r"arn:aws[a-z-]*:(iam|sts)::\d{12}:.+")
_SERVICE = re.compile(
    r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|aws\.internal)|[\w.-]+\.(alexa|amazon)\.com"
)


@operation("AddPermission")
def add_permission(call: Call) -> Members:
    """Add a statement to the policy of a function, version or alias.

    moto keeps one policy for all of them and takes a Sid twice.
    https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
    """
    name, holder = _holder(call)
    if name.qualifier == LATEST:
        raise invalid("We currently do not support adding policies for $LATEST.")
    check_revision(holder.revision_id, call.get("RevisionId"), "GetPolicy")
    statements = _statements(call, name)
    sid = call["StatementId"]
    if any(statement["Sid"] == sid for statement in statements):
        raise conflict(
            f"The statement id ({sid}) provided already exists. Please provide a new"
            " statement id, or remove the existing statement."
        )
    statement = written(call.parameters, name.arn, call.region)
    grown = [*statements, statement]
    if len(_document(grown)) > facts.aws_lambda.RESOURCE_POLICY_SIZE.value:
        raise failure(
            "PolicyLengthExceededException",
            f"The final policy size ({len(_document(grown))}) is bigger than the limit"
            f" ({facts.aws_lambda.RESOURCE_POLICY_SIZE.value}).",
        )
    statements.append(statement)
    holder.revise()
    return {"Statement": json.dumps(statement, separators=(",", ":"))}


def _holder(call: Call) -> tuple[FunctionName, Holder]:
    """Return what the policy belongs to: a version, or an alias itself."""
    name = named(call)
    version = call.backend.require(name)
    return name, call.backend.aliases(name.name).get(name.qualifier or "") or version


def _statements(call: Call, name: FunctionName) -> list[dict[str, Any]]:
    latest = call.backend.latest(name.name)
    policies = latest.record.policies if latest is not None else {}
    return policies.setdefault(name.qualifier or LATEST, [])


def written(given: Mapping[str, Any], arn: str, region: str) -> dict[str, Any]:
    """Write the statement that a request or a template asks for.

    Raises:
        AWSError: InvalidParameterValueException.
    """
    if "FunctionUrlAuthType" in given and given["Action"] != _URL_ACTION:
        raise invalid(f"FunctionUrlAuthType is only supported for {_URL_ACTION} action")
    equals = {key: given[member] for member, key in _EQUALS.items() if member in given}
    condition: dict[str, dict[str, str]] = {}
    if equals:
        condition["StringEquals"] = equals
    if "SourceArn" in given:
        condition["ArnLike"] = {"AWS:SourceArn": given["SourceArn"]}
    if "InvokedViaFunctionUrl" in given:
        invoked = "true" if given["InvokedViaFunctionUrl"] else "false"
        condition["Bool"] = {"lambda:InvokedViaFunctionUrl": invoked}
    statement: dict[str, Any] = {
        "Sid": given["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(given["Principal"], region),
        "Action": given["Action"],
        "Resource": arn,
    }
    if condition:
        statement["Condition"] = condition
    return statement


def _principal(principal: str, region: str) -> str | dict[str, str]:
    if principal == "*":
        return principal
    if _ACCOUNT.fullmatch(principal):
        return {"AWS": f"arn:{get_partition(region)}:iam::{principal}:root"}
    if _PRINCIPAL_ARN.fullmatch(principal):
        return {"AWS": principal}
    if _SERVICE.fullmatch(principal):
        return {"Service": principal}
    raise invalid(
        "The provided principal was invalid. Please check the principal and try again."
    )


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps(_policy(statements), separators=(",", ":"))


def _policy(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Id": "default", "Statement": statements}


@operation("RemovePermission")
def remove_permission(call: Call) -> None:
    """Remove a statement by its id."""
    name, holder = _holder(call)
    statements = _statements(call, name)
    if not statements:
        raise missing("No policy is associated with the given resource.")
    sid = call["StatementId"]
    kept = [statement for statement in statements if statement["Sid"] != sid]
    if len(kept) == len(statements):
        raise missing(f"Statement {sid} is not found in resource policy.")
    check_revision(holder.revision_id, call.get("RevisionId"), "GetPolicy")
    statements[:] = kept
    holder.revise()


@operation("GetPolicy")
def get_policy(call: Call) -> Members:
    """Return the policy of a function, version or alias."""
    name, holder = _holder(call)
    statements = _statements(call, name)
    if not statements:
        raise missing("The resource you requested does not exist.")
    return {"Policy": _document(statements), "RevisionId": holder.revision_id}


def policy(
    backend: FunctionsBackend, name: str, qualifier: str | None
) -> dict[str, Any] | None:
    """Return a function's, version's or alias's policy document, if it has one."""
    latest = backend.latest(name)
    if latest is None:
        return None
    statements = latest.record.policies.get(qualifier or LATEST)
    return _policy(statements) if statements else None
