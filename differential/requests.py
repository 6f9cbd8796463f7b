"""Random requests: who does what on what, with which condition keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

HERE, THERE = "111122223333", "444455556666"


@dataclass(frozen=True)
class Asked:
    """A request; `kind` is that of the policy which the resource can have."""

    principal: dict[str, Any]
    action: str
    resource: str
    owner: str
    context: dict[str, str | list[str]]
    kind: str


def _principal(
    kind: str, arn: str, account: str, role_arn: str | None = None
) -> dict[str, Any]:
    return {"kind": kind, "arn": arn, "account": account, "role_arn": role_arn}


PRINCIPALS = [
    _principal("user", f"arn:aws:iam::{HERE}:user/ana", HERE),
    _principal("user", f"arn:aws:iam::{HERE}:user/team/bea", HERE),
    _principal(
        "assumed-role",
        f"arn:aws:sts::{HERE}:assumed-role/desk/morning",
        HERE,
        f"arn:aws:iam::{HERE}:role/desk",
    ),
    _principal("federated-user", f"arn:aws:sts::{HERE}:federated-user/ana", HERE),
    _principal("root", f"arn:aws:iam::{HERE}:root", HERE),
    _principal("service", "lambda.amazonaws.com", ""),
    _principal("service", "events.amazonaws.com", ""),
    _principal("anonymous", "*", ""),
]
_TARGETS = [
    ("s3:GetObject", "arn:aws:s3:::studio/inbox/photo.jpg", "resource"),
    ("s3:PutObject", "arn:aws:s3:::studio/home/ana/a:b.txt", "resource"),
    ("s3:ListBucket", "arn:aws:s3:::studio", "resource"),
    (
        "dynamodb:GetItem",
        "arn:aws:dynamodb:eu-west-1:{owner}:table/blue-enquiries",
        "resource",
    ),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:{owner}:orders", "resource"),
    (
        "lambda:InvokeFunction",
        "arn:aws:lambda:eu-west-1:{owner}:function:hello:live",
        "resource",
    ),
    (
        "logs:PutLogEvents",
        "arn:aws:logs:eu-west-1:{owner}:log-group:/aws/lambda/hello:log-stream:x",
        "resource",
    ),
    ("sts:AssumeRole", "arn:aws:iam::{owner}:role/desk", "trust"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:{owner}:key/0f5b-22", "key"),
]

SINGLE_VALUES: dict[str, list[str]] = {
    "aws:username": ["ana", "ana", "bea", "*", "a?a"],
    "aws:userid": ["AIDAEXAMPLE", "AROAEXAMPLE:morning"],
    "aws:PrincipalTag/team": ["blue", "Blue", "red", "", "b*"],
    "aws:ResourceTag/team": ["blue", "red"],
    "aws:RequestedRegion": ["eu-west-1", "us-east-1"],
    "s3:prefix": ["inbox/", "home/ana/", ""],
    "aws:PrincipalArn": [one["arn"] for one in PRINCIPALS if ":" in one["arn"]]
    + [f"arn:aws:iam::{HERE}:role/desk"],
    "aws:SourceArn": [
        "arn:aws:s3:::studio",
        f"arn:aws:events:eu-west-1:{HERE}:rule/nightly",
        "arn:aws:some:us-east-2:999999999999:store/abc:111122223333:finance/x",
    ],
    "aws:SourceAccount": [HERE, THERE],
    "s3:max-keys": ["1", "10", "10.0", "-5", "2.5", "007"],
    "aws:MultiFactorAuthAge": ["300", "3600"],
    "aws:CurrentTime": [
        "2026-03-01T00:00:00Z",
        "2026-03-01T01:00:00+01:00",
        "2026-07-01",
        "2026-07-01T12:30:15.250Z",
    ],
    "aws:EpochTime": ["1772323200", "1782864000"],
    "aws:TokenIssueTime": ["2026-02-28T23:00:00Z"],
    "aws:SecureTransport": ["true", "false"],
    "aws:MultiFactorAuthPresent": ["true", "false"],
    "aws:SourceIp": ["203.0.113.7", "203.0.114.9", "2001:db8::17", "2001:db8:1::1"],
    "aws:PrincipalTag/digest": ["QmluYXJ5", "T3RoZXI="],
}
MULTIPLE_VALUES: dict[str, list[str]] = {
    "aws:TagKeys": ["team", "stage", "Team"],
    "dynamodb:LeadingKeys": ["ana", "bea"],
}


@st.composite
def requests(draw: st.DrawFn) -> Asked:
    """A request on a resource of this account, seldom of another."""
    principal = draw(st.sampled_from(PRINCIPALS))
    action, resource, kind = draw(st.sampled_from(_TARGETS))
    owner = draw(st.sampled_from([HERE, HERE, HERE, THERE]))
    context: dict[str, str | list[str]] = {}
    service = action.partition(":")[0]
    known = [key for key in SINGLE_VALUES if key.startswith(("aws:", service))]
    for key in draw(st.lists(st.sampled_from(known), max_size=8)):
        context[key] = draw(st.sampled_from(SINGLE_VALUES[key]))
    known = [key for key in MULTIPLE_VALUES if key.startswith(("aws:", service))]
    for key in draw(st.lists(st.sampled_from(known), max_size=2)):
        values = st.lists(
            st.sampled_from(MULTIPLE_VALUES[key]), max_size=3, unique=True
        )
        context[key] = draw(values)
    return Asked(principal, action, resource.format(owner=owner), owner, context, kind)
