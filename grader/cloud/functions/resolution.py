"""Which version an invocation runs, and all that running it needs."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from grader.cloud.functions import names, storage
from grader.cloud.functions.aliases import AliasRecord
from grader.cloud.functions.layers import find_layer
from grader.cloud.functions.storage import FunctionsBackend
from grader.cloud.functions.stored_function import StoredFunction


@dataclass(frozen=True)
class FunctionVersion:
    """All that an execution needs of one version: a snapshot.

    ``timeout`` is in seconds, sizes are in MB. ``revision`` changes whenever the
    version's code or configuration does, so environments of another one retire.
    """

    account: str
    region: str
    name: str
    version: str
    arn: str
    runtime: str
    handler: str
    role: str
    timeout: int
    memory_size: int
    ephemeral_size: int
    environment: Mapping[str, str]
    code_sha256: str
    layers: tuple[str, ...]
    log_group: str
    log_format: str
    application_log_level: str | None
    system_log_level: str | None
    tracing: str
    architecture: str
    revision: str
    package: bytes = field(repr=False, compare=False)


@dataclass(frozen=True)
class Resolved:
    """A version to run, and the ARN and alias by which it was called."""

    version: FunctionVersion
    invoked_arn: str
    alias: str | None

    @property
    def qualifier(self) -> str:
        """The version or alias by which it was called, "" for neither."""
        return self.invoked_arn[len(self.version.arn) + 1 :]


def find(
    account: str, region: str, name_or_arn: str, qualifier: str | None
) -> Resolved:
    """Find the version that an invocation means; a weighted alias draws one.

    Raises:
        AWSError: ResourceNotFoundException and what ``names.parse`` raises.
    """
    named = names.parse(
        account, region, name_or_arn, qualifier, operation="InvokeFunction"
    )
    backend = storage.backend(account, region)
    alias = backend.aliases(named.name).get(named.qualifier or "")
    drawn = _drawn(backend, named.name, alias) if alias is not None else None
    function = drawn or backend.require(named)
    return Resolved(
        version=_snapshot(function),
        invoked_arn=named.arn,
        alias=alias.name if alias is not None else None,
    )


def _drawn(
    backend: FunctionsBackend, name: str, alias: AliasRecord
) -> StoredFunction | None:
    """Draw a version by the alias's weights, None for its main version."""
    point = random.random()
    for version, weight in alias.weights().items():
        if point < weight:
            return backend.version(name, version)
        point -= weight
    return None


def _snapshot(function: StoredFunction) -> FunctionVersion:
    """Return the version's snapshot, made once per revision."""
    cached: FunctionVersion | None = function.__dict__.get("_snapshot")
    revision = function.runtime_revision
    if cached is not None and cached.revision == revision:
        return cached
    logging = function.logging
    snapshot = FunctionVersion(
        account=function.account_id,
        region=function.region,
        name=function.function_name,
        version=function.version,
        arn=names.function_arn(
            function.account_id, function.region, function.function_name
        ),
        runtime=function.run_time,
        handler=function.handler,
        role=function.role,
        timeout=function.timeout,
        memory_size=function.memory_size,
        ephemeral_size=function.ephemeral_storage,
        environment=MappingProxyType(dict(function.environment or {})),
        code_sha256=function.code_sha_256,
        layers=tuple(layer.arn for layer in function.layer_records),
        log_group=logging["LogGroup"],
        log_format=logging["LogFormat"],
        application_log_level=logging.get("ApplicationLogLevel"),
        system_log_level=logging.get("SystemLogLevel"),
        tracing=function.tracing_config["Mode"],
        architecture=function.architectures[0],
        revision=revision,
        package=function.code_bytes,
    )
    function.__dict__["_snapshot"] = snapshot
    return snapshot


def stops_loops(account: str, region: str, name: str) -> bool:
    """Say whether Lambda is to stop the recursive loops of a function.

    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html
    """
    function = storage.backend(account, region).latest(name)
    return function is not None and function.record.recursive_loop == "Terminate"


def code_bytes(version: FunctionVersion) -> bytes:
    """Return the deployment package (a zip) of a version."""
    return version.package


def layer_bytes(account: str, region: str, layer_arn: str) -> bytes:
    """Return the content (a zip) of a layer version, also of a deleted one.

    Raises:
        KeyError: when there never was one of this ARN.
    """
    layer = find_layer(layer_arn)
    if layer is None:
        raise KeyError(layer_arn)
    return layer.package
