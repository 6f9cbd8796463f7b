"""Provisioned concurrency: environments kept ready for a version or an alias."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    allocated: int = 0
    failure: str | None = None
    modified: str = field(default_factory=_now)

    def drawn(self) -> dict[str, Any]:
        """Draw the settings with how far their allocation has come."""
        drawn: dict[str, Any] = {
            "RequestedProvisionedConcurrentExecutions": self.requested,
            "AvailableProvisionedConcurrentExecutions": self.allocated,
            "AllocatedProvisionedConcurrentExecutions": self.allocated,
            "Status": "READY" if self.allocated >= self.requested else "IN_PROGRESS",
            "LastModified": self.modified,
        }
        if self.failure is not None:
            drawn |= {"Status": "FAILED", "StatusReason": self.failure}
        return drawn


@dataclass(frozen=True)
class Share:
    """How many environments one version keeps ready for a version or an alias."""

    qualifier: str
    version: str
    count: int


Allocator = Callable[[str, str, str], None]
_allocators: list[Allocator] = []


def on_provisioning(action: Allocator) -> Callable[[], None]:
    """Say who starts environments for account, Region and name: the last one asked.

    Returns what ends that. Without anybody, what is asked for counts as allocated.
    """
    _allocators[:] = [action]

    def forget() -> None:
        if action in _allocators:
            _allocators.remove(action)

    return forget


def reallocate(account: str, region: str, name: str) -> None:
    """Have a function's environments started or ended as its settings say now."""
    for action in list(_allocators):
        action(account, region, name)
    if not _allocators:
        shares = provisioned_shares(account, region, name)
        note_allocation(account, region, name, shares, {})


def provisioned_shares(account: str, region: str, name: str) -> list[Share]:
    """Return the environments to keep ready; a weighted alias splits its own."""
    functions = backend(account, region)
    with functions.lock:
        shares = []
        for qualifier, wanted in provisioned_concurrency(account, region, name).items():
            alias = functions.aliases(name).get(qualifier)
            if alias is None:
                shares.append(Share(qualifier, qualifier, wanted))
                continue
            left = wanted
            for version, weight in alias.weights().items():
                part = round(wanted * weight)
                shares.append(Share(qualifier, version, part))
                left -= part
            shares.append(Share(qualifier, alias.function_version, left))
        return shares


def note_allocation(
    account: str,
    region: str,
    name: str,
    shares: list[Share],
    failures: Mapping[str, str],
) -> None:
    """Note what was started, except for the versions that failed, and why those did."""
    functions = backend(account, region)
    with functions.lock:
        latest = functions.latest(name)
        records = latest.record.provisioned if latest else {}
        for qualifier, record in records.items():
            own = [share for share in shares if share.qualifier == qualifier]
            started = [one.count for one in own if one.version not in failures]
            record.allocated = min(sum(started), record.requested)
            reasons = [failures[one.version] for one in own if one.version in failures]
            record.failure = reasons[0] if reasons else None


def provisioned_concurrency(account: str, region: str, name: str) -> dict[str, int]:
    """Return the environments to keep ready, by version or alias."""
    latest = backend(account, region).latest(name)
    records = latest.record.provisioned if latest else {}
    return {qualifier: record.requested for qualifier, record in records.items()}


def _place(call: Call) -> tuple[StoredFunction, str]:
    name = named(call)
    known = call.backend.aliases(name.name)
    alias = known.get(name.qualifier or "")
    if LATEST in (name.qualifier, alias and alias.function_version):
        raise invalid(
            "Provisioned Concurrency Configs cannot be applied to unpublished function"
            " versions."
        )
    assert name.qualifier is not None
    function = unqualified(call)
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
    reallocate(call.account, call.region, function.function_name)
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
    reallocate(call.account, call.region, function.function_name)


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
