"""Functions in moto's storage, so that moto's other services find them.

moto's own ``LambdaFunction`` drops dead-letter, logging and SnapStart settings,
keeps one policy for all versions, and reuses the numbers of deleted versions;
``StoredFunction`` and ``FunctionsBackend`` keep what AWS keeps.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.awslambda.models import LambdaFunction
from moto.awslambda_simple.models import LambdaSimpleBackend, lambda_simple_backends
from moto.core.models import default_user_config

from grader.cloud.functions.changes import Change, announce
from grader.cloud.functions.names import LATEST, FunctionName, function_arn, not_found

if TYPE_CHECKING:
    from grader.cloud.functions.aliases import AliasRecord
    from grader.cloud.functions.event_invocation import EventInvokeRecord
    from grader.cloud.functions.layers import LayerRecord
    from grader.cloud.functions.provisioned import ProvisionedRecord
    from grader.cloud.functions.urls import UrlRecord

Deliver = Callable[[str, str, str, bytes, bool], bytes]


def timestamp() -> str:
    """Write now as Lambda does: "2026-11-23T10:11:12.345+0000"."""
    now = datetime.now(UTC)
    return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}+0000"


class TemplatePolicy:
    """Takes the permissions of stacks, which moto adds to the function itself."""

    def __init__(self, function: StoredFunction) -> None:
        self._function = function

    def add_statement(self, raw: str, qualifier: str | None = None) -> None:
        """Add a template's permission (JSON) by the rules of the API."""
        from grader.cloud.functions import templates

        templates.add_permission(self._function, raw)


@dataclass
class FunctionRecord:
    """What all versions of one function share, by qualifier where it is per one."""

    next_version: int = 1
    policies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    urls: dict[str, UrlRecord] = field(default_factory=dict)
    event_invocation: dict[str, EventInvokeRecord] = field(default_factory=dict)
    provisioned: dict[str, ProvisionedRecord] = field(default_factory=dict)
    recursive_loop: str = "Terminate"


class StoredFunction(LambdaFunction):  # type: ignore[misc]
    """One version of a function, with every setting that AWS keeps."""

    def __init__(self, account: str, region: str, name: str, role: str) -> None:
        # Called by moto's constructor: ``_set_function_code`` below.
        spec = {"FunctionName": name, "Role": role, "Code": {}}
        super().__init__(account, spec, region, version=LATEST)
        self.record = FunctionRecord()
        self.environment: dict[str, str] | None = None
        self.dead_letter_arn: str | None = None
        self.logging: dict[str, str] = {
            "LogFormat": "Text",
            "LogGroup": f"/aws/lambda/{name}",
        }
        self.layer_records: list[LayerRecord] = []
        self.policy = TemplatePolicy(self)
        self.runtime_management: dict[str, str] = {"UpdateRuntimeOn": "Auto"}
        # What the last published version was made of.
        self.published_state: Any = None
        self.touch()

    def _set_function_code(self, updated_spec: dict[str, Any]) -> None:
        """Take no code from the specification: packages arrive checked.

        moto accepts any bytes as a zip here.
        """

    def set_package(self, package: bytes) -> None:
        """Take a checked deployment package (a zip)."""
        digest = hashlib.sha256(package)
        self.code_bytes = package
        self.code_size = len(package)
        self.code_sha_256 = base64.b64encode(digest.digest()).decode()
        self.code_digest = digest.hexdigest()

    def touch(self) -> None:
        """Note that the code or the configuration changed."""
        self.last_modified = timestamp()
        self.runtime_revision = str(uuid.uuid4())
        self.revise()

    def revise(self) -> None:
        """Give the version a new revision id; its policy counts too."""
        self.revision_id = str(uuid.uuid4())

    def state_to_publish(self) -> Any:
        """Return what makes a new version worth publishing when it differs."""
        return (
            self.code_sha_256,
            self.run_time,
            self.handler,
            self.role,
            self.description,
            self.timeout,
            self.memory_size,
            self.ephemeral_storage,
            self.environment,
            self.tracing_config,
            self.architectures,
            self.dead_letter_arn,
            self.kms_key_arn,
            self.logging,
            [layer.arn for layer in self.layer_records],
        )

    @property
    def qualified_arn(self) -> str:
        """The ARN that names this version."""
        return function_arn(
            self.account_id, self.region, self.function_name, str(self.version)
        )

    def numbered(self, number: int, description: str | None) -> StoredFunction:
        """Make the published version of what this is now."""
        version = copy.copy(self)
        version.version = str(number)
        version.function_arn = version.qualified_arn
        version.runtime_management = dict(self.runtime_management)
        if description is not None:
            version.description = description
        version.touch()
        return version

    def update_configuration(self, config_updates: dict[str, Any]) -> dict[str, Any]:
        """Take the settings of an updated template. moto drops most of them."""
        from grader.cloud.functions import templates

        return templates.update_configuration(self, config_updates)

    def update_function_code(self, updated_spec: dict[str, Any]) -> dict[str, Any]:
        """Take the code of an updated template. moto stores inline code broken."""
        from grader.cloud.functions import templates

        return templates.update_function_code(self, updated_spec)

    def invoke(self, body: Any, request_headers: Any, response_headers: Any) -> bytes:
        """Hand on an event that one of moto's services sends.

        moto starts docker here.
        """
        return deliver(self.account_id, self.region, self.function_arn, body, True)

    def __deepcopy__(self, memo: dict[int, Any]) -> StoredFunction:
        """Copy shallowly: moto deep-copies the code to list the versions."""
        return copy.copy(self)


class FunctionsBackend(LambdaSimpleBackend):  # type: ignore[misc]
    """One account's functions, layers and mappings in one Region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.layer_records: dict[str, list[LayerRecord]] = {}

    def names(self) -> list[str]:
        """List the functions' names, sorted."""
        return sorted(self._lambdas._functions)

    def latest(self, name: str) -> StoredFunction | None:
        """Return a function's unpublished version."""
        stored = self._lambdas._functions.get(name)
        return stored["latest"] if stored else None

    def versions(self, name: str) -> list[StoredFunction]:
        """List a function's published versions, oldest first."""
        stored = self._lambdas._functions.get(name)
        return stored["versions"] if stored else []

    def version(self, name: str, number: str) -> StoredFunction | None:
        """Return a function's $LATEST or one of its published versions."""
        if number == LATEST:
            return self.latest(name)
        return next((v for v in self.versions(name) if v.version == number), None)

    def put(self, function: StoredFunction) -> None:
        """Store a new function.

        moto checks the role here, but not whether Lambda may assume it.
        """
        name = function.function_name
        self._lambdas._functions[name] = {"latest": function, "versions": []}
        self._lambdas._arns[function.function_arn] = function

    def publish(self, name: str, description: str | None) -> StoredFunction:
        """Store a numbered copy of a function's latest version."""
        latest = self._lambdas._functions[name]["latest"]
        version: StoredFunction = latest.numbered(
            latest.record.next_version, description
        )
        latest.record.next_version += 1
        latest.published_state = latest.state_to_publish()
        self._lambdas._functions[name]["versions"].append(version)
        self._lambdas._arns[version.function_arn] = version
        return version

    def remove(self, name: str) -> None:
        """Forget a function with all that belongs to it."""
        stored = self._lambdas._functions.pop(name)
        self._lambdas._aliases.pop(stored["latest"].function_arn, None)

    def remove_version(self, name: str, number: str) -> None:
        """Forget one published version."""
        kept = [v for v in self.versions(name) if v.version != number]
        self._lambdas._functions[name]["versions"] = kept

    def aliases(self, name: str) -> dict[str, AliasRecord]:
        """Return a function's aliases by name; {} for no such function."""
        arn = function_arn(self.account_id, self.region_name, name)
        if name not in self._lambdas._functions:
            return {}
        aliases: dict[str, AliasRecord] = self._lambdas._aliases[arn]
        return aliases

    def require(self, named: FunctionName) -> StoredFunction:
        """Return the version that a name means; an alias gives its main version.

        Raises:
            AWSError: ResourceNotFoundException.
        """
        qualifier = named.qualifier or LATEST
        version = self.version(named.name, qualifier)
        if version is None and (alias := self.aliases(named.name).get(qualifier)):
            version = self.version(named.name, alias.function_version)
        if version is None:
            raise not_found(named)
        return version

    def create_function(self, spec: dict[str, Any]) -> StoredFunction:
        """Create a template's function by the rules of the API.

        moto deep-copies it and stores whatever the template says.
        """
        from grader.cloud.functions import templates

        return templates.create_function(self, spec)

    def publish_version(
        self, function_name: str, description: str = ""
    ) -> StoredFunction:
        """Publish a template's version. moto uses deleted numbers again."""
        from grader.cloud.functions import templates

        return templates.publish_version(self, function_name, description)

    def delete_function(self, function_name: str, qualifier: str | None = None) -> None:
        """Delete a template's function. moto tells nobody."""
        self.remove(function_name)
        announce(Change(self.account_id, self.region_name, function_name, None))

    def publish_layer_version(self, spec: dict[str, Any]) -> Any:
        """Publish a template's layer version by the rules of the API.

        moto takes any bytes.
        """
        from grader.cloud.functions import templates

        return templates.publish_layer_version(self, spec)

    def create_event_source_mapping(self, spec: dict[str, Any]) -> Any:
        """Refuse a template's mapping.

        moto would deliver in the sender's request, one record at a time.
        """
        from grader.cloud.functions import templates

        templates.refuse_event_source_mapping()

    def invoke(
        self,
        function_name: str,
        qualifier: str | None,
        body: Any,
        headers: Any,
        response_headers: Any,
    ) -> bytes:
        """Invoke for one of moto's services and wait. moto echoes the payload."""
        name = function_name if qualifier is None else f"{function_name}:{qualifier}"
        return deliver(self.account_id, self.region_name, name, body, False)


_delivery: list[Deliver] = []


def on_delivery(action: Deliver | None) -> None:
    """Say how events of moto's services reach functions (None: not at all).

    The action gets account, Region, name or ARN, payload, and whether the sender
    goes on at once (an asynchronous invocation); it returns the function's answer.
    """
    _delivery[:] = [action] if action is not None else []


def deliver(
    account: str, region: str, function: str, body: Any, asynchronous: bool
) -> bytes:
    """Send a payload to a function by the action of ``on_delivery``."""
    if not _delivery:
        raise RuntimeError(f"nothing delivers events to {function}: call on_delivery")
    payload = body if isinstance(body, bytes) else str(body or "{}").encode()
    return _delivery[0](account, region, function, payload, asynchronous)


def install() -> None:
    """Make moto keep its functions in ``FunctionsBackend``."""
    if lambda_simple_backends.backend is not FunctionsBackend:
        lambda_simple_backends.backend = FunctionsBackend
        lambda_simple_backends.clear()
    default_user_config.setdefault("lambda", {})["use_docker"] = False


def backend(account: str, region: str) -> FunctionsBackend:
    """Return the storage of one account and Region."""
    install()
    found: FunctionsBackend = lambda_simple_backends[account][region]
    return found


def backends() -> Iterator[FunctionsBackend]:
    """Go through every account and Region that was used so far."""
    for regions in list(lambda_simple_backends.values()):
        yield from list(regions.values())
