"""Provisioned concurrency: environments kept ready for a version or an alias."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from grader.cloud.functions import names, pages
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.concurrency import unreserved
from grader.cloud.functions.errors import failure, invalid, missing
from grader.cloud.functions.functions import named, unqualified
from grader.cloud.functions.names import LATEST
from grader.cloud.functions.storage import backend
from grader.cloud.functions.stored_function import StoredFunction


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}+0000"


@dataclass
class ProvisionedRecord:
    """How many environments are wanted for one version or alias."""

    requested: int
    modified: str = field(default_factory=_now)

    def drawn(self) -> dict[str, Any]:
        """Draw the settings once all environments are ready."""
        return {
            "RequestedProvisionedConcurrentExecutions": self.requested,
            "AvailableProvisionedConcurrentExecutions": self.requested,
            "AllocatedProvisionedConcurrentExecutions": self.requested,
            "Status": "READY",
            "LastModified": self.modified,
        }


def provisioned_concurrency(account: str, region: str, name: str) -> dict[str, int]:
    """Return the environments to keep ready, by version or alias."""
    latest = backend(account, region).latest(name)
    records = latest.record.provisioned if latest else {}
    return {qualifier: record.requested for qualifier, record in records.items()}


def _place(call: Call) -> tuple[StoredFunction, str]:
    name = named(call)
    if name.qualifier == LATEST:
        raise invalid(
            "Provisioned Concurrency Configs cannot be applied to unpublished function"
            " versions."
        )
    assert name.qualifier is not None
    function = unqualified(call)
    known = call.backend.aliases(name.name)
    if name.qualifier not in known and (
        call.backend.version(name.name, name.qualifier) is None
    ):
        if name.qualifier.isdigit():
            raise names.not_found(name)
        raise missing(f"Cannot find alias arn: {name.arn}")
    return function, name.qualifier


@operation("PutProvisionedConcurrencyConfig")
def put_provisioned_concurrency_config(call: Call) -> Members:
    """Ask for environments to be kept ready. moto has no such operation.

    https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
    """
    function, qualifier = _place(call)
    wanted: int = call["ProvisionedConcurrentExecutions"]
    reserved = function.reserved_concurrency
    records = function.record.provisioned
    others = sum(one.requested for key, one in records.items() if key != qualifier)
    if reserved is not None and wanted + others > reserved:
        raise invalid(
            "Requested Provisioned Concurrency should not be greater than the"
            " reservedConcurrentExecution for function"
        )
    free = unreserved(call.backend)
    if reserved is None and wanted > free:
        raise invalid(
            "Specified ConcurrentExecutions for function is greater than account's"
            f" unreserved concurrency [{free}]."
        )
    records[qualifier] = record = ProvisionedRecord(wanted)
    return {
        "RequestedProvisionedConcurrentExecutions": wanted,
        "AllocatedProvisionedConcurrentExecutions": 0,
        "Status": "IN_PROGRESS",
        "LastModified": record.modified,
    }


@operation("GetProvisionedConcurrencyConfig")
def get_provisioned_concurrency_config(call: Call) -> Members:
    """Describe the environments kept ready for a version or an alias."""
    function, qualifier = _place(call)
    record = function.record.provisioned.get(qualifier)
    if record is None:
        raise failure(
            "ProvisionedConcurrencyConfigNotFoundException",
            "No Provisioned Concurrency Config found for this function",
        )
    return record.drawn()


@operation("DeleteProvisionedConcurrencyConfig")
def delete_provisioned_concurrency_config(call: Call) -> None:
    """Keep no environments ready for a version or an alias any more."""
    function, qualifier = _place(call)
    function.record.provisioned.pop(qualifier, None)


@operation("ListProvisionedConcurrencyConfigs")
def list_provisioned_concurrency_configs(call: Call) -> Members:
    """List what is kept ready for a function's versions and aliases."""
    function = unqualified(call)
    found = [
        {
            "FunctionArn": names.function_arn(
                call.account, call.region, function.function_name, qualifier
            ),
            **record.drawn(),
        }
        for qualifier, record in function.record.provisioned.items()
    ]
    return pages.page(call, "ProvisionedConcurrencyConfigs", found)
