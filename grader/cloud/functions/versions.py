"""PublishVersion and ListVersionsByFunction."""

from __future__ import annotations

from grader.cloud.functions import code_storage, configuration, pages
from grader.cloud.functions.calls import Call, Members, operation
from grader.cloud.functions.errors import invalid
from grader.cloud.functions.functions import named, unqualified
from grader.cloud.functions.storage import FunctionsBackend
from grader.cloud.functions.stored_function import StoredFunction


@operation("PublishVersion")
def publish_version(call: Call) -> Members:
    """Publish a version of what a function is now.

    https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    """
    from grader.cloud.functions.updates import check_revision

    function = unqualified(call)
    check_revision(function.revision_id, call.get("RevisionId"))
    wanted = call.get("CodeSha256")
    if wanted is not None and wanted != function.code_sha_256:
        raise invalid(
            f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST"
            f" ({function.code_sha_256}). Please try again with the CodeSHA256 in"
            " $LATEST."
        )
    return published(call.backend, function, call.get("Description"))


def published(
    backend: FunctionsBackend, function: StoredFunction, description: str | None
) -> Members:
    """Publish and describe a version: a new one is answered as not ready yet."""
    before = list(backend.versions(function.function_name))
    version = publish(backend, function, description)
    if version in before:
        return configuration.described(version)
    return configuration.created(version)


def publish(
    backend: FunctionsBackend, function: StoredFunction, description: str | None
) -> StoredFunction:
    """Publish a version, or return the last one where nothing changed since."""
    name = function.function_name
    published = backend.versions(name)
    if published and function.published_state == function.state_to_publish():
        return published[-1]
    code_storage.make_room(backend.account_id, backend.region_name, function.code_size)
    return backend.publish(name, description)


@operation("ListVersionsByFunction")
def list_versions_by_function(call: Call) -> Members:
    """List $LATEST and the published versions, oldest first."""
    latest = unqualified(call)
    versions = call.backend.versions(named(call).name)
    described = [configuration.listed(latest, arn=latest.qualified_arn)]
    described += [configuration.listed(version) for version in versions]
    return pages.page(call, "Versions", described)
