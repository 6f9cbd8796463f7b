"""Where requests come in: HTTP APIs, REST APIs and function URLs."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator
from typing import Any

from grader.lab import policies
from grader.lab.architecture import Account, Arrow, Box
from grader.lab.deployed import Deployed
from grader.lab.listings import items

_FUNCTION_IN_URI = re.compile(r"(arn:[^/]*:lambda:[^/]*:function:[^/]+)")
_API = "apigateway.amazonaws.com"
_ITSELF = Box("answer", "the API itself")


def arrows(account: Account, deployed: Deployed) -> Iterator[Arrow]:
    """What each route and each function URL leads to."""
    if deployed.has("apigatewayv2"):
        yield from _http_apis(account, deployed)
    if deployed.has("apigateway"):
        yield from _rest_apis(account, deployed)
    yield from _function_urls(account, deployed)


def _http_apis(account: Account, deployed: Deployed) -> Iterator[Arrow]:
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
                yield deployed.call(
                    account,
                    box,
                    arn,
                    label=key,
                    service=_API,
                    sources=_sources(account, api_id, stages, key),
                )


def _rest_apis(account: Account, deployed: Deployed) -> Iterator[Arrow]:
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
                integration = settings.get("methodIntegration", {})
                key = f"{method} {resource['path']}"
                if (arn := _function_in(integration.get("uri", ""))) is not None:
                    yield deployed.call(
                        account,
                        box,
                        arn,
                        label=key,
                        service=_API,
                        sources=_sources(account, api["id"], stages, key),
                    )
                elif integration.get("type") == "MOCK":
                    yield Arrow(box, _ITSELF, f"{key} (MOCK)")


def _function_urls(account: Account, deployed: Deployed) -> Iterator[Arrow]:
    client = account.client("lambda")
    for function in deployed.functions.values():
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


def _sources(account: Account, api_id: str, stages: list[str], route: str) -> list[str]:
    """The ARNs as which a route of an API calls, one per stage."""
    method, _, path = route.partition(" ")
    called = f"{'*' if method == 'ANY' else method}{path}"
    root = f"arn:aws:execute-api:{account.region}:{account.account}:{api_id}"
    return [f"{root}/{stage}/{called}" for stage in stages or ["$default"]]


def _function_in(uri: str) -> str | None:
    found = _FUNCTION_IN_URI.search(uri)
    return found.group(1) if found else None
