"""The resources of a Region that arrows may lead to, by their ARNs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.lab import policies
from grader.lab.architecture import Account, Arrow, Box
from grader.lab.listings import items
from grader.lab.logs import function_name

POLICIES_OF_SERVICES = "/aws-service-role/"
_KINDS = {
    "dynamodb": "table",
    "kinesis": "stream",
    "s3": "bucket",
    "sns": "topic",
    "sqs": "queue",
}


@dataclass(frozen=True)
class Function:
    """A function, its role's ARN and its resource policy."""

    box: Box
    arn: str
    role: str
    policy: dict[str, Any] | None


@dataclass(frozen=True)
class Deployed:
    """What there is."""

    boxes: dict[str, Box]
    """By ARN."""
    functions: dict[str, Function]
    """By name."""
    services: frozenset[str] | None = None
    """Those that have anything, where that is known: the others needn't be asked."""

    def has(self, service: str) -> bool:
        """Whether a service may have something."""
        return self.services is None or service in self.services

    def of_kind(self, *kinds: str) -> dict[str, Box]:
        """The boxes of some kinds, by ARN."""
        return {arn: box for arn, box in self.boxes.items() if box.kind in kinds}

    def box(self, arn: str) -> Box:
        """The box of an ARN; one that says so if there is nothing."""
        if arn in self.boxes:
            return self.boxes[arn]
        service = arn.split(":")[2] if arn.count(":") >= 5 else "resource"
        name = arn.rpartition(":")[2].removeprefix("table/").removeprefix("stream/")
        return Box(_KINDS.get(service, service), name, "missing")

    def call(
        self,
        account: Account,
        source: Box,
        arn: str,
        *,
        label: str,
        service: str,
        sources: list[str],
    ) -> Arrow:
        """An arrow to a function, broken where the function lets the caller not in.

        `sources` are the ARNs as which the service calls; one of them has to do.
        """
        name = function_name(arn)
        function = self.functions.get(name)
        if function is None:
            gap = Box("function", name, "missing")
            return Arrow(source, gap, label, "no such function")
        let_in = any(
            policies.service_may(
                function.policy,
                "lambda:InvokeFunction",
                service=service,
                source_arn=source_arn,
                account=account.account,
            )
            for source_arn in sources
        )
        broken = (
            f"{service} may not invoke {name}: add_permission(Principal={service!r}, "
            f"SourceArn={sources[0]!r}, …) is missing"
        )
        return Arrow(source, function.box, label, None if let_in else broken)


def look(account: Account, services: frozenset[str] | None = None) -> Deployed:
    """See what there is in a Region, and of users and roles in the account.

    `services` are those that have anything, if that is known.
    """
    deployed = Deployed({}, {}, services)
    if deployed.has("lambda"):
        deployed.functions.update((one.box.name, one) for one in _functions(account))
    roles = {one.role for one in deployed.functions.values()}
    deployed.boxes.update((one.arn, one.box) for one in deployed.functions.values())
    for service, found in (
        ("s3", _buckets(account)),
        ("dynamodb", _tables(account)),
        ("kinesis", _streams(account)),
        ("sqs", _queues(account)),
        ("sns", _topics(account)),
        ("secretsmanager", _secrets(account)),
        ("iam", _people(account, roles)),
    ):
        if deployed.has(service):
            deployed.boxes.update(found)
    return deployed


def _functions(account: Account) -> Iterator[Function]:
    client = account.client("lambda")
    for found in items(client, "list_functions", "Functions"):
        name = found["FunctionName"]
        try:
            policy = json.loads(client.get_policy(FunctionName=name)["Policy"])
        except client.exceptions.ResourceNotFoundException:
            policy = None
        detail = f"{found.get('Runtime', 'image')}, {found['MemorySize']} MB"
        box = Box("function", name, detail)
        yield Function(box, found["FunctionArn"], found["Role"], policy)


_Found = Iterator[tuple[str, Box]]


def _buckets(account: Account) -> _Found:
    client = account.client("s3")
    for bucket in items(client, "list_buckets", "Buckets"):
        name = bucket["Name"]
        where = client.get_bucket_location(Bucket=name)
        # S3 calls its first Region by no name at all.
        if (where["LocationConstraint"] or "us-east-1") == account.region:
            yield f"arn:aws:s3:::{name}", Box("bucket", name)


def _tables(account: Account) -> _Found:
    for name in items(account.client("dynamodb"), "list_tables", "TableNames"):
        place = f"arn:aws:dynamodb:{account.region}:{account.account}"
        yield f"{place}:table/{name}", Box("table", name)


def _streams(account: Account) -> _Found:
    for name in items(account.client("kinesis"), "list_streams", "StreamNames"):
        place = f"arn:aws:kinesis:{account.region}:{account.account}"
        yield f"{place}:stream/{name}", Box("stream", name)


def _queues(account: Account) -> _Found:
    for url in items(account.client("sqs"), "list_queues", "QueueUrls"):
        name = url.rpartition("/")[2]
        place = f"arn:aws:sqs:{account.region}:{account.account}"
        yield f"{place}:{name}", Box("queue", name)


def _topics(account: Account) -> _Found:
    for topic in items(account.client("sns"), "list_topics", "Topics"):
        arn = topic["TopicArn"]
        yield arn, Box("topic", arn.rpartition(":")[2])


def _secrets(account: Account) -> _Found:
    for secret in items(account.client("secretsmanager"), "list_secrets", "SecretList"):
        yield secret["ARN"], Box("secret", secret["Name"])


def _people(account: Account, executing: set[str]) -> _Found:
    """Users, and the roles that aren't functions': those are drawn as their function's.

    Roles of AWS's services are left out.
    """
    client = account.client("iam")
    for user in items(client, "list_users", "Users"):
        name = user["UserName"]
        groups = items(client, "list_groups_for_user", "Groups", UserName=name)
        names = ", ".join(group["GroupName"] for group in groups)
        yield user["Arn"], Box("user", name, f"in {names}" if names else "")
    for role in items(client, "list_roles", "Roles"):
        if role["Arn"] not in executing and not role["Path"].startswith(
            POLICIES_OF_SERVICES
        ):
            yield role["Arn"], Box("role", role["RoleName"])
