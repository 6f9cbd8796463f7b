"""What runs, and what leads to it: functions, APIs, state machines, stacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.cloud.functions.storage import FunctionsBackend
from grader.cloud.resources.resource import Readers, Resource, counted


def _lambda(backend: FunctionsBackend) -> Iterator[Resource]:
    for name in backend.names():
        latest = backend.latest(name)
        if latest is None:
            continue
        about = f"{latest.run_time or 'image'}, {latest.memory_size} MB"
        yield Resource("function", name, about)
        for version in list(backend.versions(name)):
            yield Resource("version", f"{name}:{version.version}")
        for alias in list(backend.aliases(name).values()):
            leads = f"to version {alias.function_version}"
            yield Resource("alias", f"{name}:{alias.name}", leads)
        for url in list(latest.record.urls.values()):
            whose = f"{name}:{url.qualifier}" if url.qualifier else name
            yield Resource("function url", whose, url.auth_type)
    for name, versions in list(backend.layer_records.items()):
        for layer in versions:
            if not layer.deleted:
                yield Resource("layer", f"{name}:{layer.version}")
    for mapping in list(backend.mappings.values()):
        leads = f"from {mapping.source_arn}, {mapping.state}"
        yield Resource("event source mapping", mapping.uuid, leads)


def _rest(backend: Any) -> Iterator[Resource]:
    for api in list(backend.apis.values()):
        yield Resource("rest api", api.id, api.name)
        for stage in list(api.stages.values()):
            yield Resource("stage", f"{api.id}/{stage.name}")
    for key in list(backend.keys.values()):
        yield Resource("api key", key.id, key.name or "")
    for plan in list(backend.usage_plans.values()):
        keys = len(backend.usage_plan_keys.get(plan.id, {}))
        yield Resource("usage plan", plan.id, f"{plan.name}, {counted(keys, 'key')}")
    for domain in list(backend.domain_names.values()):
        yield Resource("domain name", domain.domain_name)
    for link in list(backend.vpc_links.values()):
        yield Resource("vpc link", link.id)


def _http(backend: Any) -> Iterator[Resource]:
    for api in list(backend.apis.values()):
        yield Resource(f"{api.protocol_type.lower()} api", api.api_id, api.name)
        for stage in list(api.stages.values()):
            yield Resource("stage", f"{api.api_id}/{stage.name}")
    for domain in list(backend.domain_names.values()):
        yield Resource("domain name", domain.domain_name)
    for link in list(backend.vpc_links.values()):
        yield Resource("vpc link", link.id)


def _step_functions(backend: Any) -> Iterator[Resource]:
    for machine in list(backend.state_machines):
        yield Resource("state machine", machine.name)
    for activity in list(backend.activities.values()):
        yield Resource("activity", activity.name)


def _cloudformation(backend: Any) -> Iterator[Resource]:
    for stack in list(backend.stacks.values()):
        yield Resource("stack", stack.name, stack.status)
    for stacks in list(backend.stacksets.values()):
        if stacks.status != "DELETED":
            yield Resource("stack set", stacks.name)


READERS: Readers = {
    "lambda": _lambda,
    "apigateway": _rest,
    "apigatewayv2": _http,
    "stepfunctions": _step_functions,
    "cloudformation": _cloudformation,
}
