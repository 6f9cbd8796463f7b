"""Aliases: names for versions, with weights for shifting traffic."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from moto.awslambda.models import LambdaAlias

from grader.cloud.functions import names, pages, provisioned
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import conflict, invalid, missing
from grader.cloud.functions.functions import named, unqualified
from grader.cloud.functions.names import LATEST
from grader.cloud.functions.storage import FunctionsBackend
from grader.cloud.functions.updates import check_revision


class AliasRecord(LambdaAlias):  # type: ignore[misc]
    """An alias as moto stores it. moto never changes its revision id."""

    def weights(self) -> Mapping[str, float]:
        """Return the shares, 0 to 1, of versions beside the main one."""
        weights: dict[str, float] = (self.routing_config or {}).get(
            "AdditionalVersionWeights", {}
        )
        return weights

    def revise(self) -> None:
        """Give the alias a new revision id."""
        self.revision_id = str(uuid.uuid4())

    def drawn(self) -> dict[str, Any]:
        """Draw Lambda's AliasConfiguration."""
        drawn: dict[str, Any] = {
            "AliasArn": self.arn,
            "Name": self.name,
            "FunctionVersion": self.function_version,
            "Description": self.description,
            "RevisionId": self.revision_id,
        }
        if self.weights():
            drawn["RoutingConfig"] = {"AdditionalVersionWeights": dict(self.weights())}
        return drawn


@operation("CreateAlias")
def create_alias(call: Call) -> Members:
    """Name a version.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
    """
    function = unqualified(call)
    name, alias_name = function.function_name, call["Name"]
    aliases = call.backend.aliases(name)
    _check_version(call, name, call["FunctionVersion"])
    arn = names.function_arn(call.account, call.region, name, alias_name)
    if alias_name in aliases:
        raise conflict(f"Alias already exists: {arn}")
    routing = call.get("RoutingConfig")
    _check_weights(call.backend, name, call["FunctionVersion"], routing)
    alias = AliasRecord(
        call.account,
        call.region,
        alias_name,
        name,
        call["FunctionVersion"],
        call.get("Description", ""),
        routing,
    )
    aliases[alias_name] = alias
    return alias.drawn()


def _check_version(call: Call, name: str, version: str) -> None:
    if call.backend.version(name, version) is None:
        arn = names.function_arn(call.account, call.region, name, version)
        raise missing(f"Function not found: {arn}")


def _check_weights(
    backend: FunctionsBackend,
    name: str,
    main: str,
    routing: Mapping[str, Any] | None,
) -> None:
    weights: Mapping[str, float] = (routing or {}).get("AdditionalVersionWeights", {})
    if not weights:
        return
    if len(weights) > 1:
        raise invalid(
            "Number of items in AdditionalVersionWeights cannot be greater than 1"
        )
    if main == LATEST:
        raise invalid(
            "$LATEST is not supported for an alias pointing to more than 1 version"
        )
    for version in weights:
        if version == main:
            raise invalid(
                f"Invalid function version {version}. Function version {version} is"
                " already included in routing configuration."
            )
        if backend.version(name, version) is None:
            arn = names.function_arn(
                backend.account_id, backend.region_name, name, version
            )
            raise missing(f"Function not found: {arn}")


def _existing(call: Call, missed: str = "Cannot find alias arn") -> AliasRecord:
    function = named(call)
    alias = call.backend.aliases(function.name).get(call["Name"])
    if alias is None:
        arn = names.function_arn(call.account, call.region, function.name, call["Name"])
        raise missing(f"{missed}: {arn}")
    return alias


@operation("GetAlias")
def get_alias(call: Call) -> Members:
    """Describe an alias."""
    return _existing(call).drawn()


@operation("UpdateAlias")
def update_alias(call: Call) -> Members:
    """Point an alias elsewhere, or change its weights or description."""
    alias = _existing(call, "Alias not found")
    function = unqualified(call)
    name = function.function_name
    check_revision(alias.revision_id, call.get("RevisionId"), "GetAlias")
    main = call.get("FunctionVersion", alias.function_version)
    _check_version(call, name, main)
    routing = call.get("RoutingConfig", alias.routing_config)
    _check_weights(call.backend, name, main, routing)
    alias.update(call.get("Description"), main, routing)
    alias.revise()
    if alias.name in function.record.provisioned:
        provisioned.reallocate(call.account, call.region, name)
    return alias.drawn()


@operation("DeleteAlias")
def delete_alias(call: Call) -> None:
    """Delete an alias with its URL, policy and event settings. Twice is fine."""
    function = unqualified(call)
    call.backend.aliases(function.function_name).pop(call["Name"], None)
    provided = call["Name"] in function.record.provisioned
    function.record.forget(call["Name"])
    if provided:
        provisioned.reallocate(call.account, call.region, function.function_name)


@operation("ListAliases")
def list_aliases(call: Call) -> Members:
    """List a function's aliases, by name, or those of one version."""
    function = unqualified(call)
    version = call.get("FunctionVersion")
    found = [
        alias.drawn()
        for _, alias in sorted(call.backend.aliases(function.function_name).items())
        if version in (None, alias.function_version, *alias.weights())
    ]
    return pages.page(call, "Aliases", found)
