"""safe-reception and safe-owner: who may do what with the safe, tried by people.

Each role is put on as people do it, by AssumeRole, and then does what the task's table
says: eight things, and some more that nobody gave it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from grader.checks.exercise import Failed, Work, exercise
from grader.checks.phase1_safe import MISCONCEPTIONS, Safe, build, not_there
from grader.checks.probe import Probe
from grader.lab import tables

EMAIL = "ada@example.com"
AT = "2026-05-04T10:15:00Z"
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")

_ROLES = {
    **MISCONCEPTIONS,
    "trust-everybody": "You may think that the trust policy is a formality. It says "
    "who may put the role on, and a star there lets in people of any account.",
    "trust-a-service": "You may think that every role is for a service. This one is "
    "for people of the account, so its trust policy names the account.",
    "trust-nobody": "You may think that permissions make a role usable. Somebody has "
    "to be allowed to put it on, and that stands in its trust policy.",
    "too-little": "You may think that what isn't forbidden is allowed. Nothing is "
    "allowed until a policy says so.",
    "too-much": "You may think that a little more does no harm. What a role may do is "
    "what somebody can do who steals its keys.",
    "bucket-and-objects": "You may think that a bucket's ARN stands for what is in it. "
    "Objects have ARNs of their own: the bucket's, a slash, and the key.",
    "everything-of-a-kind": "You may think that naming the action is enough. With a "
    "star as Resource, it is allowed on every table and bucket, also on tomorrow's.",
}


@dataclass(frozen=True)
class _Cell:
    """One thing that somebody tries."""

    story: str
    reception: bool
    owner: bool
    attempt: Callable[[Any], object]
    """Takes a function from a service's name to a client of whoever tries."""
    on: str = "safe"
    """`safe`, or `other`: a neighbour's table or bucket."""


def _cells(safe: Safe, old_version: str, table: str, bucket: str) -> list[_Cell]:
    """The sixteen cells of the task's table, and what nobody may do at all."""
    key = {"email": {"S": EMAIL}, "at": {"S": AT}}
    new = {"email": {"S": EMAIL}, "at": {"S": "2026-05-05T08:00:00Z"}}
    mine = {"TableName": safe.enquiries}
    photo = {"Bucket": safe.bucket, "Key": "wedding/ring.jpg"}
    query = {
        "KeyConditionExpression": "email = :email",
        "ExpressionAttributeValues": {":email": {"S": EMAIL}},
    }
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    return [
        _Cell(
            "read one enquiry (GetItem)",
            True,
            True,
            lambda of: of("dynamodb").get_item(**mine, Key=key),
        ),
        _Cell(
            "find a customer's enquiries (Query)",
            True,
            True,
            lambda of: of("dynamodb").query(**mine, **query),
        ),
        _Cell(
            "add an enquiry (PutItem)",
            True,
            True,
            lambda of: of("dynamodb").put_item(**mine, Item=new),
        ),
        _Cell(
            "delete an enquiry (DeleteItem)",
            False,
            True,
            lambda of: of("dynamodb").delete_item(**mine, Key=new),
        ),
        _Cell(
            "read a photo (GetObject)",
            False,
            True,
            lambda of: of("s3").get_object(**photo),
        ),
        _Cell(
            "store a photo (PutObject)",
            False,
            True,
            lambda of: of("s3").put_object(
                Bucket=safe.bucket, Key="wedding/cake.jpg", Body=b"cake"
            ),
        ),
        _Cell(
            "destroy an old version (DeleteObjectVersion)",
            False,
            False,
            lambda of: of("s3").delete_object(**photo, VersionId=old_version),
        ),
        _Cell(
            "change the reception's permissions (PutRolePolicy)",
            False,
            False,
            lambda of: of("iam").put_role_policy(
                RoleName=safe.reception, PolicyName="mine", PolicyDocument=policy
            ),
        ),
        _Cell(
            "read all enquiries (Scan)",
            False,
            False,
            lambda of: of("dynamodb").scan(**mine),
        ),
        _Cell(
            "read an item of another table (GetItem)",
            False,
            False,
            lambda of: of("dynamodb").get_item(TableName=table, Key=key),
            on="other",
        ),
        _Cell(
            "read an object of another bucket (GetObject)",
            False,
            False,
            lambda of: of("s3").get_object(Bucket=bucket, Key="diary.txt"),
            on="other",
        ),
        _Cell(
            "delete a photo (DeleteObject)",
            False,
            False,
            lambda of: of("s3").delete_object(Bucket=safe.bucket, Key="wedding/x.jpg"),
        ),
    ]


@exercise("safe-reception", capstone=True, misconceptions=_ROLES)
def safe_reception(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """The reception reads and adds enquiries, and can do nothing else."""
    _tried(build(probe, deploy, variation=variation), "reception")


@exercise("safe-owner", capstone=True, misconceptions=_ROLES)
def safe_owner(probe: Probe, deploy: Work, *, variation: bool) -> None:
    """The owner works with enquiries and photos, and can't destroy what is kept."""
    _tried(build(probe, deploy, variation=variation), "owner")


def _tried(safe: Safe, who: str) -> None:
    name = safe.reception if who == "reception" else safe.owner
    role = _role(safe.probe, name, who)
    old = _furnish(safe)
    table, bucket = _neighbours(safe.probe)
    person = _put_on(safe.probe, role, name)
    _outsider(safe.probe, role, name)
    wrong = [
        (cell, may)
        for cell in _cells(safe, old, table, bucket)
        if (may := _may(cell, person)) is not getattr(cell, who)
    ]
    if wrong:
        raise _named(who, wrong)


def _role(probe: Probe, name: str, who: str) -> str:
    iam = probe.client("iam")
    try:
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        raise not_there(f"the role of the {who}", name) from None


def _furnish(safe: Safe) -> str:
    """Put an enquiry and a photo into the safe; answers with an old version's id."""
    with _parts_there(safe):
        safe.probe.client("dynamodb").put_item(
            TableName=safe.enquiries, Item={"email": {"S": EMAIL}, "at": {"S": AT}}
        )
        s3 = safe.probe.client("s3")
        first, _ = (
            s3.put_object(Bucket=safe.bucket, Key="wedding/ring.jpg", Body=content)
            for content in (b"ring", b"ring, sharper")
        )
    return str(first.get("VersionId", "null"))


@contextlib.contextmanager
def _parts_there(safe: Safe) -> Iterator[None]:
    try:
        yield
    except ClientError as refusal:
        code = refusal.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            raise not_there("the table of enquiries", safe.enquiries) from None
        if code in ("NoSuchBucket", "AccessDenied", "PermanentRedirect"):
            raise not_there("the bucket", safe.bucket) from None
        if code != "ValidationException":
            raise
        raise Failed(
            "I put an item with the keys email and at, both texts, into the table of "
            f"enquiries; DynamoDB said: {refusal}",
            expected="a partition key email and a sort key at, both of type S",
            look="KeySchema and AttributeDefinitions in create_table",
        ) from None


def _neighbours(probe: Probe) -> tuple[str, str]:
    """A table with the same keys and a bucket that aren't the safe's."""
    name = probe.name("next-door")
    probe.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": "S"} for key in ("email", "at")
        ],
        KeySchema=[
            {"AttributeName": "email", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    place: dict[str, Any] = {}
    if probe.region != "us-east-1":
        place = {"CreateBucketConfiguration": {"LocationConstraint": probe.region}}
    s3 = probe.client("s3")
    s3.create_bucket(Bucket=name, **place)
    s3.put_object(Bucket=name, Key="diary.txt", Body=b"private")
    return name, name


def _put_on(probe: Probe, role: str, name: str) -> Callable[[str], Any]:
    """Be a person of the account who may put roles on, and put this one on."""
    iam = probe.client("iam")
    user = probe.name("person")
    iam.create_user(UserName=user)
    may = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}
    iam.put_user_policy(
        UserName=user,
        PolicyName="roles",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [may]}),
    )
    try:
        given = (
            probe.as_user(user)
            .client("sts")
            .assume_role(RoleArn=role, RoleSessionName="person")["Credentials"]
        )
    except ClientError as refusal:
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        services = "amazonaws.com" in json.dumps(trust)
        raise Failed(
            f"A person of the account, who may put on the role {name}, tried to; AWS "
            f"said: {refusal}",
            expected="temporary credentials of the role",
            observed=json.dumps(trust),
            look="the role's trust policy: whom does it name?",
            misconception="trust-a-service" if services else "trust-nobody",
        ) from None
    return probe.with_credentials(given).client


def _outsider(probe: Probe, role: str, name: str) -> None:
    """Somebody of another account must not be able to put the role on."""
    stranger = probe.fresh(probe.region)
    with contextlib.suppress(ClientError):
        stranger.client("sts").assume_role(RoleArn=role, RoleSessionName="stranger")
        raise Failed(
            f"Somebody of another account put on the role {name}.",
            expected="AccessDenied",
            observed="temporary credentials of the role",
            look="Principal in the role's trust policy",
            misconception="trust-everybody",
        )


def _may(cell: _Cell, person: Callable[[str], Any]) -> bool:
    try:
        cell.attempt(person)
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] in DENIED:
            return False
        raise
    return True


def _named(who: str, wrong: list[tuple[_Cell, bool]]) -> Failed:
    cell, may = wrong[0]
    rows = [
        [one.story, "yes" if getattr(one, who) else "no", "yes" if able else "no"]
        for one, able in wrong
    ]
    return Failed(
        f"Somebody put on the role of the {who} and tried to {cell.story}: "
        + ("it worked." if may else "AWS said no."),
        expected="what the task's table says",
        observed="\n"
        + tables.as_text((f"the {who} tried to", "should", "could"), rows),
        look="the policies of the role: the Action of each statement, and the Resource",
        misconception=_reason(cell, may, wrong),
    )


def _reason(cell: _Cell, may: bool, wrong: list[tuple[_Cell, bool]]) -> str:
    if any(one.on == "other" and able for one, able in wrong):
        return "everything-of-a-kind"
    if may:
        return "too-much"
    return "bucket-and-objects" if "photo" in cell.story else "too-little"
