"""The order in which policies decide, each case a rule of AWS's documentation.

The pages are below https://docs.aws.amazon.com/IAM/latest/UserGuide/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from grader.cloud.access.documents import Policies
from grader.cloud.access.evaluation import Reason, evaluate
from grader.cloud.access.request import Principal, Request
from tests.cloud.access.cases import (
    ACCOUNT,
    ADMINISTRATOR,
    ANONYMOUS,
    FEDERATED,
    LAMBDA,
    OTHER_ACCOUNT,
    PUT,
    ROLE,
    ROOT,
    SESSION,
    STRANGER,
    USER,
    allow,
    deny,
    named,
    policies,
    request,
)

LOGIC = "reference_policies_evaluation-logic"
ACCOUNT_LOGIC = "reference_policies_evaluation-logic_policy-eval-denyallow"
CROSS = "reference_policies_evaluation-logic-cross-account"
PRINCIPAL = "reference_policies_elements_principal"
NOT_PRINCIPAL = "reference_policies_elements_notprincipal"
BOUNDARIES = "access_policies_boundaries"
SESSIONS = "access_policies#policies_session"
TRUST = "id_roles_compare-resource-policies"

ASSUME = allow("sts:AssumeRole", ROLE)
DECRYPT = allow("kms:Decrypt", "*")


def trusting(principal: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}


def assuming(principal: Principal) -> Request:
    return request(principal, "sts:AssumeRole", ROLE)


def decrypting(principal: Principal) -> Request:
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/0f5b"
    return request(principal, "kms:Decrypt", key)


def from_outside(principal: Principal) -> Request:
    return request(principal, owner=OTHER_ACCOUNT)


@dataclass(frozen=True)
class Case:
    """A rule, the page that states it, and a request that it decides."""

    rule: str
    page: str
    request: Request
    policies: Policies
    expected: Reason


RULES = [
    Case(
        "by default all requests are implicitly denied",
        ACCOUNT_LOGIC,
        request(),
        policies(),
        Reason.NO_IDENTITY,
    ),
    Case(
        "an allow in an identity-based policy overrides the default",
        ACCOUNT_LOGIC,
        request(),
        policies(allow()),
        Reason.ALLOWED,
    ),
    Case(
        "a deny in an identity-based policy overrides its allows, whatever the order",
        ACCOUNT_LOGIC,
        request(),
        policies(allow(), deny(), allow("*", "*")),
        Reason.DENIED_BY_IDENTITY,
    ),
    Case(
        "a deny in an identity-based policy overrides the resource's allow",
        ACCOUNT_LOGIC,
        request(),
        policies(deny(), resource=[named(allow(), USER.arn)]),
        Reason.DENIED_BY_IDENTITY,
    ),
    Case(
        "a deny in a resource-based policy overrides any allow",
        ACCOUNT_LOGIC,
        request(),
        policies(allow(), resource=[named(deny(), USER.arn)]),
        Reason.DENIED_BY_RESOURCE,
    ),
    Case(
        "a deny in a permissions boundary overrides any allow",
        BOUNDARIES,
        request(),
        policies(allow(), boundary=[allow("*", "*"), deny()]),
        Reason.DENIED_BY_BOUNDARY,
    ),
    Case(
        "a deny in a session policy overrides any allow",
        SESSIONS,
        request(SESSION),
        policies(allow(), session=[allow("*", "*"), deny()]),
        Reason.DENIED_BY_SESSION,
    ),
    Case(
        "a deny counts only for what it matches",
        LOGIC,
        request(),
        policies(allow(), deny(PUT)),
        Reason.ALLOWED,
    ),
    Case(
        "the root user has full access",
        ACCOUNT_LOGIC,
        request(ROOT),
        policies(),
        Reason.ADMINISTRATOR,
    ),
    Case(
        "a deny in a resource-based policy holds for the root user",
        ACCOUNT_LOGIC,
        request(ROOT),
        policies(resource=[{**deny(), "Principal": "*"}]),
        Reason.DENIED_BY_RESOURCE,
    ),
    Case(
        "the lab's administrator is held to no identity policy",
        ACCOUNT_LOGIC,
        request(ADMINISTRATOR),
        policies(deny("*", "*")),
        Reason.ADMINISTRATOR,
    ),
    Case(
        "a deny in a resource-based policy holds for the lab's administrator",
        ACCOUNT_LOGIC,
        request(ADMINISTRATOR),
        policies(resource=[{**deny(), "Principal": "*"}]),
        Reason.DENIED_BY_RESOURCE,
    ),
    # Resource-based policies within the account.
    Case(
        "a resource-based policy that names the user is enough by itself",
        ACCOUNT_LOGIC,
        request(),
        policies(resource=[named(allow(), USER.arn)]),
        Reason.ALLOWED,
    ),
    Case(
        "what is granted to a user's ARN isn't limited by a permissions boundary",
        BOUNDARIES,
        request(),
        policies(boundary=[allow(PUT)], resource=[named(allow(), USER.arn)]),
        Reason.ALLOWED,
    ),
    Case(
        "what is granted to a session's ARN isn't limited by an implicit deny",
        ACCOUNT_LOGIC,
        request(SESSION),
        policies(
            boundary=[allow(PUT)],
            session=[allow(PUT)],
            resource=[named(allow(), SESSION.arn)],
        ),
        Reason.ALLOWED,
    ),
    Case(
        "what is granted to a role's ARN needs no identity-based policy",
        ACCOUNT_LOGIC,
        request(SESSION),
        policies(resource=[named(allow(), ROLE)]),
        Reason.ALLOWED,
    ),
    Case(
        "what is granted to a role's ARN is limited by its permissions boundary",
        ACCOUNT_LOGIC,
        request(SESSION),
        policies(boundary=[allow(PUT)], resource=[named(allow(), ROLE)]),
        Reason.NO_BOUNDARY,
    ),
    Case(
        "what is granted to a role's ARN is limited by the session policy",
        ACCOUNT_LOGIC,
        request(SESSION),
        policies(session=[allow(PUT)], resource=[named(allow(), ROLE)]),
        Reason.NO_SESSION,
    ),
    Case(
        "a wildcard with aws:PrincipalArn isn't limited by boundary or session policy",
        PRINCIPAL,
        request(SESSION, context={"aws:principalarn": ROLE}),
        policies(
            boundary=[allow(PUT)],
            session=[allow(PUT)],
            resource=[
                {
                    **allow(Condition={"ArnEquals": {"aws:PrincipalArn": ROLE}}),
                    "Principal": "*",
                }
            ],
        ),
        Reason.ALLOWED,
    ),
    Case(
        "what is granted to a federated session's ARN isn't limited",
        ACCOUNT_LOGIC,
        request(FEDERATED),
        policies(session=[allow(PUT)], resource=[named(allow(), FEDERATED.arn)]),
        Reason.ALLOWED,
    ),
    Case(
        "the most direct of several allows counts",
        ACCOUNT_LOGIC,
        request(SESSION),
        policies(
            session=[allow(PUT)],
            resource=[named(allow(), ACCOUNT, ROLE), named(allow(), SESSION.arn)],
        ),
        Reason.ALLOWED,
    ),
    Case(
        "an account as the principal delegates: the user's policies decide",
        PRINCIPAL,
        request(),
        policies(resource=[named(allow(), ACCOUNT)]),
        Reason.NO_IDENTITY,
    ),
    Case(
        "an account's ARN means the same as its id",
        PRINCIPAL,
        request(),
        policies(allow(PUT), resource=[named(allow(), ROOT.arn)]),
        Reason.NO_IDENTITY,
    ),
    Case(
        "everybody as the principal needs no other permission within the account",
        PRINCIPAL,
        request(),
        policies(resource=[{**allow(), "Principal": "*"}]),
        Reason.ALLOWED,
    ),
    Case(
        "a resource-based policy that names somebody else grants nothing",
        PRINCIPAL,
        request(),
        policies(resource=[named(allow(), f"{USER.arn}sta")]),
        Reason.NO_IDENTITY,
    ),
    Case(
        "a wildcard can't match a part of a principal's ARN",
        PRINCIPAL,
        request(),
        policies(resource=[named(allow(), f"arn:aws:iam::{ACCOUNT}:user/*")]),
        Reason.NO_IDENTITY,
    ),
    # Boundaries and session policies.
    Case(
        "a permissions boundary grants nothing by itself",
        BOUNDARIES,
        request(),
        policies(boundary=[allow("*", "*")]),
        Reason.NO_IDENTITY,
    ),
    Case(
        "identity-based policy and permissions boundary both have to allow",
        BOUNDARIES,
        request(),
        policies(allow(), boundary=[allow(PUT)]),
        Reason.NO_BOUNDARY,
    ),
    Case(
        "identity-based policy, boundary and session policy that allow are enough",
        BOUNDARIES,
        request(SESSION),
        policies(allow(), boundary=[allow("s3:*")], session=[allow("*", "*")]),
        Reason.ALLOWED,
    ),
    Case(
        "a session's permissions are the intersection with its session policy",
        SESSIONS,
        request(SESSION),
        policies(allow(), session=[allow(PUT)]),
        Reason.NO_SESSION,
    ),
    Case(
        "a role session without a session policy has the role's permissions",
        ACCOUNT_LOGIC,
        request(SESSION),
        policies(allow()),
        Reason.ALLOWED,
    ),
    Case(
        "a federated session without a session policy has no permissions",
        ACCOUNT_LOGIC,
        request(FEDERATED),
        policies(allow()),
        Reason.NO_SESSION,
    ),
    # Cross-account.
    Case(
        "cross-account, the resource's policy alone isn't enough",
        CROSS,
        from_outside(USER),
        policies(resource=[named(allow(), USER.arn)]),
        Reason.NO_IDENTITY,
    ),
    Case(
        "cross-account, the identity's policy alone isn't enough",
        CROSS,
        from_outside(USER),
        policies(allow()),
        Reason.NO_RESOURCE,
    ),
    Case(
        "cross-account, both sides together are enough",
        CROSS,
        from_outside(USER),
        policies(allow(), resource=[named(allow(), USER.arn)]),
        Reason.ALLOWED,
    ),
    Case(
        "cross-account, naming the account is enough on the resource's side",
        CROSS,
        from_outside(USER),
        policies(allow(), resource=[named(allow(), ACCOUNT)]),
        Reason.ALLOWED,
    ),
    Case(
        "cross-account, everybody still needs permission in the own account",
        PRINCIPAL,
        from_outside(USER),
        policies(resource=[{**allow(), "Principal": "*"}]),
        Reason.NO_IDENTITY,
    ),
    Case(
        "cross-account, a session's ARN doesn't lift its session policy",
        CROSS,
        from_outside(SESSION),
        policies(allow(), session=[allow(PUT)], resource=[named(allow(), SESSION.arn)]),
        Reason.NO_SESSION,
    ),
    Case(
        "cross-account, a permissions boundary limits",
        CROSS,
        from_outside(USER),
        policies(allow(), boundary=[allow(PUT)], resource=[named(allow(), USER.arn)]),
        Reason.NO_BOUNDARY,
    ),
    Case(
        "cross-account, the administrator needs the resource's policy",
        CROSS,
        from_outside(ADMINISTRATOR),
        policies(),
        Reason.NO_RESOURCE,
    ),
    Case(
        "cross-account, the administrator's own side is always allowed",
        CROSS,
        from_outside(ADMINISTRATOR),
        policies(resource=[named(allow(), ACCOUNT)]),
        Reason.ADMINISTRATOR,
    ),
    Case(
        "cross-account, an explicit deny on either side is final",
        CROSS,
        from_outside(USER),
        policies(allow(), resource=[named(allow("s3:*"), ACCOUNT), named(deny(), "*")]),
        Reason.DENIED_BY_RESOURCE,
    ),
    # Services and the anonymous.
    Case(
        "a service needs a resource-based policy that names it",
        PRINCIPAL,
        request(LAMBDA),
        policies(resource=[{**allow(), "Principal": {"Service": LAMBDA.arn}}]),
        Reason.ALLOWED,
    ),
    Case(
        "a service that isn't named may nothing",
        PRINCIPAL,
        request(LAMBDA),
        policies(
            resource=[{**allow(), "Principal": {"Service": "events.amazonaws.com"}}]
        ),
        Reason.NO_RESOURCE,
    ),
    Case(
        "a service isn't any account's",
        PRINCIPAL,
        request(LAMBDA),
        policies(resource=[named(allow(), ACCOUNT)]),
        Reason.NO_RESOURCE,
    ),
    Case(
        "everybody includes the anonymous",
        PRINCIPAL,
        request(ANONYMOUS),
        policies(resource=[{**allow(), "Principal": {"AWS": "*"}}]),
        Reason.ALLOWED,
    ),
    Case(
        "the anonymous may nothing else",
        PRINCIPAL,
        request(ANONYMOUS),
        policies(resource=[named(allow(), ACCOUNT)]),
        Reason.NO_RESOURCE,
    ),
    # NotPrincipal.
    Case(
        "NotPrincipal with Deny denies everybody but the named",
        NOT_PRINCIPAL,
        request(),
        policies(
            allow(),
            resource=[{**deny(), "NotPrincipal": {"AWS": [STRANGER.arn]}}],
        ),
        Reason.DENIED_BY_RESOURCE,
    ),
    Case(
        "NotPrincipal spares a user named together with the account",
        NOT_PRINCIPAL,
        request(),
        policies(
            allow(),
            resource=[{**deny(), "NotPrincipal": {"AWS": [USER.arn, ROOT.arn]}}],
        ),
        Reason.ALLOWED,
    ),
    Case(
        "NotPrincipal spares a session named together with its role and the account",
        NOT_PRINCIPAL,
        request(SESSION),
        policies(
            allow(),
            resource=[
                {**deny(), "NotPrincipal": {"AWS": [SESSION.arn, ROLE, ROOT.arn]}}
            ],
        ),
        Reason.ALLOWED,
    ),
    Case(
        "NotPrincipal with Allow grants everybody else",
        NOT_PRINCIPAL,
        request(),
        policies(resource=[{**allow(), "NotPrincipal": {"AWS": [STRANGER.arn]}}]),
        Reason.ALLOWED,
    ),
    # Trust policies and key policies.
    Case(
        "a role's trust policy has to allow, whatever the user's policies say",
        TRUST,
        assuming(USER),
        policies(ASSUME, trust=[trusting({"Service": LAMBDA.arn})]),
        Reason.NO_TRUST,
    ),
    Case(
        "a role's trust policy has to allow the administrator too",
        TRUST,
        assuming(ADMINISTRATOR),
        policies(trust=[trusting({"Service": LAMBDA.arn})]),
        Reason.NO_TRUST,
    ),
    Case(
        "trust in the account lets the user's policies decide",
        TRUST,
        assuming(USER),
        policies(trust=[trusting({"AWS": ROOT.arn})]),
        Reason.NO_IDENTITY,
    ),
    Case(
        "trust in the account and the user's permission are enough",
        TRUST,
        assuming(USER),
        policies(ASSUME, trust=[trusting({"AWS": ROOT.arn})]),
        Reason.ALLOWED,
    ),
    Case(
        "trust in the account is enough for its administrator",
        TRUST,
        assuming(ADMINISTRATOR),
        policies(trust=[trusting({"AWS": ROOT.arn})]),
        Reason.ADMINISTRATOR,
    ),
    Case(
        "trust in a user of the account is enough by itself",
        TRUST,
        assuming(USER),
        policies(trust=[trusting({"AWS": USER.arn})]),
        Reason.ALLOWED,
    ),
    Case(
        "trust in a service lets it assume the role",
        TRUST,
        assuming(LAMBDA),
        policies(trust=[trusting({"Service": LAMBDA.arn})]),
        Reason.ALLOWED,
    ),
    Case(
        "a deny in the trust policy is final",
        TRUST,
        assuming(ADMINISTRATOR),
        policies(
            trust=[
                trusting({"AWS": ROOT.arn}),
                {**trusting({"AWS": ADMINISTRATOR.arn}), "Effect": "Deny"},
            ]
        ),
        Reason.DENIED_BY_TRUST,
    ),
    Case(
        "a role doesn't trust its own sessions by itself",
        TRUST,
        assuming(SESSION),
        policies(ASSUME, trust=[trusting({"AWS": USER.arn})]),
        Reason.NO_TRUST,
    ),
    Case(
        "a KMS key's policy has to allow, whatever the user's policies say",
        ACCOUNT_LOGIC,
        decrypting(USER),
        policies(DECRYPT, key=[named(DECRYPT, ROLE)]),
        Reason.NO_RESOURCE,
    ),
    Case(
        "a KMS key's policy for the account lets the user's policies decide",
        ACCOUNT_LOGIC,
        decrypting(USER),
        policies(DECRYPT, key=[named(DECRYPT, ROOT.arn)]),
        Reason.ALLOWED,
    ),
]


@pytest.mark.parametrize("case", RULES, ids=lambda case: case.rule)
def test_a_rule_of_the_documentation_decides(case: Case) -> None:
    """The request comes to what the rule says, for the reason it says."""
    decision = evaluate(case.request, case.policies)
    assert decision.reason is case.expected, case.page


def test_the_deciding_statement_is_named_by_its_place() -> None:
    """Position from 0, Sid, and the policy."""
    all_policies = policies(allow(PUT), deny(Sid="NoReading"))
    source = evaluate(request(), all_policies).source
    assert source is not None
    assert (source.index, source.sid) == (1, "NoReading")
    assert source.policy is all_policies.identity[0]


def test_an_implicit_deny_has_no_deciding_statement() -> None:
    """Nothing matched, so nothing decided."""
    assert evaluate(request(), policies(allow(PUT))).source is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (policies(), "because no identity-based policy allows the s3:GetObject action"),
        (policies(deny()), "with an explicit deny in an identity-based policy"),
        (
            policies(allow(), boundary=[allow(PUT)]),
            "because no permissions boundary allows the s3:GetObject action",
        ),
    ],
)
def test_a_denial_says_why_in_the_words_of_aws(given: Policies, words: str) -> None:
    """The end of the sentence in troubleshoot_access-denied."""
    assert evaluate(request(), given).because == words
