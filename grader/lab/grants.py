"""What users, roles and functions may do, as IAM's own policy simulator says.

Identity-based policies and boundaries are asked, and who may assume a role also of its
trust policy; other resources' own policies aren't.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.lab.architecture import Account, Arrow, Box
from grader.lab.deployed import Deployed
from grader.lab.listings import items

_VERBS: Mapping[str, Mapping[str, str]] = {
    "table": {
        "read": "dynamodb:GetItem",
        "query": "dynamodb:Query",
        "scan": "dynamodb:Scan",
        "write": "dynamodb:PutItem",
        "update": "dynamodb:UpdateItem",
        "delete": "dynamodb:DeleteItem",
    },
    "queue": {"send": "sqs:SendMessage", "receive": "sqs:ReceiveMessage"},
    "stream": {"write": "kinesis:PutRecord", "read": "kinesis:GetRecords"},
    "topic": {"publish": "sns:Publish"},
    "secret": {"read": "secretsmanager:GetSecretValue"},
    "function": {"invoke": "lambda:InvokeFunction"},
}
_OF_OBJECTS = {
    "read": "s3:GetObject",
    "write": "s3:PutObject",
    "delete": "s3:DeleteObject",
}
_OF_BUCKETS = {"list": "s3:ListBucket"}
_ANY_KEY = "any key of the bucket"
_ASKED_AT_ONCE = 100
"""Resources in one question."""


def arrows(account: Account, deployed: Deployed) -> Iterator[Arrow]:
    """From each user, role and function to what it may use."""
    for arn, box in deployed.of_kind("user", "role").items():
        yield from _of_principal(_Asked(account, arn), box, deployed)
        if box.kind == "user":
            yield from _roles(account, arn, box, deployed)
    asked = {
        role: _Asked(account, role)
        for role in {one.role for one in deployed.functions.values()}
    }
    for function in deployed.functions.values():
        yield from _of_principal(asked[function.role], function.box, deployed)


def may(account: Account, principal: str, action: str, resource: str) -> bool:
    """Whether a user's or a role's own policies allow an action; all by their ARNs."""
    return (action, resource) in _Asked(account, principal).allowed(
        [action], [resource]
    )


@dataclass(frozen=True)
class _Asked:
    """The simulator, asked about one principal."""

    account: Account
    arn: str
    _patterns: list[str] = field(default_factory=list)

    def allowed(
        self, actions: Iterable[str], resources: Iterable[str]
    ) -> set[tuple[str, str]]:
        """The pairs of action and resource that are allowed.

        What a condition decides, of which nothing is known here, isn't.
        """
        client = self.account.client("iam")
        names, every = list(actions), list(resources)
        found: set[tuple[str, str]] = set()
        for at in range(0, len(every), _ASKED_AT_ONCE):
            try:
                answers = items(
                    client,
                    "simulate_principal_policy",
                    "EvaluationResults",
                    PolicySourceArn=self.arn,
                    ActionNames=names,
                    ResourceArns=every[at : at + _ASKED_AT_ONCE],
                )
                for answer in answers:
                    found.update(_allowed(answer))
            except client.exceptions.NoSuchEntityException:
                return set()
        return found

    def patterns(self) -> list[str]:
        """The resources that its policies name, as they are written there."""
        if not self._patterns:
            documents = documents_of(self.account, self.arn)
            self._patterns.extend(
                str(resource)
                for document in documents
                for statement in _listed(document.get("Statement"))
                for resource in _listed(statement.get("Resource"))
            )
        return self._patterns


def _allowed(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    action = answer["EvalActionName"]
    for one in answer.get("ResourceSpecificResults", []):
        if one["EvalResourceDecision"] == "allowed":
            yield action, one["EvalResourceName"]


def documents_of(account: Account, principal: str) -> list[dict[str, Any]]:
    """The policies of a user or a role: its own, attached ones, and those of groups.

    None where there is nobody.
    """
    client = account.client("iam")
    kind, _, name = principal.rpartition(":")[2].partition("/")
    name = name.rpartition("/")[2]
    try:
        found = list(_documents(client, kind, name))
        if kind == "user":
            for group in items(client, "list_groups_for_user", "Groups", UserName=name):
                found += _documents(client, "group", group["GroupName"])
    except client.exceptions.NoSuchEntityException:
        return []
    return found


def _documents(client: Any, kind: str, name: str) -> Iterator[dict[str, Any]]:
    whose = {f"{kind.title()}Name": name}
    for policy in items(client, f"list_{kind}_policies", "PolicyNames", **whose):
        get = getattr(client, f"get_{kind}_policy")
        yield get(**whose, PolicyName=policy)["PolicyDocument"]
    attached = f"list_attached_{kind}_policies"
    for policy in items(client, attached, "AttachedPolicies", **whose):
        arn = policy["PolicyArn"]
        version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = client.get_policy_version(PolicyArn=arn, VersionId=version)
        yield found["PolicyVersion"]["Document"]


def _of_principal(asked: _Asked, box: Box, deployed: Deployed) -> Iterator[Arrow]:
    if not asked.patterns():
        return
    for kind, verbs in _VERBS.items():
        targets = deployed.of_kind(kind)
        allowed = asked.allowed(verbs.values(), targets)
        for arn, target in targets.items():
            words = [verb for verb, action in verbs.items() if (action, arn) in allowed]
            if words:
                yield Arrow(box, target, f"may {', '.join(words)}", permission=True)
    yield from _of_buckets(asked, box, deployed)


def _of_buckets(asked: _Asked, box: Box, deployed: Deployed) -> Iterator[Arrow]:
    buckets = deployed.of_kind("bucket")
    scopes = {arn: _scopes(arn, asked) for arn in buckets}
    samples = {sample for some in scopes.values() for sample in some.values()}
    objects = asked.allowed(_OF_OBJECTS.values(), sorted(samples))
    lists = asked.allowed(_OF_BUCKETS.values(), buckets)
    for arn, bucket in buckets.items():
        parts = [verb for verb, one in _OF_BUCKETS.items() if (one, arn) in lists]
        # What holds for all keys needn't be told of some of them.
        told: set[str] = set()
        words: dict[str, list[str]] = {}
        for scope, sample in scopes[arn].items():
            for verb, action in _OF_OBJECTS.items():
                if (action, sample) in objects and verb not in told:
                    words.setdefault(scope, []).append(verb)
            if scope == _ANY_KEY:
                told |= set(words.get(scope, []))
        parts = [*words.pop(_ANY_KEY, []), *parts]
        sentences = [", ".join(parts)] if parts else []
        sentences += [f"{', '.join(some)} {scope}" for scope, some in words.items()]
        if sentences:
            yield Arrow(box, bucket, f"may {'; '.join(sentences)}", permission=True)


def _scopes(bucket: str, asked: _Asked) -> dict[str, str]:
    """An object for each part of a bucket that policies tell apart, by that part."""
    found = {_ANY_KEY: f"{bucket}/{_ANY_KEY}"}
    for pattern in asked.patterns():
        name = pattern.replace("${aws:username}", asked.arn.rpartition("/")[2])
        if name.startswith(f"{bucket}/") and "${" not in name:
            scope = name.removeprefix(f"{bucket}/")
            if scope != "*":
                found[scope] = re.sub(r"[*?]", "x", name)
    return found


def _roles(
    account: Account, arn: str, user: Box, deployed: Deployed
) -> Iterator[Arrow]:
    """The roles that a user may take on, by its own policies and the roles' trust.

    A trust policy that names the user itself is enough within one account: see
    IAM's "Policy evaluation logic".
    """
    roles = deployed.of_kind("role")
    allowed = _Asked(account, arn).allowed(["sts:AssumeRole"], roles)
    for role_arn, role in roles.items():
        trusted = _trusted(account, role.name)
        everybody = {"*", account.account, f"arn:aws:iam::{account.account}:root"}
        if arn in trusted:
            yield Arrow(user, role, "may assume", permission=True)
        elif ("sts:AssumeRole", role_arn) in allowed:
            broken = f"the trust policy of {role.name} doesn't name {user.name}"
            there = None if trusted & everybody else broken
            yield Arrow(user, role, "may assume", there, permission=True)


def _trusted(account: Account, role: str) -> set[str]:
    """Whom a role's trust policy names as AWS principals."""
    found = account.client("iam").get_role(RoleName=role)["Role"]
    trusted: set[str] = set()
    for statement in _listed(found["AssumeRolePolicyDocument"].get("Statement")):
        principal = statement.get("Principal")
        if statement.get("Effect") != "Allow":
            continue
        if isinstance(principal, Mapping):
            trusted |= set(map(str, _listed(principal.get("AWS"))))
        elif principal == "*":
            trusted.add("*")
    return trusted


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
