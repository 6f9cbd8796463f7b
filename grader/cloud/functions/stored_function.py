"""A version of a function as it is stored: moto's, with what moto drops.

moto's ``LambdaFunction`` loses dead-letter and logging settings and revision ids,
and keeps one policy for all versions.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.awslambda.models import LambdaFunction

from grader.cloud.functions.deliveries import deliver
from grader.cloud.functions.names import LATEST, function_arn

if TYPE_CHECKING:
    from grader.cloud.functions.event_invocation import EventInvokeRecord
    from grader.cloud.functions.layers import LayerRecord
    from grader.cloud.functions.provisioned import ProvisionedRecord
    from grader.cloud.functions.urls import UrlRecord


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

    def forget(self, qualifier: str) -> None:
        """Drop what belongs to a version or alias that is no more."""
        for held in (self.policies, self.urls, self.event_invocation, self.provisioned):
            held.pop(qualifier, None)


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
