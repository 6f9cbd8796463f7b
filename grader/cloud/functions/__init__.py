"""Lambda's control plane, over moto's storage."""

from __future__ import annotations

from typing import Any

from grader.cloud.functions import (
    aliases,
    concurrency,
    creation,
    event_invocation,
    event_source_mappings,
    functions,
    layer_policies,
    layer_versions,
    management,
    names,
    policies,
    provisioned,
    storage,
    tags,
    updates,
    urls,
    versions,
)
from grader.cloud.functions.changes import Change, on_change
from grader.cloud.functions.concurrency import (
    account_limit,
    reserved_concurrency,
    unreserved_concurrency,
)
from grader.cloud.functions.deliveries import on_delivery
from grader.cloud.functions.downloads import PREFIX as DOWNLOADS
from grader.cloud.functions.downloads import serve as respond_download
from grader.cloud.functions.errors import draw as draw_error
from grader.cloud.functions.event_invocation import (
    EventInvokeConfig,
    dead_letter_target,
    event_invoke_config,
)
from grader.cloud.functions.layer_policies import policy as layer_policy
from grader.cloud.functions.mapping_changes import finish_transition, on_mapping
from grader.cloud.functions.provisioned import (
    note_allocation,
    on_provisioning,
    provisioned_concurrency,
    provisioned_shares,
    reallocate,
)
from grader.cloud.functions.resolution import (
    FunctionVersion,
    Resolved,
    code_bytes,
    find,
    layer_bytes,
    stops_loops,
)
from grader.cloud.functions.service import respond
from grader.cloud.functions.storage import install
from grader.cloud.functions.urls import UrlConfig, url_config

# Importing these registers the operations that they answer.
ANSWERING = (
    aliases,
    concurrency,
    creation,
    event_invocation,
    event_source_mappings,
    functions,
    layer_policies,
    layer_versions,
    management,
    policies,
    provisioned,
    tags,
    updates,
    urls,
    versions,
)

__all__ = [
    "DOWNLOADS",
    "Change",
    "EventInvokeConfig",
    "FunctionVersion",
    "Resolved",
    "UrlConfig",
    "account_limit",
    "code_bytes",
    "dead_letter_target",
    "draw_error",
    "event_invoke_config",
    "find",
    "finish_transition",
    "install",
    "layer_bytes",
    "layer_policy",
    "note_allocation",
    "on_change",
    "on_delivery",
    "on_mapping",
    "on_provisioning",
    "policy",
    "provisioned_concurrency",
    "provisioned_shares",
    "reallocate",
    "reserved_concurrency",
    "respond",
    "respond_download",
    "stops_loops",
    "unreserved_concurrency",
    "url_config",
]


def policy(
    account: str, region: str, name: str, qualifier: str | None
) -> dict[str, Any] | None:
    """Return the resource policy of a function, version or alias, if it has one.

    ``name`` may be an ARN; its qualifier counts where ``qualifier`` is None.
    """
    named = names.parse(account, region, name, qualifier)
    backend = storage.backend(account, region)
    return policies.policy(backend, named.name, named.qualifier)
