"""What is deployed and how it hangs together, read from the account itself."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from grader.lab import policies
from grader.lab.listings import items
from grader.lab.logs import function_name

CALLERS = ("bucket", "http api", "rest api", "function url")
_FUNCTION_IN_URI = re.compile(r"(arn:[^/]*:lambda:[^/]*:function:[^/]+)")


class Account(Protocol):
    """What is surveyed."""

    @property
    def region(self) -> str:
        """Where it is surveyed."""

    @property
    def account(self) -> str:
        """The account's twelve digits."""

    def client(self, service: str) -> Any:
        """A boto3 client."""


@dataclass(frozen=True)
class Box:
    """One resource; `kind` is `bucket`, `function`, `role`, `http api` …"""

    kind: str
    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Arrow:
    """What one resource does to another."""

    source: Box
    target: Box
    label: str
    broken: str | None = None
    """Why nothing gets through, with what to do."""
    permission: bool = False
    """What it may do by its policies, in place of what it does."""


@dataclass(frozen=True)
class Architecture:
    """Boxes and arrows."""

    region: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


@dataclass(frozen=True)
class _Function:
    box: Box
    role: str
    policy: dict[str, Any] | None


def survey(account: Account) -> Architecture:
    """The functions of a Region, what triggers them, and what their roles may do."""
    functions = {one.box.name: one for one in _functions(account)}
    buckets = list(_buckets(account))
    arrows = [
        *_bucket_triggers(account, buckets, functions),
        *_http_apis(account, functions),
        *_rest_apis(account, functions),
        *_function_urls(account, functions),
        *_role_permissions(account, buckets, functions),
    ]
    ends = [box for arrow in arrows for box in (arrow.source, arrow.target)]
    boxes = dict.fromkeys([*buckets, *(one.box for one in functions.values()), *ends])
    return Architecture(account.region, tuple(boxes), tuple(arrows))


def _functions(account: Account) -> Iterator[_Function]:
    client = account.client("lambda")
    for found in items(client, "list_functions", "Functions"):
        name = found["FunctionName"]
        try:
            policy = json.loads(client.get_policy(FunctionName=name)["Policy"])
        except client.exceptions.ResourceNotFoundException:
            policy = None
        detail = f"{found.get('Runtime', 'image')}, {found['MemorySize']} MB"
        role = found["Role"].rsplit("/", 1)[-1]
        yield _Function(Box("function", name, detail), role, policy)


def _buckets(account: Account) -> Iterator[Box]:
    client = account.client("s3")
    for bucket in items(client, "list_buckets", "Buckets"):
        where = client.get_bucket_location(Bucket=bucket["Name"])
        # S3 calls its first Region by no name at all.
        if (where["LocationConstraint"] or "us-east-1") == account.region:
            yield Box("bucket", bucket["Name"])


def _bucket_triggers(
    account: Account, buckets: list[Box], functions: dict[str, _Function]
) -> Iterator[Arrow]:
    client = account.client("s3")
    for bucket in buckets:
        answer = client.get_bucket_notification_configuration(Bucket=bucket.name)
        for trigger in answer.get("LambdaFunctionConfigurations", []):
            events = " ".join(event.removeprefix("s3:") for event in trigger["Events"])
            rules = trigger.get("Filter", {}).get("Key", {}).get("FilterRules", [])
            only = " ".join(
                f"{rule['Name'].lower()} {rule['Value']!r}" for rule in rules
            )
            label = f"{events} {only}".strip()
            yield _call(
                account,
                bucket,
                trigger["LambdaFunctionArn"],
                functions,
                label=label,
                service="s3.amazonaws.com",
                sources=[f"arn:aws:s3:::{bucket.name}"],
            )


def _http_apis(account: Account, functions: dict[str, _Function]) -> Iterator[Arrow]:
    client = account.client("apigatewayv2")
    for api in items(client, "get_apis", "Items"):
        api_id = api["ApiId"]
        box = Box("http api", api["Name"], api_id)
        stages = [
            one["StageName"]
            for one in items(client, "get_stages", "Items", ApiId=api_id)
        ]
        uris = {
            one["IntegrationId"]: one.get("IntegrationUri", "")
            for one in items(client, "get_integrations", "Items", ApiId=api_id)
        }
        for route in items(client, "get_routes", "Items", ApiId=api_id):
            key = route["RouteKey"]
            uri = uris.get(route.get("Target", "").removeprefix("integrations/"), "")
            if (arn := _function_in(uri)) is not None:
                yield _call(
                    account,
                    box,
                    arn,
                    functions,
                    label=key,
                    service="apigateway.amazonaws.com",
                    sources=_api_sources(account, api_id, stages, key),
                )


def _rest_apis(account: Account, functions: dict[str, _Function]) -> Iterator[Arrow]:
    client = account.client("apigateway")
    for api in items(client, "get_rest_apis", "items"):
        box = Box("rest api", api["name"], api["id"])
        stages = [
            s["stageName"] for s in client.get_stages(restApiId=api["id"])["item"]
        ]
        for resource in items(
            client, "get_resources", "items", restApiId=api["id"], embed=["methods"]
        ):
            for method, settings in resource.get("resourceMethods", {}).items():
                uri = settings.get("methodIntegration", {}).get("uri", "")
                if (arn := _function_in(uri)) is not None:
                    key = f"{method} {resource['path']}"
                    yield _call(
                        account,
                        box,
                        arn,
                        functions,
                        label=key,
                        service="apigateway.amazonaws.com",
                        sources=_api_sources(account, api["id"], stages, key),
                    )


def _function_urls(
    account: Account, functions: dict[str, _Function]
) -> Iterator[Arrow]:
    client = account.client("lambda")
    for function in functions.values():
        answer = client.list_function_url_configs(FunctionName=function.box.name)
        for url in answer["FunctionUrlConfigs"]:
            host = urllib.parse.urlsplit(url["FunctionUrl"]).hostname or ""
            name = host.split(".")[0] if host.count(".") > 3 else url["FunctionUrl"]
            box = Box("function url", name, url["AuthType"])
            missing = []
            if url["AuthType"] == "NONE":
                missing = list(_missing_for_url(function.policy))
            yield Arrow(
                box,
                function.box,
                "any request",
                f"answers 403: add_permission for {' and '.join(missing)} is missing"
                if missing
                else None,
            )


def _missing_for_url(policy: dict[str, Any] | None) -> Iterator[str]:
    # A public function URL needs two statements since October 2025:
    # https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    needs = {
        "lambda:InvokeFunctionUrl": {"lambda:functionurlauthtype": "NONE"},
        "lambda:InvokeFunction": {"lambda:invokedviafunctionurl": "true"},
    }
    for action, context in needs.items():
        if not policies.anyone_may(policy, action, context):
            yield action


def _role_permissions(
    account: Account, buckets: list[Box], functions: dict[str, _Function]
) -> Iterator[Arrow]:
    documents = {
        role: role_documents(account, role)
        for role in {f.role for f in functions.values()}
    }
    for function in functions.values():
        for bucket in buckets:
            arn = f"arn:aws:s3:::{bucket.name}"
            verbs = {
                "read": ("s3:GetObject", f"{arn}/*"),
                "write": ("s3:PutObject", f"{arn}/*"),
                "delete": ("s3:DeleteObject", f"{arn}/*"),
                "list": ("s3:ListBucket", arn),
            }
            may = [
                verb
                for verb, (action, resource) in verbs.items()
                if policies.role_may(documents[function.role], action, resource)
            ]
            if may:
                label = f"may {', '.join(may)}"
                yield Arrow(function.box, bucket, label, permission=True)


def role_documents(account: Account, role: str) -> list[dict[str, Any]]:
    """The policies of a role, inline and attached; none where there is no role."""
    client = account.client("iam")
    try:
        inline = client.list_role_policies(RoleName=role)["PolicyNames"]
        attached = client.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    except client.exceptions.NoSuchEntityException:
        return []
    documents = [
        client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in inline
    ]
    for policy in attached:
        arn = policy["PolicyArn"]
        version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = client.get_policy_version(PolicyArn=arn, VersionId=version)
        documents.append(found["PolicyVersion"]["Document"])
    return documents


def _call(
    account: Account,
    source: Box,
    arn: str,
    functions: dict[str, _Function],
    *,
    label: str,
    service: str,
    sources: list[str],
) -> Arrow:
    """An arrow to a function, broken where the function lets the caller not in."""
    name = function_name(arn)
    function = functions.get(name)
    if function is None:
        return Arrow(
            source, Box("function", name, "missing"), label, "no such function"
        )
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


def _api_sources(
    account: Account, api_id: str, stages: list[str], route: str
) -> list[str]:
    """The ARNs as which a route of an API calls, one per stage."""
    method, _, path = route.partition(" ")
    called = f"{'*' if method == 'ANY' else method}{path}"
    root = f"arn:aws:execute-api:{account.region}:{account.account}:{api_id}"
    return [f"{root}/{stage}/{called}" for stage in stages or ["$default"]]


def _function_in(uri: str) -> str | None:
    found = _FUNCTION_IN_URI.search(uri)
    return found.group(1) if found else None
