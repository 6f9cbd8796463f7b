"""Functions and layers of CloudFormation stacks, by the rules of the API."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from typing import Any

from moto.awslambda.models import LambdaFunction, LayerVersion

from grader.cloud.functions import (
    configuration,
    event_source_mappings,
    names,
    packages,
    settings,
)
from grader.cloud.functions.changes import Change, announce
from grader.cloud.functions.creation import create
from grader.cloud.functions.layer_versions import publish
from grader.cloud.functions.mapping_changes import announce_mapping
from grader.cloud.functions.names import LATEST
from grader.cloud.functions.policies import written
from grader.cloud.functions.storage import FunctionsBackend
from grader.cloud.functions.stored_function import StoredFunction
from grader.cloud.functions.versions import publish as publish_function
from grader.cloud.polling.mapping import EventSourceMapping


def create_function(backend: FunctionsBackend, spec: dict[str, Any]) -> StoredFunction:
    """Create a function from what moto makes of a template's properties."""
    wanted = {name: value for name, value in spec.items() if value is not None}
    code = _decoded(wanted["Code"])
    reserved = wanted.pop("ReservedConcurrentExecutions", None)
    with backend.lock:
        function = create(backend, {**wanted, "Code": code})
        function.reserved_concurrency = reserved
    return function


def _decoded(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content with the bytes of a zip that came as base64."""
    if "ZipFile" not in content:
        return dict(content)
    return {**content, "ZipFile": base64.b64decode(content["ZipFile"])}


def update_configuration(
    function: StoredFunction, wanted: Mapping[str, Any]
) -> dict[str, Any]:
    """Change a function as its template's properties say."""
    settings.check(
        function.account_id,
        function.region,
        wanted,
        function=str(function.function_name),
        role=wanted.get("Role", function.role),
    )
    settings.apply(function, wanted)
    return _changed(function)


def update_function_code(
    function: StoredFunction, code: Mapping[str, Any]
) -> dict[str, Any]:
    """Give a function the code of its template, where inline code is plain text."""
    if "ZipFile" in code:
        code = {
            "ZipFile": LambdaFunction._create_zipfile_from_plaintext_code(
                code["ZipFile"]
            )
        }
    account, region = function.account_id, function.region
    function.set_package(packages.package_of(account, region, code))
    return _changed(function)


def _changed(function: StoredFunction) -> dict[str, Any]:
    function.touch()
    name: str = function.function_name
    announce(Change(function.account_id, function.region, name, LATEST))
    return configuration.described(function)


def add_permission(function: StoredFunction, raw: str) -> None:
    """Add a permission to a function's policy; its statement id is ours."""
    wanted = {"StatementId": str(uuid.uuid4()), **json.loads(raw)}
    statement = written(wanted, function.function_arn, function.region)
    function.record.policies.setdefault(LATEST, []).append(statement)
    function.revise()


def publish_version(
    backend: FunctionsBackend, name_or_arn: str, description: str
) -> StoredFunction:
    """Publish a version of a function."""
    named = names.parse(backend.account_id, backend.region_name, name_or_arn)
    with backend.lock:
        return publish_function(backend, backend.require(named), description or None)


def publish_layer_version(
    backend: FunctionsBackend, spec: dict[str, Any]
) -> LayerVersion:
    """Publish a layer version; moto's own object answers the template."""
    with backend.lock:
        record = publish(backend, {**spec, "Content": _decoded(spec["Content"])})
    content = {"ZipFile": base64.b64encode(record.package)}
    version = LayerVersion(
        {**spec, "Content": content}, backend.account_id, backend.region_name
    )
    version.version = record.version
    return version


class TemplateMapping:
    """An event source mapping as moto's templates handle it."""

    def __init__(self, mapping: EventSourceMapping) -> None:
        self._mapping = mapping
        self.uuid = mapping.uuid
        self.physical_resource_id = mapping.uuid

    def is_created(self) -> bool:
        """Whether the stack need not wait for it."""
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete it with its stack."""
        event_source_mappings.delete(self._mapping)


def create_event_source_mapping(
    backend: FunctionsBackend, properties: Mapping[str, Any]
) -> TemplateMapping:
    """Create a mapping of a template's properties."""
    asked = dict(properties)
    asked["Tags"] = {tag["Key"]: tag["Value"] for tag in asked.get("Tags", [])}
    with backend.lock:
        mapping = event_source_mappings.create(backend, asked)
    announce_mapping(mapping)
    return TemplateMapping(mapping)


def update_event_source_mapping(
    backend: FunctionsBackend, uuid: str, properties: Mapping[str, Any]
) -> TemplateMapping:
    """Change a mapping as its template's properties say."""
    mapping = backend.mappings[uuid]
    # Those that can't be changed are the same still.
    fixed = ("EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "Tags")
    asked = {name: value for name, value in properties.items() if name not in fixed}
    with backend.lock:
        event_source_mappings.update(backend, mapping, asked)
    return TemplateMapping(mapping)
