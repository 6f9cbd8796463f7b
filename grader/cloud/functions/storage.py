"""Functions in moto's storage, so that moto's other services find them.

moto's backend uses the numbers of deleted versions again, tells nobody of changes,
and echoes what it should invoke; ``FunctionsBackend`` doesn't.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from moto.awslambda_simple.models import LambdaSimpleBackend, lambda_simple_backends
from moto.core.models import default_user_config

from grader.cloud.functions.changes import Change, announce
from grader.cloud.functions.deliveries import deliver
from grader.cloud.functions.names import LATEST, FunctionName, function_arn, not_found
from grader.cloud.functions.stored_function import StoredFunction
from grader.cloud.moto_backends import backend_of
from grader.cloud.polling.mapping import EventSourceMapping

if TYPE_CHECKING:
    from grader.cloud.functions.aliases import AliasRecord
    from grader.cloud.functions.layers import LayerRecord


class FunctionsBackend(LambdaSimpleBackend):  # type: ignore[misc]
    """One account's functions, layers and mappings in one Region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.layer_records: dict[str, list[LayerRecord]] = {}
        self.mappings: dict[str, EventSourceMapping] = {}

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
        """Create a template's mapping by the rules of the API.

        moto would deliver in the sender's request, one record at a time.
        """
        from grader.cloud.functions import templates

        return templates.create_event_source_mapping(self, spec)

    def update_event_source_mapping(self, uuid: str, spec: dict[str, Any]) -> Any:
        """Change a template's mapping. moto changes one of its own."""
        from grader.cloud.functions import templates

        return templates.update_event_source_mapping(self, uuid, spec)

    def list_event_source_mappings(
        self, event_source_arn: str, function_name: str
    ) -> list[Any]:
        """List what a template may delete. moto lists its own."""
        from grader.cloud.functions import templates

        return [
            templates.TemplateMapping(mapping)
            for mapping in self.mappings.values()
            if mapping.source_arn == event_source_arn
        ]

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


def install() -> None:
    """Make moto keep its functions in ``FunctionsBackend``."""
    if lambda_simple_backends.backend is not FunctionsBackend:
        lambda_simple_backends.backend = FunctionsBackend
        lambda_simple_backends.clear()
    default_user_config.setdefault("lambda", {})["use_docker"] = False


def backend(account: str, region: str) -> FunctionsBackend:
    """Return the storage of one account and Region."""
    install()
    found: FunctionsBackend = backend_of(lambda_simple_backends, account, region)
    return found


def backends() -> Iterator[FunctionsBackend]:
    """Go through every account and Region that was used so far."""
    for regions in list(lambda_simple_backends.values()):
        yield from list(regions.values())
