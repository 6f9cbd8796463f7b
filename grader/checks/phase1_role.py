"""role-for-lambda: a role that only Lambda may put on, and that may write logs."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from grader.checks.exercise import Failed, Raised, Work, exercise
from grader.checks.phase1_people import denial, document, person, statement
from grader.checks.probe import Probe, quoted
from grader.facts import aws_lambda


@exercise(
    "role-for-lambda",
    hints=(
        "Two documents, two questions. Who may put the role on? That is the trust "
        "policy, and it goes into create_role. What may the wearer do? That goes into "
        "put_role_policy. 'Cannot be assumed by Lambda' is about which of the two?",
        'iam = cloud.client("____")\n'
        'trust = trusting(Service="____")\n'
        "permission = allowing(____, ...)\n"
        "iam.create_role(RoleName=name, AssumeRolePolicyDocument=____)\n"
        'iam.put_role_policy(RoleName=name, PolicyName="logs", PolicyDocument=____)\n'
        'return iam.get_role(RoleName=name)["Role"]["____"]',
    ),
    explain_back="explain-role-for-lambda",
    misconceptions={
        "trust-is-permission": "You may think that the two documents are the same kind "
        "of thing. The trust policy names a principal and no resource; a permission "
        "policy names a resource and no principal.",
        "wrong-service": "You may think that any service of AWS will do. The one that "
        "runs your code puts the role on: Lambda.",
        "trust-names-people": "You may think that a role for a function is for your "
        "account. Whoever the trust policy names can wear it: here, Lambda alone.",
        "role-is-a-user": "You may think that a role is a user with another name. A "
        "user is for one person and has keys; a role is put on by whoever it trusts.",
        "order-of-lines": "You may think that the order doesn't matter as long as all "
        "lines are there. A line can use only what a line above it has made.",
        "trust-is-enough": "You may think that who may put it on may also do "
        "something. Without a permission policy, the wearer can do nothing.",
        "action-star": "You may think that a star saves trouble. A function that may "
        "do everything does everything, for whoever gets into it.",
        "client-of-another-cloud": "You may think that any client will do. The "
        "function is given a cloud to build in, and it may be another account than "
        "yours.",
        "print-is-return": "You may think that what a function prints is its answer. "
        "Its answer is what it returns.",
    },
)
def role_for_lambda(probe: Probe, role_for_lambda: Work, *, variation: bool) -> None:
    """Your role can be put on by Lambda alone, and may write logs and nothing else."""
    name = probe.name("logger")
    with _removed(probe, name):
        arn = _made(probe, role_for_lambda, name, variation=variation)
        _taken_by_lambda(probe, name, arn)
        _not_by_people(probe, name, arn)
        _writes_logs(probe, name, function=probe.name("page"))


@contextlib.contextmanager
def _removed(probe: Probe, name: str) -> Iterator[None]:
    """What has the name afterwards is removed: the role, or a user."""
    iam = probe.client("iam")
    try:
        yield
    finally:
        with contextlib.suppress(iam.exceptions.NoSuchEntityException):
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                iam.delete_role_policy(RoleName=name, PolicyName=policy)
            attached = iam.list_attached_role_policies(RoleName=name)
            for managed in attached["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=name, PolicyArn=managed["PolicyArn"])
            iam.delete_role(RoleName=name)
        with contextlib.suppress(iam.exceptions.NoSuchEntityException):
            iam.delete_user(UserName=name)


def _made(probe: Probe, work: Work, name: str, *, variation: bool) -> str:
    try:
        arn = work(probe.cloud_argument(), name)
    except Raised as fault:
        raise _told(fault) from None
    iam = probe.client("iam")
    try:
        made = str(iam.get_role(RoleName=name)["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        users = [user["UserName"] for user in iam.list_users()["Users"]]
        raise Failed(
            f"I called your role_for_lambda for the role {name}; there is no such role "
            "in the account that I gave it.",
            expected=f"a role named {name}",
            observed=f"a user named {name}" if name in users else "none",
            look="which line makes the role, and in which cloud",
            misconception="role-is-a-user"
            if name in users
            else "client-of-another-cloud"
            if variation
            else None,
        ) from None
    if arn != made:
        raise Failed(
            f"I called your role_for_lambda for the role {name}; it returned something "
            "else than the role's ARN.",
            expected=made,
            observed=quoted(arn),
            look="the last line of the function",
            misconception="print-is-return" if arn is None else None,
        )
    return made


def _told(fault: Raised) -> Failed:
    said = fault.message.partition("raised ")[2]
    if "MalformedPolicyDocument" in said:
        return Failed(
            "I called your role_for_lambda; IAM refused a document.",
            expected="a trust policy in create_role, a permission policy in "
            "put_role_policy",
            observed=said,
            look="which of the two documents went where",
            misconception="trust-is-permission",
        )
    if fault.kind in ("UnboundLocalError", "NameError") or "NoSuchEntity" in said:
        return Failed(
            "I called your role_for_lambda; a line used what wasn't there yet.",
            expected="each thing is made before it is used",
            observed=said,
            look="the name in that sentence: which line makes it, and which uses it?",
            misconception="order-of-lines",
        )
    return fault


def _taken_by_lambda(probe: Probe, name: str, arn: str) -> None:
    functions, function = probe.client("lambda"), probe.name("page")
    try:
        functions.create_function(
            FunctionName=function,
            Runtime=aws_lambda.DEFAULT_PYTHON_RUNTIME.value,
            Handler="page.answer",
            Role=arn,
            Code={"ZipFile": _archive()},
        )
    except ClientError as refusal:
        if "cannot be assumed by Lambda" not in str(refusal):
            raise
        trust = probe.client("iam").get_role(RoleName=name)["Role"]
        named = json.dumps(trust["AssumeRolePolicyDocument"])
        raise Failed(
            "I asked Lambda to take your role for a function; Lambda refused.",
            expected="a trust policy that names lambda.amazonaws.com",
            observed=f"{refusal}\nIts trust policy: {named}",
            look="the Principal of the trust policy",
            misconception="wrong-service"
            if "amazonaws.com" in named
            else "trust-names-people",
        ) from None
    functions.delete_function(FunctionName=function)


def _archive() -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("page.py", "def answer(event, context): return 1")
    return memory.getvalue()


def _not_by_people(probe: Probe, name: str, arn: str) -> None:
    every_right = document(statement("Allow", "*", "*"))
    with person(probe, "curious", {"everything": every_right}) as somebody:
        sts = somebody.client("sts")
        refused = denial(
            lambda: sts.assume_role(RoleArn=arn, RoleSessionName="curious")
        )
    if refused is None:
        trust = probe.client("iam").get_role(RoleName=name)["Role"]
        raise Failed(
            "A user of the account, with every right, tried to put your role on: it "
            "was allowed.",
            expected="AccessDenied: the trust policy names Lambda alone",
            observed=f"Its trust policy: {quoted(trust['AssumeRolePolicyDocument'])}",
            look="the Principal of the trust policy",
            misconception="trust-names-people",
        )


def _writes_logs(probe: Probe, name: str, *, function: str) -> None:
    wearer = probe.as_role(name)
    logs, group = wearer.client("logs"), f"/aws/lambda/{function}"
    stream = {"logGroupName": group, "logStreamName": "first"}
    event = {"timestamp": int(probe.clock.now().timestamp() * 1000), "message": "hello"}
    steps: dict[str, Any] = {
        "make a log group": lambda: logs.create_log_group(logGroupName=group),
        "make a log stream": lambda: logs.create_log_stream(**stream),
        "write a line": lambda: logs.put_log_events(**stream, logEvents=[event]),
    }
    try:
        for story, step in steps.items():
            if refused := denial(step):
                raise Failed(
                    f"The wearer of your role tried to {story}: refused.",
                    expected="it may",
                    observed=refused,
                    look="the permission policy of the role: is there one, and does it "
                    "name this action and this resource?",
                    misconception="trust-is-enough",
                )
    finally:
        ours = probe.client("logs")
        with contextlib.suppress(ours.exceptions.ResourceNotFoundException):
            ours.delete_log_group(logGroupName=group)
    if denial(lambda: wearer.client("s3").list_buckets()) is None:
        raise Failed(
            "The wearer of your role tried to look into buckets: it was allowed.",
            expected="AccessDenied: it may write logs, and nothing else",
            observed="no refusal",
            look="the actions of the permission policy",
            misconception="action-star",
        )
