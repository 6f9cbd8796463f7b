"""Who acts for somebody else: Lambda in a function's role, a service for a resource."""

from __future__ import annotations

import time

from grader.cloud.access import context_keys
from grader.cloud.access.authorisation import decide
from grader.cloud.access.evaluation import Decision
from grader.cloud.access.grouped_context import Group, grouped
from grader.cloud.access.principals import Caller
from grader.cloud.access.request import Context, Principal
from grader.cloud.access.sessions import find_role

# What Lambda needs of a function's role to tell a destination, by its service.
SENDING = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "s3": "s3:PutObject",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
}


def execution_role(role_arn: str, session: str) -> Caller:
    """A role as a service uses it."""
    account = role_arn.split(":")[4]
    name = role_arn.rpartition("/")[2]
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    principal = Principal("assumed-role", arn, account, role_arn=role_arn)
    return Caller(principal, identity=find_role(account, role_arn))


def in_role(
    role_arn: str,
    session: str,
    action: str,
    resource: str,
    *,
    context: Context | None = None,
) -> Decision:
    """Whether a service may do something in a role, such as a function's.

    Lambda names the session like the function.
    """
    caller = execution_role(role_arn, session)
    known = context_keys.of_caller(caller, time.time())
    if context is not None:
        known = grouped(known).beside(Group(dict(context)))
    return decide(caller, action, resource, known)


def as_account(account: str, action: str, resource: str) -> Decision:
    """Whether an account as a whole may do something to one of its resources."""
    arn = f"arn:aws:iam::{account}:root"
    caller = Caller(Principal("root", arn, account, administrator=True))
    return decide(caller, action, resource, context_keys.of_caller(caller, time.time()))


def sending(role_arn: str, function: str, target: str) -> Decision:
    """Whether Lambda may tell a destination, a dead-letter queue or topic.

    `target` is its ARN; of a bucket it is any key.
    """
    service = target.split(":")[2]
    resource = f"{target}/*" if service == "s3" else target
    return in_role(role_arn, function, SENDING[service], resource)


def for_resource(
    service: str,
    action: str,
    resource: str,
    *,
    source_arn: str,
    source_account: str,
    context: Context | None = None,
) -> Decision:
    """Whether a service such as `s3.amazonaws.com` may act for one of its resources.

    Its own policies are AWS's business; that of what it acts on decides.
    """
    caller = Caller(Principal("service", service, ""))
    known: context_keys.Values = {
        "aws:principalisawsservice": "true",
        "aws:principalservicename": service,
        "aws:sourcearn": source_arn,
        "aws:sourceaccount": source_account,
        **{key.lower(): value for key, value in (context or {}).items()},
    }
    return decide(caller, action, resource, known)
